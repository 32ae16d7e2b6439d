"""Figures of templates by account, day, and hour, in the table CallIndex.

Each answer adds to an item of its account, function, and day (UTC), after it has gone: no caller
waits for that. The figures are the total of a few items, so that neither an item nor a key is
written to by all calls.

    pk "figures#2026-01-15#3"    sk "<account>#<function>"    numbers by name: `requests#13`, `ms#7`
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from pivotkit.core.parallel import at_once
from pivotkit.store import Item
from pivotkit.store.day_shards import MOST_QUERIES, day_keys, day_shard
from pivotkit.store.steps import Kept
from pivotkit.store.table import Table

FIGURES = "figures#"
"""The beginning of the keys of figures."""

BOUNDS = (
    *(0, 5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 400, 500, 750),
    *(1000, 1500, 2000, 2500, 3000, 3500, 4000, 5000),
)
"""The milliseconds from which each class of answers begins."""

REQUESTS, TIMES = "requests#", "ms#"
FALLBACKS, ERRORS, COLD = "fallbacks", "errors", "cold"


class Figures(NamedTuple):
    """Figures of a function for an account on a day."""

    account_id: str
    function: str
    day: date
    numbers: Mapping[str, int]


class TemplateFigures:
    """The figures in a table. Methods raise `StateUnavailable`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, kept: Kept, function: str, expires: Mapping[str, str], *, cold: bool) -> None:
        """Add an answer; a *cold* one is the first of its environment. One round trip."""
        numbers = figures_of(kept, cold=cold)
        day = datetime.fromtimestamp(kept.at / 1000, UTC).date()
        adds = ", ".join(f"#{at} :one" for at, _ in enumerate(numbers))
        self._table.ask(
            "update_item",
            Key={
                "pk": {"S": f"{FIGURES}{day_shard(day, kept.call.call_id)}"},
                "sk": {"S": f"{kept.call.account_id}#{function}"},
            },
            UpdateExpression=f"ADD {adds} SET expires_at = :expires",
            ExpressionAttributeNames={f"#{at}": name for at, name in enumerate(numbers)},
            ExpressionAttributeValues={":one": {"N": "1"}, ":expires": dict(expires)},
        )

    def find(self, days: Sequence[date], account_id: str = "") -> Iterator[Figures]:
        """The figures of *days*, of an account or of all, each in several parts.

        Takes a round trip for each key of a day, `MOST_QUERIES` at a time.
        """
        keys = [(day, key) for day in days for key in day_keys(day)]
        for parts in at_once(lambda key: self._parts(*key, account_id), keys, most=MOST_QUERIES):
            yield from parts

    def _parts(self, day: date, key: str, account_id: str) -> list[Figures]:
        condition, values = "pk = :key", {":key": {"S": f"{FIGURES}{key}"}}
        if account_id:
            condition += " AND begins_with(sk, :account)"
            values[":account"] = {"S": f"{account_id}#"}
        found = self._table.query(
            KeyConditionExpression=condition, ExpressionAttributeValues=values
        )
        return [_figures(day, item) for item in found]


def _figures(day: date, item: Item) -> Figures:
    account, _, function = item["sk"]["S"].partition("#")
    numbers = {
        name: int(value["N"])
        for name, value in item.items()
        if "N" in value and name != "expires_at"
    }
    return Figures(account, function, day, numbers)


def figures_of(kept: Kept, *, cold: bool) -> list[str]:
    """The names of the numbers that an answer adds one to."""
    hour = datetime.fromtimestamp(kept.at / 1000, UTC).hour
    place = sum(bound <= kept.ms for bound in BOUNDS) - 1
    names = [f"{REQUESTS}{hour:02}", f"{TIMES}{max(place, 0)}"]
    named = {FALLBACKS: kept.is_fallback, ERRORS: bool(kept.fault), COLD: cold}
    return names + [name for name, is_so in named.items() if is_so]


def percentile(numbers: Mapping[str, int], share: float) -> int:
    """The milliseconds within which a *share* of the answers came, as a bound of their class.

    0 without any answer; beyond the last bound, that bound.
    """
    classes = Counter(
        {
            int(name.removeprefix(TIMES)): number
            for name, number in numbers.items()
            if name.startswith(TIMES)
        }
    )
    wanted, seen = share * classes.total(), 0
    for place in sorted(classes):
        seen += classes[place]
        if seen >= wanted and classes[place]:
            return BOUNDS[min(place + 1, len(BOUNDS) - 1)]
    return 0
