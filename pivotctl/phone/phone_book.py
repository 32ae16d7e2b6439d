"""The phone book: templates that can be dialed, with the calls that their READMEs show."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from pivotctl import catalogue
from pivotctl.infra.groups import GROUPS
from pivotctl.stack.seed import SeedError, read

if TYPE_CHECKING:
    from pivotctl.project import Function, Project
    from pivotctl.stack import Stack

UNKNOWN = "+14155550199"
_OPTIONS = (
    click.Option(["--from", "caller"], default=UNKNOWN),
    click.Option(["--to", "called"], default="2030"),
    click.Option(["--press"], multiple=True),
    click.Option(["--answer", "rung"], default="answered"),
    click.Option(["--upstream", "upstreams"], multiple=True),
    click.Option(["--silence"], is_flag=True),
)

HOSTILE = (
    ("Markup", "<img src=x onerror=alert(1)><script>alert(2)</script>"),
    ("Quotes", "\"'`;--${jndi:ldap://x}{{7*7}}"),
    ("Right to left", "\u202e\u2066gnp.elif\u2069"),
    ("Control characters", "Jane\r\nX-Injected: 1\x00\x1b[31mDoe"),
    ("Very long", "Jane " + "Doe " * 1000),
)
"""Caller names of attackers, by what they try."""


@dataclass(frozen=True)
class ShownCall:
    """A call of a README: who calls, what they press, and how the world behaves."""

    caller: str
    called: str
    press: tuple[str, ...]
    rung: str
    upstreams: tuple[str, ...]


@dataclass(frozen=True)
class ListedTemplate:
    """A template in the phone book: `callers` are numbers that it knows."""

    name: str
    group: str
    summary: str
    hears: str
    upstreams: tuple[str, ...]
    calls: tuple[ShownCall, ...]
    callers: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the template as an object."""
        return asdict(self)


def listed(stack: Stack) -> list[ListedTemplate]:
    """Return the templates that `stack` runs, by group.

    Only their READMEs and seed files are read, because their code may be broken.
    """
    project, order = stack.project, list(GROUPS)
    functions = [project.functions[name] for name in stack.info.functions]
    found = [_listed(project, each) for each in functions if each.kind == "pivot"]
    return sorted(found, key=lambda each: order.index(each.group) if each.group in order else -1)


def _listed(project: Project, function: Function) -> ListedTemplate:
    path = function.path / "README.md"
    readme = path.read_text(encoding="utf-8") if path.is_file() else ""
    calls = tuple(_calls(readme))
    callers = [call.caller for call in calls if call.caller not in (UNKNOWN, "anonymous")]
    return ListedTemplate(
        name=function.name,
        group=catalogue.group(project, function),
        summary=catalogue.summary(readme),
        hears=catalogue.heard(readme),
        upstreams=tuple(catalogue.upstreams(readme)),
        calls=calls,
        callers=tuple(dict.fromkeys([*callers, *_seeded(function)])),
    )


def _calls(readme: str) -> Iterator[ShownCall]:
    for block in catalogue.CALL.finditer(readme):
        command = shlex.split(block["command"])[2:]
        parser = click.Command("call", params=list(_OPTIONS))
        parser.allow_extra_args, parser.ignore_unknown_options = True, True
        with parser.make_context("call", command, resilient_parsing=True) as context:
            chosen = context.params
        yield ShownCall(
            caller=chosen["caller"],
            called=chosen["called"],
            press=() if chosen["silence"] else tuple(chosen["press"]),
            rung=chosen["rung"],
            upstreams=tuple(chosen["upstreams"]),
        )


def _seeded(function: Function) -> Iterator[str]:
    """Yield the numbers that are keys of the entries in the template's seed file."""
    path = function.path / "seed.json"
    try:
        entries = read(path) if path.is_file() else []
    except SeedError:
        return
    for entry in entries:
        if entry.key.startswith("+") and entry.key[1:].isdigit():
            yield entry.key
