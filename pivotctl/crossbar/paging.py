"""Lists in Crossbar: a range of time, pages, and the key of the next page.

Follows `crossbar_view.erl` and `api_util:encode_start_key/1`. The keys are opaque: KAZOO encodes an
Erlang term, here it is JSON.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pivotctl.crossbar.envelope import CrossbarRefusal, CrossbarRequest, validation
from pivotctl.whole_numbers import whole

MAX_RANGE = 31 * 86_400 + 3600
"""Longest range in seconds: 31 days and an hour."""

PAGE_SIZE = 50

type PageKey = tuple[Any, ...]


@dataclass(frozen=True)
class TimeRange:
    """A range of Gregorian seconds, including both ends."""

    start: int
    end: int

    def holds(self, created: int) -> bool:
        """Whether an object created at this time is listed."""
        return self.start <= created <= self.end


@dataclass(frozen=True)
class ServedPage[Row]:
    """The rows of a page, and the envelope's fields about it."""

    rows: list[Row]
    paging: dict[str, Any]


def time_range(request: CrossbarRequest, now: int) -> TimeRange:
    """Return the range between `created_from` and `created_to`. Raises `CrossbarRefusal`."""
    end = _seconds(request, "created_to", now)
    start = _seconds(request, "created_from", end - MAX_RANGE)
    if end < start:
        text = f"created_to {end} is prior to created_from {start}"
        raise validation("created_from", "date_range", text, cause=start)
    if end - start > MAX_RANGE:
        text = f"created_to {end} is more than {MAX_RANGE} seconds from created_from {start}"
        raise validation("created_from", "date_range", text, cause=end)
    return TimeRange(start, end)


def _seconds(request: CrossbarRequest, name: str, otherwise: int) -> int:
    """Return a time; anything but a positive number means the default."""
    return whole(str(request.value(name))) or otherwise


def page[Row](
    request: CrossbarRequest, keyed: Iterable[tuple[PageKey, Row]], *, chunked: bool = False
) -> ServedPage[Row]:
    """Return the requested page, newest first unless `ascending=true`.

    In the envelope of a chunked list, numbers are text. Raises `CrossbarRefusal`.
    """
    descending = str(request.value("ascending")).lower() != "true"
    found = sorted(keyed, key=lambda each: each[0], reverse=descending)
    size = page_size(request)
    if size is None:
        return ServedPage([row for _, row in found], {})
    start = request.value("start_key")
    if start:
        first = _decoded(str(start))
        found = [each for each in found if each[0] == first or (each[0] < first) is descending]
    shown, further = found[:size], found[size:]
    count = str(len(shown)) if chunked else len(shown)
    paging = {"page_size": count} | ({"start_key": start} if start else {})
    if further:
        paging["next_start_key"] = _encoded(further[0][0])
    return ServedPage([row for _, row in shown], paging)


def page_size(request: CrossbarRequest) -> int | None:
    """Return the number of rows a page, or None for `paginate=false`. Raises `CrossbarRefusal`."""
    if str(request.value("paginate")).lower() == "false":
        return None
    if request.value("page_size") is None:
        return PAGE_SIZE
    size = whole(str(request.value("page_size")))
    if not size:
        raise CrossbarRefusal(404, "faulty_request", {"message": "invalid page size"})
    return size


def _encoded(key: PageKey) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def _decoded(text: str) -> PageKey:
    try:
        key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return tuple(key)
    except (ValueError, TypeError) as error:
        raise CrossbarRefusal(404, "faulty_request", {"message": "invalid start_key"}) from error
