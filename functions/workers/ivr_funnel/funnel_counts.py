"""The counts of a funnel: how many callers reach each step of a menu and leave it there, by day.

`pivotkit.phone.funnel` sends the events that are counted. The counts are entries of the Directory,
of kind `funnel_<name>`: one for each day and step, such as `2026-11-21#topic`, with a number for
each outcome.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pivotkit.core.errors import StateUnavailable
from pivotkit.events.fields import text
from pivotkit.http.parameters import Value
from pivotkit.phone.funnel import with_left
from pivotkit.store.directory import Directory
from pivotkit.store.table import Table

MAX_STEPS = 100
"""Steps of a day that are read at once."""

_WORD = re.compile(r"[\w.-]{1,64}")
_WEEK = 7 * 24 * 60 * 60


class FunnelCounts:
    """Counts the events of funnels, each of them once. Methods raise `StateUnavailable`."""

    def __init__(self) -> None:
        self._table = Table.from_environment("DIRECTORY_TABLE")

    def count(self, event: Mapping[str, Value], at: int, delivery_id: str = "") -> bool:
        """Count *event*, received *at* (Unix seconds); return whether it is new and complete.

        The counter and a mark are written in one transaction. The mark is the entry `event_id` of
        the kind `counted`, and lives for a week. An event without `event_id`, as a stored callflow
        sends it, is marked by *delivery_id*.
        """
        funnel = text(event.get("funnel")) or ""
        step = text(event.get("step")) or ""
        outcome = text(event.get("outcome")) or ""
        event_id = text(event.get("event_id")) or delivery_id
        if not all(map(_WORD.fullmatch, (funnel, step, outcome, event_id))):
            return False
        key = {"pk": {"S": f"funnel_{funnel}"}, "sk": {"S": f"{_day(at)}#{step}"}}
        self._create_entry(key)
        return self._increment(key, outcome, event_id, at)

    def of(self, funnel: str, day: str) -> dict[str, Counter[str]]:
        """The outcomes of each step on *day* (`2026-11-21`, UTC), and how many callers `left`."""
        counts: dict[str, Counter[str]] = {}
        for key, entry in Directory(f"funnel_{funnel}").entries(MAX_STEPS, f"{day}#").items():
            _, _, step = key.partition("#")
            outcomes = {name: number for name, number in entry.items() if isinstance(number, int)}
            counts[step] = with_left(Counter(outcomes))
        return counts

    def _create_entry(self, key: Mapping[str, Any]) -> None:
        """Write an entry without counts, if there is none."""
        self._table.ask(
            "update_item",
            Key=key,
            UpdateExpression="SET #value = if_not_exists(#value, :empty)",
            ExpressionAttributeNames={"#value": "value"},
            ExpressionAttributeValues={":empty": {"M": {}}},
        )

    def _increment(self, key: Mapping[str, Any], outcome: str, event_id: str, at: int) -> bool:
        """Mark the event and count its *outcome*; `False` if it is marked already."""
        mark = {
            "pk": {"S": "counted"},
            "sk": {"S": event_id},
            "value": {"M": {}},
            "expires_at": {"N": str(at + _WEEK)},
        }
        put = {"Item": mark, "ConditionExpression": "attribute_not_exists(pk)"}
        field = "#value.#outcome"
        update = {
            "Key": key,
            "UpdateExpression": f"SET {field} = if_not_exists({field}, :none) + :one",
            "ExpressionAttributeNames": {"#value": "value", "#outcome": outcome},
            "ExpressionAttributeValues": {":none": {"N": "0"}, ":one": {"N": "1"}},
        }
        reasons = self._table.transact({"Put": put}, {"Update": update})
        if reasons[:1] == ["ConditionalCheckFailed"]:
            return False
        if reasons:
            raise StateUnavailable(", ".join(reasons))
        return True


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
