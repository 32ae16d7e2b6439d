"""The order of a batch: an account's deliveries in turn, those of several accounts at once."""

import json
import threading
from typing import Any

import pytest

from pivotkit import Delivery, worker
from pivotkit.workers.bus import detail_of
from tests.unit.functions.conftest import environment

__all__ = ["environment"]

pytestmark = [
    pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time"),
    pytest.mark.usefixtures("environment"),
]


def record(account: str, at: int) -> dict[str, Any]:
    """A message of the queue for a delivery that arrived *at* a time."""
    item = {
        "pk": {"S": f"{account}#call"},
        "sk": {"S": "event#channel_hold#0f"},
        "received_at": {"N": str(at)},
        "method": {"S": "POST"},
        "content_type": {"S": "application/json"},
        "body": {"S": json.dumps({"account_id": account, "hook_event": "channel_hold"})},
    }
    detail = json.loads(detail_of(Delivery(item["pk"]["S"], item)))
    body = json.dumps({"detail": detail})
    return {"messageId": f"{account}-{at}", "eventSource": "aws:sqs", "body": body}


def test_an_accounts_deliveries_are_in_order() -> None:
    """They are processed by their place, whatever order the queue hands them out in."""
    done: list[tuple[str, int]] = []

    @worker(order=lambda delivery: delivery.received_at)
    def handler(delivery: Delivery) -> None:
        done.append((delivery.account_id, delivery.received_at))

    batch = [record("a", 3), record("b", 9), record("a", 1), record("a", 2), record("b", 8)]
    assert handler({"Records": batch}, None) == {"batchItemFailures": []}
    assert done == [("a", 1), ("a", 2), ("a", 3), ("b", 8), ("b", 9)]


def test_a_record_that_cannot_be_read_fails_alone() -> None:
    """The others of the batch are processed, and it alone goes back to the queue."""
    done: list[int] = []

    @worker(order=lambda delivery: delivery.received_at)
    def handler(delivery: Delivery) -> None:
        done.append(delivery.received_at)

    unreadable = [{**record("a", at), "body": body} for at, body in ((7, "no JSON"), (8, "[]"))]
    answer = handler({"Records": [record("a", 2), *unreadable, record("a", 1)]}, None)
    failed = [each["itemIdentifier"] for each in answer["batchItemFailures"]]
    assert (done, sorted(map(str, failed))) == ([1, 2], ["a-7", "a-8"])


def test_accounts_do_not_wait_for_each_other() -> None:
    """Two accounts are processed at the same time; a failure is that of its delivery alone."""
    together = threading.Barrier(2, timeout=30)

    @worker(order=lambda delivery: delivery.received_at, parallel=2)
    def handler(delivery: Delivery) -> None:
        if delivery.received_at == 1:
            together.wait()
        if (delivery.account_id, delivery.received_at) == ("a", 2):
            raise ValueError("wrong")

    batch = [record(account, at) for account in ("a", "b") for at in (2, 1)]
    answer = handler({"Records": batch}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "a-2"}]}
