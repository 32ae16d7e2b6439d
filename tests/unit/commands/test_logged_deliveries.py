"""Deliveries are found in logs of any format."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pivotctl.commands.logged_deliveries import DeliveryItem, find


def delivery(number: int = 1) -> DeliveryItem:
    """An item as a receiver makes it."""
    return {
        "pk": {"S": "account#call"},
        "sk": {"S": f"event#channel_create#{number}"},
        "item": {"S": "delivery"},
        "received_at": {"N": "1790000000"},
        "body": {"S": '{"hook_event": "channel_create"}'},
    }


def logged(item: Any) -> dict[str, Any]:
    """The log line of a delivery that no store accepted."""
    return {"level": "ERROR", "message": "SPOOL", "item": item, "service": "channel_events"}


LINE = json.dumps(logged(delivery()), separators=(",", ":"))
PLACES: list[tuple[str, str]] = [
    ("a log line", LINE),
    ("amid other lines", f'START RequestId: 1\n{LINE}\n{{"message": "stored"}}\nREPORT 3 ms\n'),
    ("behind half a line", f"{LINE[:99]}{LINE}"),
    ("behind a time", f"2026-11-21T14:00:00.000Z {LINE}"),
    ("aws logs tail", f"2026-11-21T14:00:00+00:00 [$LATEST]abc {LINE}\n"),
    ("filter-log-events", json.dumps({"events": [{"message": f"{LINE}\n"}]}, indent=2)),
    ("a scan", json.dumps({"Items": [delivery()], "Count": 1}, indent=2)),
    ("an export", json.dumps({"Item": delivery()})),
    ("a queue's message", json.dumps({"Messages": [{"Body": json.dumps(delivery())}]})),
    ("a stream's record", json.dumps({"Records": [{"dynamodb": {"NewImage": delivery()}}]})),
    ("the bare item", json.dumps(delivery())),
]


@pytest.mark.parametrize("text", [text for _, text in PLACES], ids=[name for name, _ in PLACES])
def test_a_delivery_is_found(text: str) -> None:
    """An item is found unchanged, whatever surrounds it."""
    found = find(text)
    assert found.items == [delivery()]
    assert (found.repeated, found.unreadable) == (0, 0)


def test_each_delivery_is_found_once() -> None:
    """Repetitions are counted but not kept; the order is that of the text."""
    text = "\n".join(json.dumps(logged(delivery(number))) for number in (1, 2, 1, 3, 2))
    found = find(text)
    assert [item["sk"]["S"][-1] for item in found.items] == ["1", "2", "3"]
    assert found.repeated == 2


@pytest.mark.parametrize(
    "text",
    [
        LINE[:-40],
        json.dumps(logged(None)),
        json.dumps(logged({"item": {"S": "delivery"}, "pk": {"S": "a"}})),
        json.dumps({"events": [{"message": LINE[:-40]}]}),
    ],
)
def test_a_spooled_line_that_is_broken_is_told(text: str) -> None:
    """A truncated line is reported, not ignored."""
    assert find(text).unreadable == 1


@pytest.mark.parametrize(
    "text", ["", "nothing\n{broken", '{"message": "stored"}', '{"item": {"S": "leg"}, "pk": {}}']
)
def test_other_lines_are_passed_over(text: str) -> None:
    """Other lines, including broken JSON, are ignored."""
    found = find(text)
    assert (found.items, found.unreadable) == ([], 0)
