"""`pivotctl invoke`: runs a function with an event, like `sam local invoke` without Docker."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pivotctl.commands.serve import ERRORS, FALLBACK
from pivotctl.project import Project
from pivotctl.stack import session
from pivotctl.stack.engine import start_sandbox, uses_rie
from pivotctl.stack.environment import checked_overrides, overridden
from pivotctl.stack.processes import Processes
from pivotctl.stack.runtime import StandardError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pivotctl.project import Function
    from pivotctl.stack import Stack
    from pivotctl.stack.environment import Overrides
    from pivotctl.stack.gateway import Returned

# The runtime ends the function at its own timeout; this only guards against a stuck runtime.
_SPARE_SECONDS = 30.0


class EventError(Exception):
    """The event cannot be read; the text names the file and the fix."""


@click.command("invoke", short_help="Run one function with an event from a file.")
@click.argument("name")
@click.option("-e", "--event", required=True, metavar="FILE|-", help="The event, as JSON.")
@click.option(
    "--env-vars",
    type=click.Path(path_type=Path),
    help='Variables by function, as JSON: {"SayHello": {"NAME": "value"}}.',
)
def command(*, name: str, event: str, env_vars: Path | None) -> None:
    """Run the function NAME once, in AWS's Lambda runtime, without Docker.

    Prints the function's log to standard error, and its result to standard output. The exit status
    is 1 if the function fails. Uses the tables and queues of `pivotctl serve` if it is running,
    otherwise new ones with the seed data.
    """
    try:
        project = Project.find()
        function = project.function(name)
        payload = read_event(event, project, function)
        overrides = checked_overrides(project, env_vars)
        returned = invoke(project, function, payload, overrides)
    except (*ERRORS, EventError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(pretty(returned.payload))
    if returned.failed:
        sys.exit(1)


def read_event(source: str, project: Project, function: Function) -> bytes:
    """Return the event's JSON text from a file, or from standard input for `-`."""
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise EventError(f"Cannot read {source}: {error.strerror}.{_samples(project, function)}")  # noqa: B904
    try:
        return json.dumps(json.loads(raw)).encode()
    except ValueError as error:
        name = "Standard input" if source == "-" else source
        raise EventError(f"{name} is not valid JSON: {error}") from error


def _samples(project: Project, function: Function) -> str:
    folder = project.root / "events" / function.kind / function.name
    found = sorted(path.relative_to(project.root) for path in folder.glob("*.json"))
    return f" Sample events: {', '.join(map(str, found))}" if found else ""


def invoke(project: Project, function: Function, payload: bytes, overrides: Overrides) -> Returned:
    """Run a function once in a runtime of its own, with its log on standard error."""
    if not uses_rie():
        _progress(FALLBACK)
    chosen = [function.name]
    with session(project, functions=chosen, say=_progress) as stack, _processes() as processes:
        return invoke_on(stack, function, payload, overrides, processes)


def invoke_on(
    stack: Stack, function: Function, payload: bytes, overrides: Overrides, processes: Processes
) -> Returned:
    """Run a function once beside a stack, with that stack's tables and queues."""
    environment = stack.lambda_environment(function.name)
    variables = overridden(function, environment.variables, overrides)
    environment = replace(environment, variables=variables)
    sandbox = start_sandbox(stack.project, environment, processes, StandardError())
    try:
        return sandbox.invoke(payload, function.timeout + _SPARE_SECONDS)
    finally:
        sandbox.stop()


@contextmanager
def _processes() -> Iterator[Processes]:
    processes = Processes()
    try:
        yield processes
    finally:
        processes.close()


def _progress(text: str) -> None:
    click.echo(text, err=True)


def pretty(payload: bytes) -> str:
    """Return an answer as indented JSON."""
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError:
        return payload.decode("utf-8", "replace")
