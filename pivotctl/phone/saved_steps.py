"""Steps of a call, as a dialogue test expects them, and the script with which to repeat them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pivotctl.problems import Verdict

type Event = Mapping[str, Any]
"""An event of a call, as `CallEvent.as_json` returns it."""

_STAYING = frozenset({"bridged", "conference", "voicemail", "recorded"})
"""Events after which a caller who does as the script says hangs up as well."""

_QUIET = frozenset(
    {"underway", "document", "reached", "state", "printed", "answered", "bridge_ended"}
)
"""Events that neither the caller nor KAZOO takes for an end."""


@dataclass(frozen=True, slots=True)
class Step:
    """An expectation of `Dialogue`: the name of its method, and the arguments."""

    method: str
    arguments: tuple[Any, ...] = ()

    def __str__(self) -> str:
        given = " ".join(str(each) for each in self.arguments)
        return f"{self.method.replace('_', ' ')} {given}".strip()


@dataclass(frozen=True, slots=True)
class Script:
    """What the caller did: `press` has the keys for each time they were asked.

    `recording` is how they ended recordings; `left` is whether they hung up where somebody who
    follows the script would have stayed on the line.
    """

    press: tuple[str, ...] = ()
    recording: str = "key"
    left: bool = False


def steps(events: Iterable[Event]) -> list[Step]:
    """Return everything that the caller hears and does, and the verdict at the end."""
    known = list(events)
    left = script(known).left
    return [
        step
        for event in known
        if not (left and event["type"] == "hung_up")
        for step in _STEPS.get(event["type"], _none)(event)
    ]


def script(events: Iterable[Event]) -> Script:
    """Return the script of a call that somebody played."""
    press: list[str] = []
    recording, verb, before, left = "key", "", "", False
    for event in events:
        kind = event["type"]
        if kind == "reached":
            verb = event["name"]
        elif kind == "pressed":
            press.append(event["keys"])
        elif kind == "silent" and verb == "Record":
            recording = "silence"
        elif kind == "silent":
            press.append("")
        elif kind == "hung_up" and event["by"] == "caller":
            left = before not in _STAYING
            recording = "hangup" if before == "recorded" else recording
        before = before if kind in _QUIET else kind
    while press and not press[-1]:
        press.pop()
    return Script(tuple(press), recording, left)


def _none(_event: Event) -> Iterator[Step]:
    return iter(())


def _one(method: str, *fields: str) -> Callable[[Event], Iterator[Step]]:
    def found(event: Event) -> Iterator[Step]:
        yield Step(method, tuple(event[each] for each in fields))

    return found


def _heard(event: Event) -> Iterator[Step]:
    if event["text"].strip():
        yield Step("hears", (event["text"],))


def _ringing(event: Event) -> Iterator[Step]:
    if event["targets"]:
        yield Step("rings", (event["targets"][0], event["seconds"]))


def _recorded(event: Event) -> Iterator[Step]:
    yield Step("is_recorded", ("http",) if event["url"] else ())


def _ran(event: Event) -> Iterator[Step]:
    if not event["skipped"]:
        yield Step("runs", (event["module"], *filter(None, (event["effect"],))))


def _end(event: Event) -> Iterator[Step]:
    judged = {Verdict.EXECUTES: "is_carried_through", Verdict.FALLBACK: "is_caught"}
    if method := judged.get(event["verdict"]):
        yield Step(method)
    else:
        yield Step("verdict", (str(event["verdict"]),))


_STEPS: Mapping[str, Callable[[Event], Iterator[Step]]] = {
    "heard": _heard,
    "played": _one("hears_media", "media"),
    "pressed": _one("presses", "keys"),
    "silent": _one("is_silent"),
    "ringing": _ringing,
    "bridged": _one("is_bridged_to", "target"),
    "voicemail": _one("leaves_voicemail", "mailbox"),
    "conference": _one("joins", "name"),
    "responded": _one("is_refused", "code", "message"),
    "recorded": _recorded,
    "action": _ran,
    "hung_up": _one("hung_up", "by"),
    "end": _end,
}
