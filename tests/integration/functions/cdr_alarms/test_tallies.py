"""Sums to which each key adds once, however often it is used."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from functions.workers.cdr_alarms.tallies import Tallies, TallyBusy
from pivotkit.store.database import DynamoDbError
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.table import Table
from tests.aws import aws_client

ACCOUNT, OTHER = "c" * 32, "d" * 32


@pytest.fixture
def tallies(tables: Mapping[str, str]) -> Tallies:
    """Sums to which nothing was added yet."""
    assert tables
    return Tallies()


def test_sums(tallies: Tallies) -> None:
    """Amounts add up by account, window, and name; a window without additions is empty."""
    assert tallies.add("a", ACCOUNT, {"h1": {"calls": 1, "seconds": 60}, "d1": {"calls": 1}})
    assert tallies.add("b", ACCOUNT, {"h1": {"calls": 1, "seconds": 5, "cost:USD": 7}})
    assert tallies.add("c", OTHER, {"h1": {"calls": 9}})
    hour = {"calls": 2, "seconds": 65, "cost:USD": 7}
    assert tallies.of(ACCOUNT, ["h1", "d1", "h2"]) == [hour, {"calls": 1}, {}]


def test_what_is_added_twice_counts_once(tallies: Tallies) -> None:
    """The second addition under a key does nothing, whatever it would add."""
    assert tallies.add("a", ACCOUNT, {"h": {"calls": 1}})
    assert not tallies.add("a", ACCOUNT, {"h": {"calls": 1}})
    assert not tallies.add("a", ACCOUNT, {"i": {"calls": 5}})
    assert tallies.of(ACCOUNT, ["h", "i"]) == [{"calls": 1}, {}]


def test_many_at_once(tallies: Tallies) -> None:
    """Sixteen copies of four additions at the same moment add up to four."""
    barrier = threading.Barrier(16)

    def add(key: str) -> None:
        barrier.wait()
        tallies.add(key, ACCOUNT, {"h": {"calls": 1}})

    threads = [threading.Thread(target=add, args=(str(n % 4),)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tallies.of(ACCOUNT, ["h"]) == [{"calls": 4}]


class Conflicting:
    """A table whose first transactions conflict with others, as DynamoDB reports it."""

    def __init__(self, client: Any, conflicts: int) -> None:
        self._client = client
        self.left = conflicts

    @property
    def endpoint(self) -> str:
        """The URL of DynamoDB."""
        return str(self._client.endpoint)

    def call(self, operation: str, request: Mapping[str, Any]) -> Any:
        """Report a conflict of a transaction, or pass the request on."""
        if self.left and operation == "transact_write_items":
            self.left -= 1
            reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
            raise DynamoDbError("TransactionCanceledException", {"CancellationReasons": reasons})
        return self._client.call(operation, request)


def test_a_transaction_that_conflicts(
    tallies: Tallies, tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A conflicting transaction is tried again, and given up in the end."""
    monkeypatch.setattr("functions.workers.cdr_alarms.tallies._PAUSE_SECONDS", 0)
    client = dynamodb()
    tallies._table = Table(tables["CALL_STATE_TABLE"], Conflicting(client, 3))
    assert tallies.add("a", ACCOUNT, {"h": {"calls": 1}})
    tallies._table = Table(tables["CALL_STATE_TABLE"], Conflicting(client, 99))
    with pytest.raises(TallyBusy):
        tallies.add("b", ACCOUNT, {"h": {"calls": 1}})
    assert tallies.of(ACCOUNT, ["h"]) == [{"calls": 1}]


def test_sums_expire(tallies: Tallies, tables: Mapping[str, str]) -> None:
    """Sums and marks expire."""
    tallies.add("a", ACCOUNT, {"h": {"calls": 1}})
    items = aws_client("dynamodb").scan(TableName=tables["CALL_STATE_TABLE"])["Items"]
    assert len(items) == 2
    assert all(int(item["expires_at"]["N"]) > 0 for item in items)
