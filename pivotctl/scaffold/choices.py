"""The functions that a new project can have, in groups, with a line for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pivotctl import catalogue
from pivotctl.infra.groups import GROUPS
from pivotctl.project import Project
from pivotctl.whole_numbers import whole

_KINDS = {
    "webhooks": "Receivers of KAZOO's webhooks, which store each event.",
    "cdr": "Sinks for the CDRs that KAZOO posts.",
    "workers": "What happens after an event or on a schedule: chat, billing, alarms, exports.",
    "sockets": "Events as they happen, and commands to calls, over WebSockets.",
    "console": "The operator's web page.",
}


@dataclass(frozen=True)
class Choice:
    """Something to choose: a name and one line about it."""

    name: str
    about: str


@dataclass(frozen=True)
class Group(Choice):
    """A group and its functions."""

    functions: tuple[Choice, ...]


def groups(project: Project) -> list[Group]:
    """The groups of Pivot templates, then the other kinds, each with its functions."""
    members: dict[str, list[Choice]] = {name: [] for name in (*GROUPS, *_KINDS)}
    for function in project.functions.values():
        group = catalogue.group(project, function) or function.kind
        readme = function.path / "README.md"
        about = catalogue.summary(readme.read_text("utf-8")) if readme.is_file() else ""
        members.setdefault(group, []).append(Choice(function.name, about))
    return [
        Group(name, (GROUPS | _KINDS).get(name, ""), tuple(found))
        for name, found in members.items()
        if found
    ]


def chosen(text: str, choices: Sequence[Choice]) -> list[str]:
    """The names that a text chooses by number, or by name or its beginning; `all` chooses each.

    Raises `ValueError` with the part of the text that is neither.
    """
    words = text.replace(",", " ").split()
    if words == ["all"]:
        return [each.name for each in choices]
    return list(dict.fromkeys(_meant(word, choices) for word in words))


def _meant(word: str, choices: Sequence[Choice]) -> str:
    names = [each.name for each in choices]
    place = whole(word)
    if place and place <= len(names):
        return names[place - 1]
    begun = [name for name in names if name.lower().startswith(word.lower())]
    if word in names or len(begun) == 1:
        return word if word in names else begun[0]
    raise ValueError(word)
