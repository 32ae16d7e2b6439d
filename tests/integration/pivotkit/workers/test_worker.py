"""Workers: one delivery at a time, what fails comes again alone, and repetition does no harm."""

import itertools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from pivotkit.store.call_records import CallRecords
from pivotkit.store.records import Delivery, Record
from pivotkit.workers.worker import worker
from tests.aws import aws_client
from tests.integration.pivotkit.workers.batches import queue, stream

KEY = "acct#c1"
WHEN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RECORDS = [
    Record("created", WHEN, {"from": "1"}),
    Record("answered", WHEN, {"to": "2"}),
    Record("ended", WHEN, {"cause": "NORMAL_CLEARING", "to": "3"}),
]


def item(number: int, record: Record | None, key: str = KEY) -> dict[str, Any]:
    """A delivery as it lies in the table."""
    found = {"pk": {"S": key}, "sk": {"S": f"event#x#{number}"}, "item": {"S": "delivery"}}
    return found | ({"record": {"S": record.as_json()}} if record else {})


def collecting(seen: list[str]) -> Callable[[Delivery], None]:
    """A template that notes the deliveries and fails at those of the call `bad`."""

    def template(delivery: Delivery) -> None:
        seen.append(delivery.key)
        if delivery.key == "acct#bad":
            raise ValueError("canary-4711")

    return template


def test_a_batch_of_the_stream() -> None:
    """Every delivery of a batch is handed over, and only the one that fails comes again."""
    seen: list[str] = []
    batch = stream(item(0, None), item(1, None, "acct#bad"), item(2, None, "acct#c2"))
    assert worker(collecting(seen))(batch, None) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert seen == ["acct#c1", "acct#bad", "acct#c2"]


def test_a_batch_of_the_queue() -> None:
    """A message that cannot be read fails alone, too."""
    seen: list[str] = []
    bodies = [json.dumps(item(0, None)), "{", json.dumps(item(1, None, "acct#c2"))]
    assert worker(collecting(seen))(queue(*bodies), None) == {
        "batchItemFailures": [{"itemIdentifier": "1"}]
    }
    assert seen == ["acct#c1", "acct#c2"]


def test_a_batch_in_which_all_fail() -> None:
    """When everything fails everything is reported, and the worker itself does not fail."""
    batch = stream(item(0, None, "acct#bad"), item(1, None, "acct#bad"))
    found = worker(collecting([]))(batch, None)
    assert [failure["itemIdentifier"] for failure in found["batchItemFailures"]] == ["0", "1"]


@pytest.fixture
def records(tables: Mapping[str, str]) -> CallRecords:
    """The CallRecords table."""
    assert tables
    return CallRecords()


def test_any_order_and_repetition(records: CallRecords) -> None:
    """Whatever order deliveries arrive in, and however often, the merged record is the same."""
    expected = {
        "state": "ended",
        "created_at": WHEN.isoformat(),
        "answered_at": WHEN.isoformat(),
        "ended_at": WHEN.isoformat(),
        "from": "1",
        "to": "3",
        "cause": "NORMAL_CLEARING",
        "sources": ["hook"],
    }
    for number, order in enumerate(itertools.permutations(range(3))):
        key = f"acct#{number}"
        for at in (*order, order[0]):
            records.keep(item(at, RECORDS[at], key))
            records.refresh(key)
        assert records.get(key) == expected


def test_a_delivery_is_kept_once(records: CallRecords, tables: Mapping[str, str]) -> None:
    """A spooled delivery that is in the table already changes nothing there."""
    records.keep(item(0, RECORDS[0]))
    records.keep(item(0, RECORDS[2]))
    found = aws_client("dynamodb").scan(TableName=tables["CALL_RECORDS_TABLE"])["Items"]
    assert found == [item(0, RECORDS[0])]


def test_a_merge_that_comes_late(records: CallRecords, tables: Mapping[str, str]) -> None:
    """A record made from more deliveries is not overwritten by one made from fewer."""
    for number, record in enumerate(RECORDS):
        records.keep(item(number, record))
    records.refresh(KEY)
    before = records.get(KEY)
    key: Any = {"pk": {"S": KEY}, "sk": {"S": "event#x#2"}}
    aws_client("dynamodb").delete_item(TableName=tables["CALL_RECORDS_TABLE"], Key=key)
    records.refresh(KEY)
    assert records.get(KEY) == before


def test_deliveries_without_a_record(records: CallRecords) -> None:
    """Deliveries that could not be read make no record, and do not spoil one."""
    records.keep(item(0, None))
    records.refresh(KEY)
    assert records.get(KEY) is None
    records.keep(item(1, RECORDS[0]))
    records.refresh(KEY)
    found = {"state": "created", "created_at": WHEN.isoformat(), "from": "1"}
    assert records.get(KEY) == found | {"sources": ["hook"]}


def test_more_deliveries_than_a_page_holds(records: CallRecords) -> None:
    """All deliveries of a call count, also when a query has to be continued."""
    for number in range(12):
        record = Record("created", WHEN, {f"fact{number}": "x"})
        records.keep(item(number, record) | {"body": {"S": "b" * 200_000}})
    records.refresh(KEY)
    found = records.get(KEY)
    assert found
    assert {f"fact{number}" for number in range(12)} <= set(found)
