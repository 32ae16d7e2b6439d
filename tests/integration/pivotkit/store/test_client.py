"""AWS clients: one a service, made at INIT, with time-outs that a caller outlasts."""

from collections.abc import Mapping

import pytest

from pivotkit.core import deadline
from pivotkit.deliveries.receiver import Store
from pivotkit.store.client import client
from pivotkit.store.dynamodb import dynamodb
from tests.dynamodb import forget_clients

A_SECOND = 1.0


@pytest.mark.usefixtures("limits_of_lambda")
@pytest.mark.parametrize("service", ["events", "sqs"])
def test_a_dead_service_costs_a_second_at_most(service: str) -> None:
    """All tries at a service that takes requests and never answers end within a second."""
    config = client.__wrapped__(service).meta.config
    attempts = config.retries["total_max_attempts"]
    assert attempts == 2
    assert attempts * config.read_timeout <= A_SECOND
    assert attempts * config.connect_timeout <= A_SECOND


def test_one_client_a_service() -> None:
    """Whoever asks for a service gets the same client."""
    assert client("sqs") is client("sqs")
    assert client("sqs") is not client("events")


def test_connections_are_dropped_after_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new client asks to be told of cuts, so that it never reads half an answer."""
    monkeypatch.setattr(deadline, "_cut_listeners", [])
    client.cache_clear()
    made = client("sqs")
    assert [listener() for listener in deadline._cut_listeners] == [made.close]
    client.cache_clear()


def test_a_store_has_its_clients_from_the_start(tables: Mapping[str, str]) -> None:
    """A receiver makes the client of the spool queue at INIT, not when the table has failed."""
    assert tables
    forget_clients()
    Store()
    assert dynamodb.cache_info().currsize == 1
    assert client.cache_info().currsize >= 1
