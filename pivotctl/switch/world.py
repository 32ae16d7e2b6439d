"""The scripted world around a call: parties, the account's documents, and the schedules in force.

A `World` is a value; its JSON form has the fields' names as keys. Anything that it does not name is
unremarkable: parties answer, and unknown stored callflows are skipped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

type TextMap = Mapping[str, str]


class Rung(StrEnum):
    """Outcomes of ringing a party; `no-resources` means that no carrier takes the number."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    REJECTED = "rejected"
    UNREGISTERED = "unregistered"
    NO_RESOURCES = "no-resources"


class WorldError(ValueError):
    """An invalid world; the text names the field, the value, and the fix."""


@dataclass(frozen=True, slots=True)
class MenuDocument:
    """A menu document: `digits` keys at most, `retries` tries, `timeout` in seconds for each."""

    prompt: str = ""
    digits: int = 4
    retries: int = 3
    timeout: float = 10.0
    hunt: bool = False
    hunt_allow: str = ""
    hunt_deny: str = ""


@dataclass(frozen=True, slots=True)
class QueueDocument:
    """An ACDc queue: average `wait` in seconds, and whether an agent answers (`answered`)."""

    wait: int = 0
    outcome: str = "answered"


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Call forwarding in the caller's own document."""

    enabled: bool = False
    number: str = ""


@dataclass(frozen=True, slots=True)
class Hotdesk:
    """A `user` who can log in at a phone; KAZOO asks for the `pin`, if there is one."""

    user: str = ""
    pin: str = ""
    logged_in: bool = False


@dataclass(frozen=True)
class World:
    """Everything around the call that a scenario may script.

    `endpoints` has the outcomes of devices, users, and groups by ID, one for each attempt, of which
    the last one repeats; `carriers` has the same by number. `members` has the members of groups,
    `extensions` the ID of the callflow of each number, `directories` the callflow of each name by
    its keys. `lists` has names by number prefix or regular expression. `schedules` are the IDs of
    temporal rules and rule sets in force. `variables` are by scope and name. `captured` is the
    capture group of the dialed pattern. `score` is Nomorobo's. `parked` has the caller in each
    slot. `owned`: the caller's phone belongs to the account, so features can be switched on it,
    starting from `forwarding` and `do_not_disturb`. `hotdesks` are users by hotdesk ID; if empty,
    any ID is valid.
    """

    endpoints: Mapping[str, tuple[Rung, ...]] = field(default_factory=dict)
    carriers: Mapping[str, tuple[Rung, ...]] = field(default_factory=dict)
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mailboxes: TextMap = field(default_factory=dict)
    media: TextMap = field(default_factory=dict)
    menus: Mapping[str, MenuDocument] = field(default_factory=dict)
    conferences: TextMap = field(default_factory=dict)
    callflows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    extensions: TextMap = field(default_factory=dict)
    directories: Mapping[str, TextMap] = field(default_factory=dict)
    lists: Mapping[str, TextMap] = field(default_factory=dict)
    schedules: tuple[str, ...] = ()
    variables: Mapping[str, TextMap] = field(default_factory=dict)
    queues: Mapping[str, QueueDocument] = field(default_factory=dict)
    parked: TextMap = field(default_factory=dict)
    owned: bool = True
    forwarding: Forwarding = Forwarding()
    do_not_disturb: bool = False
    hotdesks: Mapping[str, Hotdesk] = field(default_factory=dict)
    captured: str | None = None
    fax: bool = False
    score: int | None = None

    def extension(self, number: str | None) -> Mapping[str, Any] | None:
        """Return the callflow of a number of the account."""
        return self.callflows.get(self.extensions.get(number or "", ""))

    def as_json(self) -> dict[str, Any]:
        """Return the JSON value from which `of` makes this world, without what is unremarkable."""
        plain = World()
        values = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: _json(value) for name, value in values if value != getattr(plain, name)}

    @staticmethod
    def of(document: Any) -> World:
        """Return the world that a JSON value describes. Raises `WorldError`."""
        return World(**_read(document, "the world", _READERS))

    @staticmethod
    def load(path: Path) -> World:
        """Return the world in a JSON file. Raises `WorldError`."""
        try:
            return World.of(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise WorldError(f"{path}: {error}") from error


def _json(value: Any) -> Any:
    if isinstance(value, MenuDocument | QueueDocument | Forwarding | Hotdesk):
        return asdict(value)
    if isinstance(value, Mapping):
        return {str(name): _json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_json(each) for each in value]
    return value.value if isinstance(value, Rung) else value


def _wrong(name: str, value: Any, wanted: str) -> WorldError:
    return WorldError(f"{name} is {json.dumps(value)}. Give {wanted}.")


def _read(document: Any, name: str, readers: Mapping[str, Callable[[str, Any], Any]]) -> Any:
    if not isinstance(document, dict):
        raise _wrong(name, document, "an object")
    if unknown := sorted(document.keys() - readers.keys()):
        raise WorldError(f"{name} has no {unknown[0]!r}. Use {', '.join(sorted(readers))}.")
    return {key: readers[key](key, value) for key, value in document.items()}


def _typed(kind: type | tuple[type, ...], wanted: str) -> Callable[[str, Any], Any]:
    def read(name: str, value: Any) -> Any:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise _wrong(name, value, wanted)
        return value

    return read


def _by(reader: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    def read(name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _wrong(name, value, "an object")
        return {key: reader(f"{name}.{key}", item) for key, item in value.items()}

    return read


def _rung(name: str, value: Any) -> tuple[Rung, ...]:
    attempts = value if isinstance(value, list) else [value]
    try:
        outcomes = tuple(Rung(each) for each in attempts)
    except ValueError as error:
        raise _wrong(name, value, f"one of {', '.join(Rung)}, or a list of them") from error
    if not outcomes:
        raise _wrong(name, value, "at least one outcome")
    return outcomes


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(name, value, "a list of strings")
    return tuple(value)


def _document(
    kind: type[MenuDocument | QueueDocument | Forwarding | Hotdesk],
) -> Callable[[str, Any], Any]:
    wanted = {"str": _text, "int": _whole, "float": _number, "bool": _flag}
    readers = {each.name: wanted[str(each.type)] for each in fields(kind)}
    return lambda name, value: kind(**_read(value, name, readers))


_text = _typed(str, "a string")
_flag = _typed(bool, "true or false")
_whole = _typed(int, "a whole number")
_number = _typed((int, float), "a number")

_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    "endpoints": _by(_rung),
    "carriers": _by(_rung),
    "members": _by(_texts),
    "mailboxes": _by(_text),
    "media": _by(_text),
    "menus": _by(_document(MenuDocument)),
    "conferences": _by(_text),
    "callflows": _by(_typed(dict, "a flow")),
    "extensions": _by(_text),
    "directories": _by(_by(_text)),
    "lists": _by(_by(_text)),
    "schedules": _texts,
    "variables": _by(_by(_text)),
    "queues": _by(_document(QueueDocument)),
    "parked": _by(_text),
    "owned": _flag,
    "forwarding": _document(Forwarding),
    "do_not_disturb": _flag,
    "hotdesks": _by(_document(Hotdesk)),
    "captured": _text,
    "fax": _flag,
    "score": _whole,
}
