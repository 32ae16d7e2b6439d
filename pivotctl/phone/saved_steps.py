"""Steps of a call, as a dialogue test expects them, and the script with which to repeat them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pivotctl.problems import Verdict

type Event = Mapping[str, Any]
"""An event of a call, as `CallEvent.as_json` returns it."""

_STAYING = frozenset({"bridged", "conference", "voicemail", "recorded"})
"""Events after which a caller who does as the script says hangs up as well."""

_QUIET = frozenset(
    {"underway", "document", "reached", "state", "printed", "logged", "answered", "bridge_ended"}
)
"""Events that neither the caller nor KAZOO takes for an end."""


@dataclass(frozen=True, slots=True)
class Step:
    """An expectation of `Dialogue`: the name of its method, and the arguments."""

    method: str
    arguments: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return _WORDS[self.method].format(*self.arguments, "").strip()


_WORDS = {
    "hears": "hears “{}”",
    "hears_media": "hears [{}]",
    "presses": "presses {}",
    "is_silent": "presses nothing",
    "rings": "{} rings, for up to {} s",
    "is_bridged_to": "talks to {}",
    "leaves_voicemail": "reaches voicemail box {}",
    "joins": "joins conference {}",
    "is_refused": "is refused: {} {}",
    "is_recorded": "is recorded",
    "runs": "KAZOO runs {} {}",
    "hung_up": "{} hangs up",
    "is_carried_through": "verdict: executes",
    "is_caught": "verdict: fallback",
    "verdict": "verdict: {}",
}


@dataclass(frozen=True, slots=True)
class Script:
    """Actions of the caller: `press` has the keys for each time they were asked.

    `during` has those that stopped a prompt and were not part of its own question, one entry for
    each prompt. `recording` is how they ended recordings; `left` is whether they hung up where
    somebody who follows the script would have stayed on the line.
    """

    press: tuple[str, ...] = ()
    recording: str = "key"
    left: bool = False
    during: tuple[str, ...] = ()


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
    found = _Script()
    for event in events:
        if handler := _DONE.get(event["type"]):
            handler(found, event)
        found.before = found.before if event["type"] in _QUIET else event["type"]
    return Script(_trimmed(found.press), found.recording, found.left, _trimmed(found.during))


def entries(events: Iterable[Event]) -> tuple[str, ...]:
    """Return the keys of each question alone: those that stopped a prompt before it come first."""
    found, early, during = [], "", iter(script(known := list(events)).during)
    for event in known:
        if event["type"] in ("heard", "played"):
            early += next(during, "")
        elif event["type"] in ("pressed", "silent"):
            found.append(early + event.get("keys", ""))
            early = ""
        elif event["type"] == "request" and early:
            found.append(early)
            early = ""
    return _trimmed(found)


def _trimmed(keys: list[str]) -> tuple[str, ...]:
    """Leave out the silence at the end."""
    last = max((index for index, each in enumerate(keys) if each), default=-1)
    return tuple(keys[: last + 1])


@dataclass
class _Script:
    """A script while the events are read; `stopped` is the prompt that a key has stopped."""

    press: list[str] = field(default_factory=list)
    during: list[str] = field(default_factory=list)
    recording: str = "key"
    left: bool = False
    verb: str = ""
    before: str = ""
    stopped: int | None = None

    def reached(self, event: Event) -> None:
        """Another action begins, to which keys pressed earlier are keys typed ahead."""
        self.verb, self.stopped = event["name"], None

    def prompted(self, event: Event) -> None:
        """A prompt ends, perhaps by a key."""
        self.during.append(event["interrupted_by"])
        self.stopped = len(self.during) - 1 if event["interrupted_by"] else self.stopped

    def pressed(self, event: Event) -> None:
        """Keys are collected; if they stopped the question, they are not pressed twice."""
        self.press.append(event["keys"])
        if self.stopped is not None and event["keys"].startswith(self.during[self.stopped]):
            self.during[self.stopped] = ""

    def silent(self, _event: Event) -> None:
        """The caller presses nothing, or says nothing."""
        if self.verb == "Record":
            self.recording = "silence"
        else:
            self.press.append("")

    def hung_up(self, event: Event) -> None:
        """The leg ends."""
        if event["by"] == "caller":
            self.left = self.before not in _STAYING
            self.recording = "hangup" if self.before == "recorded" else self.recording


_DONE: Mapping[str, Callable[[_Script, Event], None]] = {
    "reached": _Script.reached,
    "heard": _Script.prompted,
    "played": _Script.prompted,
    "pressed": _Script.pressed,
    "silent": _Script.silent,
    "hung_up": _Script.hung_up,
}


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
