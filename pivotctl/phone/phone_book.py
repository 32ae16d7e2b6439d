"""The phone book: templates that can be dialed, with the calls that their READMEs show."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from pivotctl import catalogue
from pivotctl.stack.seed import SeedError, read

if TYPE_CHECKING:
    from pivotctl.project import Function
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
    """Return the templates that `stack` runs, in the order of the catalogue."""
    functions = stack.project.functions
    known = {name: functions[name] for name in stack.info.functions if name in functions}
    found = [each for each in catalogue.entries(stack.project) if each.name in known]
    return [_listed(entry, known[entry.name]) for entry in found]


def _listed(entry: catalogue.CatalogueEntry, function: Function) -> ListedTemplate:
    calls = tuple(_calls(function))
    seeded = [each for each in _seeded(function) if each not in {call.caller for call in calls}]
    callers = [call.caller for call in calls if call.caller not in (UNKNOWN, "anonymous")]
    return ListedTemplate(
        entry.name,
        entry.group,
        entry.summary,
        entry.hears,
        entry.upstreams,
        calls,
        tuple(dict.fromkeys([*callers, *seeded])),
    )


def _calls(function: Function) -> Iterator[ShownCall]:
    readme = function.path / "README.md"
    if not readme.is_file():
        return
    for block in catalogue.CALL.finditer(readme.read_text(encoding="utf-8")):
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
