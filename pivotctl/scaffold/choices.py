"""The functions that a new project can have, in groups, with a line for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pivotctl import catalogue
from pivotctl.infra.groups import GROUPS
from pivotctl.project import Project

_KINDS = {
    "webhooks": "Receivers of KAZOO's webhooks, which store each event.",
    "cdr": "Sinks for the CDRs that KAZOO posts.",
    "workers": "What happens after an event or on a schedule: chat, billing, alarms, exports.",
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
    """The names that a text chooses by number or name; `all` chooses every one.

    Raises `ValueError` with the part of the text that is neither.
    """
    words = text.replace(",", " ").split()
    if words == ["all"]:
        return [each.name for each in choices]
    numbered = {str(number): each.name for number, each in enumerate(choices, 1)}
    named = {each.name: each.name for each in choices}
    known = numbered | named
    for word in words:
        if word not in known:
            raise ValueError(word)
    return list(dict.fromkeys(known[word] for word in words))
