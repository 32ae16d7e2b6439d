"""A batch ends before Lambda's time-out, and one delivery leaves the others their time."""

import io
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from pivotkit.core.deadline import time_left as alarm_in
from pivotkit.core.parallel import at_once
from pivotkit.store.records import Delivery
from pivotkit.workers import worker as workers
from pivotkit.workers.worker import LEAST_SHARE, RESERVE, worker
from tests.integration.pivotkit.workers.batches import queue, stream

pytestmark = pytest.mark.usefixtures("limits_of_lambda")


class Clock:
    """A Lambda context whose time passes only when a test lets it pass."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda gives it."""
        return int(self.left * 1000)


def item(name: str) -> dict[str, Any]:
    """A delivery as it lies in the table."""
    return {"pk": {"S": f"acct#{name}"}, "sk": {"S": "event#x#0f"}, "item": {"S": "delivery"}}


def batch(size: int, of: Callable[..., dict[str, Any]] = queue) -> dict[str, Any]:
    """A batch of deliveries that are called 0, 1, 2 ..."""
    items = [item(str(number)) for number in range(size)]
    return of(*(map(json.dumps, items) if of is queue else items))


def failed(answer: Any) -> list[str]:
    """The deliveries that are retried."""
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


@pytest.mark.parametrize("of", [queue, stream])
def test_what_no_time_is_left_for(of: Callable[..., dict[str, Any]], log: io.StringIO) -> None:
    """Deliveries that cannot be begun in time are returned, and the batch does not time out."""
    clock, seen = Clock(60), []

    def takes_twenty_seconds(delivery: Delivery) -> None:
        seen.append(delivery.key)
        clock.left -= 20

    assert failed(worker(takes_twenty_seconds)(batch(5, of), clock)) == ["3", "4"]
    assert seen == ["acct#0", "acct#1", "acct#2"]
    line = next(each for each in map(json.loads, log.getvalue().splitlines()) if "records" in each)
    assert (line["records"], line["failed"], line["late"]) == (5, 2, 2)


def test_the_share_of_each_delivery() -> None:
    """Each delivery of a batch may take an equal share of what is left, and late ones more."""
    clock, shares = Clock(60 + RESERVE), []

    def takes_two_seconds(_delivery: Delivery) -> None:
        shares.append(round(alarm_in()))
        clock.left -= 2

    assert not failed(worker(takes_two_seconds)(batch(4), clock))
    assert shares == [15, 19, 28, 54]


def test_the_least_share() -> None:
    """In a large batch a delivery may take more than its share, as long as there is time."""
    clock, shares = Clock(12 + RESERVE), []

    def takes_four_seconds(_delivery: Delivery) -> None:
        shares.append(round(alarm_in()))
        clock.left -= 4

    assert failed(worker(takes_four_seconds)(batch(100), clock))[:1] == ["3"]
    assert shares == [LEAST_SHARE, LEAST_SHARE, 4]


def test_a_delivery_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery is interrupted at the end of its share, and the others are processed."""
    monkeypatch.setattr(workers, "LEAST_SHARE", 0.1)
    seen: list[str] = []

    def hangs_once(delivery: Delivery) -> None:
        while delivery.key == "acct#0":
            time.sleep(0.01)
        seen.append(delivery.key)

    assert failed(worker(hangs_once)(batch(20), Clock(RESERVE + 20))) == ["0"]
    assert len(seen) == 19


def test_outside_of_lambda() -> None:
    """Without a context, as in a test, nothing limits a batch."""
    assert not failed(worker(lambda _: None)(batch(3), None))
    assert workers.time_left() == float("inf")


def test_deliveries_in_parallel() -> None:
    """A parallel worker's deliveries run at the same time, and see the batch's context."""
    lefts: list[float] = []

    def notes(delivery: Delivery) -> None:
        lefts.append(workers.time_left())
        if delivery.key == "acct#1":
            raise ValueError

    assert failed(worker(parallel=4)(notes)(batch(4), Clock(40 + RESERVE))) == ["1"]
    assert lefts == [40] * 4


def test_no_time_for_deliveries_in_parallel() -> None:
    """Nor does a parallel worker begin what it has no time for."""
    assert failed(worker(parallel=4)(lambda _: None)(batch(2), Clock(RESERVE))) == ["0", "1"]


def test_at_once() -> None:
    """Results come in the order of the items; one that fails does not keep others from running."""
    assert at_once(lambda number: number * 2, range(5), most=2) == [0, 2, 4, 6, 8]
    assert at_once(str, [], most=2) == []
    ran: list[int] = []

    def fails_at_first(number: int) -> None:
        ran.append(number)
        if number == 0:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        at_once(fails_at_first, range(4), most=4)
    assert sorted(ran) == [0, 1, 2, 3]
