"""Settings of workers: those of the account of each delivery, and what they cost."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from pivotkit import AccountSettings, Delivery, scheduled, worker
from pivotkit.core.setting_types import Seconds
from tests.aws import aws_client
from tests.dynamodb import forget_clients
from tests.integration.pivotkit.workers.batches import queue
from tests.integration.replaying import counted

OURS, THEIRS = "a" * 32, "b" * 32
BATCH = [OURS, THEIRS, OURS, THEIRS, OURS]
pytestmark = [
    pytest.mark.usefixtures("function_environment"),
    pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time"),
]


class Settings(NamedTuple):
    """The worker's settings."""

    seconds: Seconds = Seconds(5)


@pytest.fixture
def table(tables: Mapping[str, str], function_environment: pytest.MonkeyPatch) -> str:
    """The table with the accounts' entries."""
    function_environment.setenv("SETTINGS_TABLE", tables["DIRECTORY_TABLE"])
    return tables["DIRECTORY_TABLE"]


def put(table: str, account: str, **texts: str) -> None:
    """Store an account's entry, as `pivotctl settings` does."""
    value = {name: {"S": text} for name, text in texts.items()}
    key = {"pk": {"S": f"settings#{account}"}, "sk": {"S": "test"}}
    aws_client("dynamodb").put_item(TableName=table, Item={**key, "value": {"M": value}})


def batch() -> dict[str, Any]:
    """A batch with deliveries of two accounts."""
    keys = [f"{account}#{number}" for number, account in enumerate(BATCH)]
    return queue(*(json.dumps({"pk": {"S": key}, "sk": {"S": "event#x#0"}}) for key in keys))


def handled(parallel: int) -> list[tuple[str, int]]:
    """The account and the setting of each delivery that a new worker handles, in their order."""
    seen: list[tuple[str, int]] = []

    @worker(settings=Settings, parallel=parallel)
    def handler(delivery: Delivery, settings: Settings) -> None:
        seen.append((delivery.key, settings.seconds))

    assert handler(batch(), None) == {"batchItemFailures": []}
    return [(key.partition("#")[0], seconds) for key, seconds in sorted(seen, key=_number)]


def _number(seen: tuple[str, int]) -> str:
    return seen[0].partition("#")[2]


@pytest.mark.parametrize("parallel", [1, 5])
def test_each_delivery_has_the_settings_of_its_account(
    table: str, function_environment: pytest.MonkeyPatch, parallel: int
) -> None:
    """An account's value is above the deployment's, and is read once, by one thread."""
    function_environment.setenv("SECONDS", "9")
    put(table, THEIRS, seconds="30")
    with counted() as calls:
        found = handled(parallel)
    assert found == [(each, 30 if each == THEIRS else 9) for each in BATCH]
    assert calls == ["GetItem", "GetItem"]


@pytest.mark.usefixtures("tables")
def test_a_stack_without_settings_of_accounts(function_environment: pytest.MonkeyPatch) -> None:
    """No request is made, and the deployment's value is in force."""
    function_environment.delenv("SETTINGS_TABLE", raising=False)
    with counted() as calls:
        assert handled(1) == [(each, 5) for each in BATCH]
    assert calls == []


def test_settings_that_are_bad_lose_nothing(table: str, log: io.StringIO) -> None:
    """A delivery whose account has a value that breaks its rule has the deployment's."""
    put(table, THEIRS, seconds="no number")
    assert handled(1) == [(each, 5) for each in BATCH]
    assert "setting_ignored" in log.getvalue()
    assert "no number" not in log.getvalue()


@pytest.mark.parametrize("parallel", [1, 5])
def test_settings_that_are_out_of_reach_lose_nothing(
    table: str, log: io.StringIO, parallel: int
) -> None:
    """Every delivery of the batch is handled while the table is away."""
    aws_client("dynamodb").delete_table(TableName=table)
    forget_clients()
    assert handled(parallel) == [(each, 5) for each in BATCH]
    assert "settings_unavailable" in log.getvalue()


def test_a_scheduled_worker_has_those_of_each_account(table: str) -> None:
    """The settings are the argument after the time, to be asked by account."""
    put(table, THEIRS, seconds="30")

    @scheduled(settings=Settings)
    def handler(at: datetime, settings: AccountSettings[Settings]) -> Mapping[str, int]:
        assert at == datetime(2026, 1, 15, tzinfo=UTC)
        return {name: settings.of(name).seconds for name in (OURS, THEIRS)}

    assert handler({"time": "2026-01-15T00:00:00Z"}, None) == {OURS: 5, THEIRS: 30}
