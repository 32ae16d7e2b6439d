"""The model of a deployment under load: what it counts, and that its limits bite."""

from __future__ import annotations

import pytest

from pivotkit.store.day_shards import SHARDS
from promises.simulation import LEG_WRITES, LEGS, Deployment, Load, Observed, Times

QUICK = Times(0.2, 0.01)
WITH_STATE = Times(0.4, 0.02)


def played(load: Load, seed: int = 7) -> Observed:
    """Play *load* with quick functions."""
    return Deployment(load, QUICK, WITH_STATE, seed).run()


def test_a_quiet_deployment_starts_anew() -> None:
    """With minutes between calls, the first step of a call finds no environment."""
    seen = played(Load(1 / 1200, seconds=100_000))
    assert seen.refused == 0
    assert 0.2 <= seen.cold / seen.requests <= 0.6
    assert max(seen.waits) == pytest.approx(WITH_STATE.first)


def test_a_busy_deployment_is_warm() -> None:
    """With a hundred calls a second, cold starts are rare, and half of all steps wait least."""
    seen = played(Load(100, seconds=20))
    assert seen.cold / seen.requests < 0.01
    assert seen.wait(0.01) == pytest.approx(QUICK.warm)


def test_slow_services_use_the_executions_up() -> None:
    """Each waiting step holds an execution: over the limit, requests are refused."""
    load = Load(10, service_seconds=2, concurrency=20, seconds=30)
    assert played(load).refused > 0
    assert played(load).used(20)["concurrent executions"] == 1


def test_a_higher_limit_lets_them_through() -> None:
    """The same load with more executions is not refused."""
    assert played(Load(10, service_seconds=2, concurrency=200, seconds=30)).refused == 0


def test_a_cold_start_ten_times_as_long() -> None:
    """The factor lengthens first requests and no others."""
    seen = played(Load(1 / 1200, cold_factor=10, seconds=100_000))
    assert max(seen.waits) == pytest.approx(WITH_STATE.first * 10)
    assert min(seen.waits) == pytest.approx(QUICK.warm)


def test_one_seed_one_course() -> None:
    """A model played twice with one seed says the same."""
    load = Load(50, seconds=5)
    assert played(load) == played(load)
    assert played(load) != played(load, seed=8)


def test_the_keys_of_a_day_share_its_writes() -> None:
    """Both legs of a call are counted in transactions, and spread over the keys of their day."""
    seen = played(Load(20, seconds=200))
    written = sum(seen.writes_by_key.values())
    assert written == pytest.approx(20 * 200 * LEGS * LEG_WRITES, rel=0.2)
    assert len({key for _, key in seen.writes_by_key}) == SHARDS
    assert seen.used(1000)["writes to a day's key"] == max(seen.writes_by_key.values()) / 1000
