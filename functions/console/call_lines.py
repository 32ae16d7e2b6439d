"""Pictures of time and change for the page of a call: lanes, latency, and differences of texts."""

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import ndiff
from typing import NamedTuple
from urllib.parse import urlencode

from call_story import LANES, Entry, Story

WIDTH = 1000
"""The width of the time line in its own units."""

LANE = 44
LEFT = 110
RIGHT = 40
TICKS = 6
LEAST = 10
"""The width of the narrowest mark, which can still be hit."""

LIMIT_MS = 5000
"""Milliseconds after which KAZOO gives up."""

DEADLINE_MS = 3000
MOST_LINES = 2000
"""Lines of two texts that are compared."""


class Mark(NamedTuple):
    """An entry on the time line, in its units."""

    number: int
    entry: Entry
    x: float
    y: float
    width: float


class Tick(NamedTuple):
    """A time on the scale."""

    x: float
    text: str


class Lanes(NamedTuple):
    """The time line of a call: a lane for each source that has something."""

    names: tuple[str, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]

    @property
    def height(self) -> int:
        """Its height, with the scale."""
        return len(self.names) * LANE + 30


class Line(NamedTuple):
    """A line of two compared texts: `same`, `added`, or `removed`."""

    kind: str
    text: str


def lanes_of(story: Story) -> Lanes:
    """The time line of a call."""
    present = {entry.lane for entry in story.entries}
    names = tuple(lane for lane in LANES if lane in present)
    whole = max(story.ended - story.began, 1)
    scale = (WIDTH - LEFT - RIGHT) / whole
    marks = tuple(
        Mark(
            number,
            entry,
            round(LEFT + (entry.at - story.began) * scale, 1),
            names.index(entry.lane) * LANE + 10,
            round(max(entry.ms * scale, LEAST), 1),
        )
        for number, entry in enumerate(story.entries)
    )
    return Lanes(names, marks, tuple(_ticks(whole, scale)))


def _ticks(whole: int, scale: float) -> Iterator[Tick]:
    """Round times, some six of them, from zero on."""
    rough = whole / TICKS
    step = next((each for each in sorted(_ROUND) if each >= rough), max(_ROUND))
    for number in range(int(whole / step) + 1):
        yield Tick(round(LEFT + number * step * scale, 1), said(number * step))


_SECOND, _MINUTE = 1000, 60_000
_UNITS = (1, 10, 100, _SECOND, 10 * _SECOND, _MINUTE, 10 * _MINUTE, 60 * _MINUTE)
_ROUND = tuple(factor * unit for unit in _UNITS for factor in (1, 2, 5))
"""The steps of a scale, in milliseconds."""


def said(ms: int) -> str:
    """A duration as people read it: `250 ms`, `3.2 s`, `1 min 4 s`."""
    if ms < _SECOND:
        return f"{ms} ms"
    if ms < _MINUTE:
        return f"{ms / _SECOND:.1f} s".replace(".0 s", " s")
    minutes, rest = divmod(round(ms / _SECOND), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def differences(before: str, after: str) -> list[Line]:
    """The lines of two texts, with those that were added and removed."""
    first, second = (text.splitlines()[:MOST_LINES] for text in (before, after))
    if first == second:
        return [Line("same", line) for line in first]
    return list(_compared(ndiff(first, second)))


_KINDS = {"+": "added", "-": "removed", " ": "same"}


def _compared(lines: Iterable[str]) -> Iterator[Line]:
    for line in lines:
        if line[:1] in _KINDS:
            yield Line(_KINDS[line[0]], line[2:])


def pretty(text: str) -> str:
    """An answer's text, indented if it is JSON or XML."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text.replace("><", ">\n<")


def as_text(value: Mapping[str, object]) -> str:
    """A state as text, a line each value."""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) if value else ""


def entry_url(account: str, call_id: str, number: int) -> str:
    """The page of a call with one entry selected."""
    return f"/call?{urlencode({'account': account, 'id': call_id, 'entry': number})}#entry"
