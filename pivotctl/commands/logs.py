"""`pivotctl logs`: what a function has logged, or all of a kind, here or on AWS."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import click

from pivotctl.commands.named_stack import stack_named
from pivotctl.deployed import DeployedError, DeployedStack, explained
from pivotctl.infra.kinds import KINDS
from pivotctl.log_lines import message_of, readable
from pivotctl.project import Function, Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.stack import running

_SINCE = re.compile(r"([1-9][0-9]*)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_POLL_SECONDS = 2.0


def _seconds(_context: click.Context, _option: click.Parameter, value: str) -> float:
    found = _SINCE.fullmatch(value)
    if not found:
        raise click.BadParameter(f"{value!r}: write a number and s, m, h, or d, such as 15m")
    return timedelta(**{_UNITS[found[2]]: int(found[1])}).total_seconds()


@click.command(epilog="Example: pivotctl logs say_hello --stack pivot-functions --follow")
@click.argument("name")
@click.option("--stack", metavar="STACK", help="A deployed stack.  [the local stack]")
@click.option("--follow", "-f", is_flag=True, help="Go on with new lines, until Ctrl-C.")
@click.option(
    "--since", default="15m", show_default=True, callback=_seconds, help="Age, with --stack."
)
@click.option("--only", metavar="MESSAGE", help="Print entries of this outcome alone: fallback.")
@click.option("--raw", is_flag=True, help="Print lines as they were logged.")
def command(
    *, name: str, stack: str | None, follow: bool, since: float, only: str | None, raw: bool
) -> None:
    """Print the log of the function NAME, a line for each entry.

    NAME may also be a kind, such as pivot: the logs of all its functions are printed then.

    Lambda's own records and metrics are left out, and so are fields that may hold caller data;
    --raw prints everything.
    """
    try:
        functions = _functions(Project.find(), name)
        lines = (
            _deployed(stack_named(stack), functions, since, follow=follow)
            if stack
            else _local(functions, follow=follow)
        )
        if only:
            lines = (line for line in lines if message_of(line) == only)
        _print(lines, raw=raw, named=len(functions) > 1)
    except (DeployedError, ProjectError, TemplateError) as error:
        raise click.ClickException(str(error)) from error


def _functions(project: Project, name: str) -> Sequence[Function]:
    """The function of a name, or all functions of the kind of that name."""
    if name in KINDS and name not in project.functions:
        return [each for each in project.functions.values() if each.kind == name]
    return [project.function(name)]


def _print(lines: Iterable[str], *, raw: bool, named: bool) -> None:
    for line in lines:
        if text := line.rstrip() if raw else readable(line, named=named):
            click.echo(text)


def _local(functions: Sequence[Function], *, follow: bool) -> Iterator[str]:
    if follow and len(functions) > 1:
        raise ProjectError("Here, one log is followed at a time: name a function")
    project = Project.find()
    info = running(project)
    folder = Path(info.logs) if info else project.home / "logs"
    paths = [folder / f"{function.name}.log" for function in functions]
    if info is None and not any(path.is_file() for path in paths):
        raise ProjectError("No stack is running: start `pivotctl serve`, or pass --stack")
    for path in paths:
        if path.is_file() or follow:
            yield from _tail(path, follow=follow)


def _tail(path: Path, *, follow: bool) -> Iterator[str]:
    """The lines of a file; with *follow* also those that are appended, and a new file's."""
    read = 0
    while True:
        size = path.stat().st_size if path.is_file() else 0
        read = read if size >= read else 0
        if size > read:
            with path.open("rb") as file:
                file.seek(read)
                data = file.read()
            whole = data[: data.rfind(b"\n") + 1] if follow else data
            read += len(whole)
            yield from whole.decode(errors="replace").splitlines()
        if not follow:
            return
        time.sleep(_POLL_SECONDS / 4)


def _deployed(
    stack: DeployedStack, functions: Sequence[Function], since: float, *, follow: bool
) -> Iterator[str]:
    """The lines of functions in the log group of their kind, the oldest first."""
    physical = _physical(stack, functions)
    group = stack.resource(KINDS[functions[0].kind].log_group)
    client, start, seen = stack.client("logs"), int((time.time() - since) * 1000), set[str]()
    while True:
        with explained(stack):
            pages = client.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=start
            )
            events = [event for page in pages for event in page["events"]]
        for event in events:
            of_these = any(name in event["logStreamName"] for name in physical)
            if of_these and event["eventId"] not in seen:
                seen.add(event["eventId"])
                yield event["message"]
        if not follow:
            return
        start = max([start, *(event["timestamp"] for event in events)])
        time.sleep(_POLL_SECONDS)


def _physical(stack: DeployedStack, functions: Sequence[Function]) -> list[str]:
    """The names of functions on AWS; of several, those that the stack has."""
    if len(functions) == 1:
        return [stack.resource(functions[0].logical_id)]
    ids = (each.logical_id for each in functions)
    return [stack.resource(each) for each in ids if each in stack.resources]
