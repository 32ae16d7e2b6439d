"""Choices for a call, as the page sends them: the template, the caller, and the world."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from pivotctl.crossbar import ACCOUNTS
from pivotctl.problems import Mode
from pivotctl.switch.scenario import Rung, Scenario
from pivotctl.switch.world import World, WorldError

LONGEST_TEXT = 8000
_MOST_PARTIES = 50
_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")


class ChoiceError(ValueError):
    """A choice that no call can be made of; the text names the field, the value, and the fix."""


@dataclass(frozen=True)
class CallChoices:
    """The choices of a person: `endpoints` and `carriers` are outcomes by ID and number.

    `rung` is the outcome of everyone else. `world` replaces parts of the template's own world.
    """

    template: str
    caller: str = "+14155550199"
    caller_name: str = "Jane Doe"
    called: str = "2030"
    account: str = "first"
    rung: Rung = Rung.ANSWERED
    endpoints: Mapping[str, Rung] = field(default_factory=dict)
    carriers: Mapping[str, Rung] = field(default_factory=dict)
    world: Mapping[str, Any] = field(default_factory=dict)
    mode: Mode = Mode.K50

    @staticmethod
    def of(document: Any) -> CallChoices:
        """Read the choices from a JSON value. Raises `ChoiceError`."""
        if not isinstance(document, dict):
            raise ChoiceError("The choices must be an object.")
        if unknown := sorted(document.keys() - _READERS.keys()):
            raise ChoiceError(f"There is no choice {unknown[0]!r}. Use {', '.join(_READERS)}.")
        if "template" not in document:
            raise ChoiceError("Choose a template.")
        return CallChoices(**{name: _READERS[name](name, document[name]) for name in document})

    def as_json(self) -> dict[str, Any]:
        """Return the choices as an object from which `of` makes the same ones."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}

    @property
    def account_id(self) -> str:
        """The Account-ID of the chosen account."""
        return ACCOUNTS[self.account]

    def scenario(self, met: Scenario) -> Scenario:
        """Return the call to the flow of `met`, in its world but for what was chosen."""
        world = replace(met.world, **self._world_fields())
        world = replace(
            world,
            endpoints={**world.endpoints, **_once(self.endpoints)},
            carriers={**world.carriers, **_once(self.carriers)},
        )
        return replace(
            met,
            caller=self.caller,
            caller_name=self.caller_name,
            called=self.called,
            rung=self.rung,
            mode=self.mode,
            world=world,
            followed=True,
        )

    def _world_fields(self) -> dict[str, Any]:
        chosen = World.of(dict(self.world))
        return {name: getattr(chosen, name) for name in self.world}


def _once(outcomes: Mapping[str, Rung]) -> dict[str, tuple[Rung, ...]]:
    return {name: (outcome,) for name, outcome in outcomes.items()}


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _wrong(name: str, value: Any, wanted: str) -> ChoiceError:
    shown = json.dumps(value)[:100]
    return ChoiceError(f"{name} is {shown}. Give {wanted}.")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise _wrong(name, value, f"text of at most {LONGEST_TEXT} characters")
    return value


def _template(name: str, value: Any) -> str:
    if not _NAME.fullmatch(_text(name, value)):
        raise _wrong(name, value, "the name of a Pivot function")
    return str(value)


def _one_of(known: Mapping[str, Any]) -> Callable[[str, Any], Any]:
    def read(name: str, value: Any) -> Any:
        if not isinstance(value, str) or value not in known:
            raise _wrong(name, value, f"one of {', '.join(known)}")
        return known[value]

    return read


_RUNGS = {each.value: each for each in Rung}


def _outcomes(name: str, value: Any) -> dict[str, Rung]:
    if not isinstance(value, dict) or len(value) > _MOST_PARTIES:
        raise _wrong(name, value, f"an object with at most {_MOST_PARTIES} outcomes")
    read = _one_of(_RUNGS)
    return {str(key): read(f"{name}.{key}", outcome) for key, outcome in value.items()}


def _world(name: str, value: Any) -> Mapping[str, Any]:
    try:
        World.of(value)
    except WorldError as error:
        raise ChoiceError(f"{name}: {error}") from error
    return dict(value)


_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    "template": _template,
    "caller": _text,
    "caller_name": _text,
    "called": _text,
    "account": _one_of({name: name for name in ACCOUNTS}),
    "rung": _one_of(_RUNGS),
    "endpoints": _outcomes,
    "carriers": _outcomes,
    "world": _world,
    "mode": _one_of({each.value: each for each in Mode}),
}
