"""Rows of calls, newest first, found by account or by day: never by a scan of the table.

A page costs a bounded number of requests to DynamoDB. A rare call may be further back than they
reach: then the page says how far they came, and goes on from there.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

from viewer import Viewer

from pivotkit.store import Item
from pivotkit.store.call_index import ROW, CallKey, account_day, day_of
from pivotkit.store.day_shards import day_shards
from pivotkit.store.table import Table

PAGE = 50
"""Rows on a page."""

EVALUATED = 500
"""Rows that one request looks at, if it looks for some of them."""

MOST_REQUESTS = 40
"""Requests to DynamoDB for one page."""

MOST_ACCOUNTS = 10
"""Accounts of a viewer that are shown together. With more, the viewer chooses one."""

LIVE_SECONDS = 10 * 60
"""Seconds after its last sign of life for which a call without an end counts as live."""

ENDED = "ended"


class Row(NamedTuple):
    """Facts about a call. Times are Unix milliseconds; 0 and '' where nothing is known."""

    account: str
    call_id: str
    started: int
    last: int = 0
    from_: str = ""
    to: str = ""
    functions: tuple[str, ...] = ()
    steps: int = 0
    fallbacks: int = 0
    slowest: int | None = None
    fault: str = ""
    state: str = ""
    duration: int | None = None
    cause: str = ""
    recording: str = ""
    ended_at: int = 0

    @classmethod
    def of(cls, item: Item) -> Self:
        """The row in an item."""
        texts = {name: value["S"] for name, value in item.items() if "S" in value}
        numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value}
        times = [int(each) for each in item.get("times", {}).get("NS", ())]
        return cls(
            account=texts["account"],
            call_id=texts["call_id"],
            started=numbers["started"],
            last=numbers.get("last", numbers["started"]),
            from_=texts.get("from", ""),
            to=texts.get("to", ""),
            functions=tuple(sorted(item.get("functions", {}).get("SS", ()))),
            steps=numbers.get("steps", 0),
            fallbacks=numbers.get("fallbacks", 0),
            slowest=max(times, default=None),
            fault=texts.get("fault", ""),
            state=texts.get("state", ""),
            duration=numbers.get("duration"),
            cause=texts.get("cause", ""),
            recording=texts.get("recording", ""),
            ended_at=numbers.get("ended_at", 0),
        )

    @property
    def key(self) -> CallKey:
        """The call."""
        return CallKey(self.account, self.call_id)

    @property
    def verdict(self) -> str:
        """`fallback`, `answered`, or `none` for a call that asked no function."""
        if self.fallbacks:
            return "fallback"
        return "answered" if self.steps else "none"

    def is_live(self, now: float) -> bool:
        """Whether the call goes on, as far as anybody has reported."""
        return self.state != ENDED and now - self.last / 1000 < LIVE_SECONDS


class Filters(NamedTuple):
    """A viewer's search. Everything is a part of a text, but the account and the day."""

    account: str = ""
    number: str = ""
    call: str = ""
    template: str = ""
    verdict: str = ""
    day: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """The filters in a query; unknown names are left out."""
        return cls(**{name: query.get(name, "").strip()[:128] for name in cls._fields})

    @property
    def given(self) -> dict[str, str]:
        """Those that are set, as a query has them."""
        return {name: text for name, text in self._asdict().items() if text}

    @property
    def until(self) -> int | None:
        """The end of the day (UTC) in milliseconds; `None` without a day, or with a wrong one."""
        try:
            day = datetime.strptime(self.day, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            return None
        return int((day + timedelta(days=1)).timestamp() * 1000)

    def expression(self) -> dict[str, Any]:
        """The filter of a query of DynamoDB; empty if there is nothing to look for."""
        tests: list[str] = []
        values: dict[str, Any] = {}
        names: dict[str, str] = {}
        for name, attributes in (("number", "from to"), ("call", "call_id")):
            if text := getattr(self, name):
                values[f":{name}"] = {"S": text}
                parts = [f"contains(#{each}, :{name})" for each in attributes.split()]
                names |= {f"#{each}": each for each in attributes.split()}
                tests.append(f"({' OR '.join(parts)})")
        if self.template:
            names["#functions"], values[":template"] = "functions", {"S": self.template}
            tests.append("contains(#functions, :template)")
        if condition := _VERDICTS.get(self.verdict):
            tests.append(condition)
        found: dict[str, Any] = {"FilterExpression": " AND ".join(tests)} if tests else {}
        found |= {"ExpressionAttributeNames": names} if names else {}
        return found | {"ExpressionAttributeValues": values}


_VERDICTS = {
    "fallback": "attribute_exists(fallbacks)",
    "answered": "(attribute_exists(steps) AND attribute_not_exists(fallbacks))",
    "none": "attribute_not_exists(steps)",
}
VERDICTS = tuple(_VERDICTS)


class Page(NamedTuple):
    """Rows, newest first, and where the next page begins: before a time, or nowhere (0)."""

    rows: list[Row]
    before: int = 0


class _Batch(NamedTuple):
    """The answer to one request: rows, and the time down to which it is complete."""

    rows: list[Row]
    horizon: int


class CallRows:
    """The rows of a stack. Every method raises `StateUnavailable`."""

    def __init__(self, table: Table, days: int) -> None:
        self._table = table
        self._days = days

    @classmethod
    def from_environment(cls) -> Self:
        """The rows in the table that CALL_INDEX_TABLE names."""
        days = int(os.environ.get("LIVE_DEBUG_DAYS", "14"))
        return cls(Table.from_environment("CALL_INDEX_TABLE"), days)

    @property
    def table(self) -> Table:
        """The table itself."""
        return self._table

    def page(
        self, viewer: Viewer, filters: Filters, before: int | None = None, after: int = 0
    ) -> Page:
        """The newest rows that a viewer may see, older than *before* and newer than *after*."""
        now = int(time.time() * 1000)
        upper = min(each for each in (before, filters.until, now + 60_000) if each)
        oldest = max(now - self._days * 86_400_000, after + 1)
        accounts = _accounts(viewer, filters)
        found: list[Row] = []
        requests = 0
        while upper > oldest and len(found) < PAGE and requests < MOST_REQUESTS:
            day = day_of(upper - 1)
            lower = max(_start(day), oldest)
            places = list(_places(accounts, day))
            batches = [self._batch(place, filters, lower, upper) for place in places]
            requests += len(places)
            horizon = max(batch.horizon for batch in batches)
            whole = [row for batch in batches for row in batch.rows if row.started >= horizon]
            found += sorted(whole, key=lambda row: (-row.started, row.call_id))
            upper = horizon
        return _cut(found, upper if upper > oldest else 0)

    def _batch(
        self, place: tuple[str, str, str], filters: Filters, lower: int, upper: int
    ) -> _Batch:
        """One request: rows of one partition of an index, from *lower* to before *upper*."""
        index, attribute, value = place
        request = filters.expression()
        values = request.pop("ExpressionAttributeValues")
        values |= {
            ":place": {"S": value},
            ":lower": {"N": str(lower)},
            ":upper": {"N": str(upper - 1)},
        }
        answer = self._table.ask(
            "query",
            IndexName=index,
            KeyConditionExpression=f"{attribute} = :place AND started BETWEEN :lower AND :upper",
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
            Limit=EVALUATED if "FilterExpression" in request else PAGE + 1,
            **request,
        )
        last = answer.get("LastEvaluatedKey")
        rows = [Row.of(item) for item in answer["Items"] if not _expired(item)]
        whole = int(last["started"]["N"]) + 1 if last else lower  # that millisecond may go on
        return _Batch(rows, min(whole, upper - 1))

    def call(self, key: CallKey) -> tuple[Row | None, list[Item]]:
        """A call's row, and its steps and documents in order."""
        request = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": key.text}},
        }
        items = [each for each in self._table.query(**request) if not _expired(each)]
        row = next((Row.of(each) for each in items if each["sk"]["S"] == ROW), None)
        return row, [each for each in items if each["sk"]["S"] != ROW]


def is_on() -> bool:
    """Tell whether the stack lists calls."""
    return bool(os.environ.get("CALL_INDEX_TABLE"))


def must_choose(viewer: Viewer, filters: Filters) -> bool:
    """Tell whether a viewer has too many accounts to show their calls together."""
    return not filters.account and len(viewer.accounts) > MOST_ACCOUNTS


def _accounts(viewer: Viewer, filters: Filters) -> Sequence[str]:
    """The accounts whose calls are shown; none for those of all."""
    if filters.account:
        return [filters.account] if viewer.may_see(filters.account) else ["none"]
    return sorted(viewer.accounts)[:MOST_ACCOUNTS]


def _places(accounts: Sequence[str], day: str) -> Iterator[tuple[str, str, str]]:
    """The partitions with the calls of a day: index, attribute, and value."""
    if accounts:
        yield from (("by_account", "account_day", account_day(each, day)) for each in accounts)
    else:
        yield from (("by_day", "day_shard", shard) for shard in day_shards(day))


def _start(day: str) -> int:
    began = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    return int(began.timestamp() * 1000)


def _cut(found: list[Row], more: int) -> Page:
    """A page of *found*, whole milliseconds at a time, so that none is lost between two pages."""
    if len(found) <= PAGE:
        return Page(found, more)
    last = found[PAGE - 1].started
    rows = [row for row in found if row.started >= last]
    return Page(rows, last)


def _expired(item: Item) -> bool:
    """Whether an item has expired. DynamoDB deletes expired items days later."""
    return int(item.get("expires_at", {}).get("N", 0)) <= time.time()
