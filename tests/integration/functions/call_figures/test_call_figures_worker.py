"""Deliveries about a leg, as the worker counts them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from pivotkit.store.call_figures import CallFigures
from pivotkit.store.call_records import CallRecords
from pivotkit.store.records import Fact, Record
from tests.aws import aws_client
from tests.events import ACCOUNT
from tests.functions import load

AT = datetime(2026, 11, 20, 13, 30, tzinfo=UTC)
LEG: dict[str, Fact] = {"call_direction": "outbound", "duration_seconds": 75, "billing_seconds": 60}
RATED: dict[str, Fact] = {
    "destination": "France",
    "cost": 300,
    "currency": "EUR",
    "billed_seconds": 60,
}


@pytest.fixture
def handler(tables: Mapping[str, str]) -> Any:
    """The worker, on an empty table."""
    assert tables
    return load("workers/call_figures")


def keep(sort: str, record: Record | None, key: str = f"{ACCOUNT}#leg-1") -> dict[str, Any]:
    """Store a delivery, and return it as a record of the stream."""
    item: dict[str, Any] = {
        "pk": {"S": key},
        "sk": {"S": sort},
        "item": {"S": "delivery"},
        "received_at": {"N": str(int(AT.timestamp()))},
    }
    if record:
        item["record"] = {"S": record.as_json()}
    CallRecords().keep(item)
    return {"eventName": "INSERT", "eventID": sort, "dynamodb": {"NewImage": item}}


def test_the_deliveries_of_a_leg_are_one_row(handler: Any) -> None:
    """A hook, a CDR, and its cost add up to one leg, in whatever order they are processed."""
    records = [
        keep("event#channel_destroy#1", Record("ended", AT, LEG)),
        keep("api#cdr", Record("ended", AT, {**LEG, "billing_seconds": 58}, verified=True)),
        keep("rating#cost", Record("ended", AT, RATED, verified=True)),
    ]
    for batch in (records, records[::-1]):
        assert handler({"Records": batch}, None) == {"batchItemFailures": []}
    (leg,) = CallFigures().legs(AT.date())
    assert (leg.billed, leg.destination, leg.cost, leg.currency) == (58, "France", 300, "EUR")
    (sums,) = CallFigures().sums([AT.date()], [ACCOUNT])
    assert (sums.numbers["legs"], sums.numbers["cost:EUR:France"]) == (1, 300)


def test_a_leg_that_has_not_ended_is_no_row(handler: Any) -> None:
    """A call in progress, and what is no call, is not counted."""
    records = [
        keep("event#channel_create#1", Record("created", AT, {})),
        keep("event#x#1", None, f"{ACCOUNT}#fax-1"),
    ]
    assert handler({"Records": records}, None) == {"batchItemFailures": []}
    assert list(CallFigures().legs(AT.date())) == []


def test_a_table_that_is_away_is_tried_again(handler: Any, tables: Mapping[str, str]) -> None:
    """The delivery goes back into the queue."""
    record = keep("event#channel_destroy#1", Record("ended", AT, LEG))
    aws_client("dynamodb").delete_table(TableName=tables["CALL_FIGURES_TABLE"])
    assert len(handler({"Records": [record]}, None)["batchItemFailures"]) == 1
