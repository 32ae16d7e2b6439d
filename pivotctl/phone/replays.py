"""A finished call repeated against the current code, and what differs from the first time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from pivotctl.local.calls import local_scenario
from pivotctl.local.outputs import CallOutputs, Outputs
from pivotctl.phone.documents import laid_out
from pivotctl.phone.saved_calls import SavedCall, of
from pivotctl.phone.saved_steps import Event, steps
from pivotctl.switch.http.exchange import Transport, send
from pivotctl.switch.player.call import place_call
from pivotctl.upstreams import FakeMode, switched

if TYPE_CHECKING:
    from pivotctl.stack import Stack

_URL = re.compile(r"""https?://[^\s"'<>]+""")
_ID = re.compile(r"[0-9a-f]{32}@198\.51\.100\.23|b-leg-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of both calls, or of one of them: `change` is same, changed, added, or removed."""

    change: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Replay:
    """A call that was repeated.

    `dialogue` compares what the caller heard and did, `answers` each answer line by line.
    """

    call: SavedCall
    dialogue: tuple[Row, ...]
    answers: tuple[tuple[Row, ...], ...]

    @property
    def same(self) -> bool:
        """Whether the caller heard the same, and every answer was the same."""
        return all(row.change == "same" for rows in (self.dialogue, *self.answers) for row in rows)

    def as_json(self) -> dict[str, Any]:
        """Return both comparisons, whether all is the `same`, and the new `events`."""
        return {
            "same": self.same,
            "dialogue": [asdict(row) for row in self.dialogue],
            "answers": [[asdict(row) for row in rows] for rows in self.answers],
            "events": list(self.call.events),
        }


def replay(saved: SavedCall, stack: Stack, transport: Transport = send) -> Replay:
    """Play the script of a call against the functions of `stack` as they are now.

    The call has a new Call-ID; it is real in all other respects, so that its workers run as well.
    Raises what `local_scenario` raises.
    """
    facts = saved.facts
    scenario = local_scenario(stack, facts.template, facts.data, **saved.arguments(), followed=True)
    modes = {name: FakeMode(mode) for name, mode in facts.upstreams.items()}
    with switched(stack.upstreams_url, modes):
        played = CallOutputs(Outputs(stack)).explained(place_call(scenario, transport))
        events = [event.as_json() for event in played]
    return compared(saved, of(facts.template, events))


def compared(saved: SavedCall, again: SavedCall) -> Replay:
    """Compare a call with its repetition; after the caller left, nothing is compared."""
    before, after = _lines(saved.events), _lines(again.events)
    old, new = _bodies(saved.events), _bodies(again.events)
    if saved.script.left:
        before = before[:-1]  # without the verdict
        after, new = after[: len(before)], new[: len(old)]
    bodies = zip_longest(old, new, fillvalue="")
    answers = tuple(tuple(rows(one.splitlines(), other.splitlines())) for one, other in bodies)
    return Replay(again, tuple(rows(before, after)), answers)


def _lines(events: Iterable[Event]) -> list[str]:
    return [_common(str(step)) for step in steps(events)]


def _bodies(events: Iterable[Event]) -> list[str]:
    """Return the answers, laid out, without what differs from call to call."""
    found = [event["body"] for event in events if event["type"] == "answer"]
    return [_common(laid_out(body).text) for body in found]


def _common(text: str) -> str:
    """Replace Call-IDs, and in URLs every segment that may hold a key or a token."""
    return _ID.sub("…", _URL.sub(lambda found: _without_keys(found[0]), text))


def _without_keys(url: str) -> str:
    address = re.split(r"[?#]", url, maxsplit=1)[0]
    path = address.partition("://")[2].split("/")[1:]
    return "/".join(["…", *path[-2:]])


def rows(before: Sequence[str], after: Sequence[str]) -> Iterator[Row]:
    """Yield the lines of two texts beside each other."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for change, from_, to, begin, end in matcher.get_opcodes():
        old, new = before[from_:to], after[begin:end]
        for one, other in zip_longest(old, new):
            yield Row(_change(change, one, other), one, other)


def _change(change: str, before: str | None, after: str | None) -> str:
    if change == "equal":
        return "same"
    if before is None:
        return "added"
    return "removed" if after is None else "changed"
