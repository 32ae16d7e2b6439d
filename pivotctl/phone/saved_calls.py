"""A finished call saved: as a file to share, as a dialogue test, and as a `pivotctl` command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.phone.saved_steps import Event, Script, entries, script
from pivotctl.phone.state_diff import StateSeen
from pivotctl.problems import Mode
from pivotctl.switch.events import CallEvent
from pivotctl.switch.scenario import RecordingEnd, Rung
from pivotctl.switch.world import World

FORMAT, VERSION = "pivot-call", 1
WORLD_FILE = "world.json"


@dataclass(frozen=True)
class CallFacts:
    """Facts of a call that its events do not have.

    `world` is the whole world of the call as JSON, or None for that of the template. `upstreams`
    are the modes of fakes that are not ok, `data` overrides the data of the pivot action. `began`
    is in ISO 8601, in UTC.
    """

    template: str
    began: str = ""
    caller: str = "+14155550199"
    caller_name: str = "Jane Doe"
    called: str = "2030"
    account_id: str = ACCOUNT_ID
    rung: str = Rung.ANSWERED.value
    mode: str = Mode.K50.value
    variables: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    world: Mapping[str, Any] | None = None
    upstreams: Mapping[str, str] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `local_scenario` that differ from its defaults."""
        plain = CallFacts(self.template)
        names = ("caller", "caller_name", "called", "account_id", "rung", "mode", "variables")
        found = {each: getattr(self, each) for each in names}
        changed = {name: value for name, value in found.items() if value != getattr(plain, name)}
        made = {name: _MADE[name](value) for name, value in changed.items() if name in _MADE}
        world = {} if self.world is None else {"world": World.of(self.world)}
        return {**changed, **made, **world}


_MADE: Mapping[str, Callable[[str], Any]] = {"rung": Rung, "mode": Mode}


@dataclass(frozen=True)
class SavedCall:
    """A finished call: its facts and its events."""

    facts: CallFacts
    events: tuple[Event, ...]

    @property
    def script(self) -> Script:
        """The script that repeats what the caller did."""
        return script(self.events)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `local_scenario` for a scripted call like this one."""
        recording = RecordingEnd(self.script.recording)
        ended = {} if recording is RecordingEnd.KEY else {"recording": recording}
        keys = {"press": self.script.press, "press_during_prompts": self.script.during}
        pressed = {name: value for name, value in keys.items() if value}
        return {**self.facts.arguments(), **pressed, **ended}

    def as_json(self) -> dict[str, Any]:
        """Return the call as an object with `format` and `version`."""
        facts = {each.name: getattr(self.facts, each.name) for each in fields(self.facts)}
        return {"format": FORMAT, "version": VERSION, "call": facts, "events": list(self.events)}


def of(template: str, events: Iterable[Event], **facts: Any) -> SavedCall:
    """Return a call that is over, without what only a live page needs."""
    return SavedCall(CallFacts(template, **facts), tuple(plain(events)))


def plain(events: Iterable[Event]) -> Iterator[Event]:
    """Yield events of the switch alone, with their own fields alone."""
    for event in events:
        kind = EVENTS.get(event["type"])
        if kind is not None and event["type"] != "underway":
            known = {"type", *(each.name for each in fields(kind))}
            yield {name: value for name, value in event.items() if name in known}


def own_world(world: World, gateway_url: str) -> dict[str, Any]:
    """Return a world as JSON, with placeholders for the URLs of the local stack's functions."""
    url = re.compile(rf"{re.escape(gateway_url)}/[^/\s]+/pivot/(\w+)")

    def put(value: Any) -> Any:
        if isinstance(value, str):
            return url.sub(r"https://<API>/<KEY>/pivot/\1", value)
        if isinstance(value, dict):
            return {name: put(each) for name, each in value.items()}
        return [put(each) for each in value] if isinstance(value, list) else value

    found: dict[str, Any] = put(world.as_json())
    return found


_CLASSES: tuple[type[CallEvent], ...] = (*CallEvent.__subclasses__(), StateSeen)
EVENTS: Mapping[str, type[CallEvent]] = {kind.type: kind for kind in _CLASSES}
"""The class of each type of event."""


# -- the command -----------------------------------------------------------------------------------


def command(call: SavedCall) -> str:
    """Return the `pivotctl call` that repeats a call; its world is in the file `world.json`."""
    facts, press = call.facts, entries(call.events)
    plain = CallFacts(facts.template)
    words = ["pivotctl", "call", facts.template]
    for option, name in _OPTIONS.items():
        if getattr(facts, name) != getattr(plain, name):
            words += [option, getattr(facts, name)]
    words += _each("--var", facts.variables)
    words += ["--silence"] if call.script.recording == "silence" and not press else []
    words += [word for keys in press for word in ("--press", keys)]
    words += _each("--upstream", facts.upstreams)
    words += [] if facts.world is None else ["--world", WORLD_FILE]
    return shlex.join(words)


def _each(option: str, values: Mapping[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in (option, f"{name}={value}")]


_OPTIONS = {
    "--from": "caller",
    "--name": "caller_name",
    "--to": "called",
    "--account": "account_id",
    "--answer": "rung",
    "--mode": "mode",
}
