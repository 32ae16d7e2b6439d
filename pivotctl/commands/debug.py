"""`pivotctl debug`: switches Live Debug on and off for an account, or one of its numbers."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from pivotctl.commands.named_stack import stack_named
from pivotctl.deployed import DeployedError
from pivotctl.project import Project, ProjectError
from pivotctl.stack import running

if TYPE_CHECKING:
    from collections.abc import Callable

    from pivotkit.store.debug_switches import Switch, Switches

_TABLE = "CallIndexTable"
_STOPPED = "No stack is running: start `pivotctl serve`, or name a deployed stack with --stack."
_OFF = (
    "{stack} does not list its calls: deploy it with "
    "`pivotctl deploy --stack {stack} --option LiveDebug=on`."
)
_UNITS = {"s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(r"([1-9][0-9]{0,5})([smh])")


def _seconds(_context: click.Context, _option: click.Parameter, text: str) -> int:
    """The seconds of a time such as `30m`. Raises `click.BadParameter`."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise click.BadParameter(f"{text!r}: use a number with s, m, or h, such as 30m")
    return int(found[1]) * _UNITS[found[2]]


def _stack_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that name the stack."""
    for option in (
        click.option("--profile", help="Profile of the AWS configuration."),
        click.option("--region", help="Region of the stack.  [that of the AWS configuration]"),
        click.option("--stack", metavar="STACK", help="A deployed stack.  [the local stack]"),
    ):
        command = option(command)
    return command


@click.group(
    "debug",
    short_help="Keep requests and answers of an account for a time (Live Debug).",
    epilog="Example: pivotctl debug on --account ID --for 30m",
)
def command() -> None:
    """Say whose requests and answers Live Debug keeps, for the console's pages of calls.

    The switch is for an account, or for one of its numbers, and ends by itself. Functions take it
    up within ten seconds. Pressed digits are never kept.
    """


@command.command("on", short_help="Keep requests and answers for a time.")
@click.option("--account", metavar="ID", required=True, help="Account whose calls are kept.")
@click.option("--number", default="", help="One number of it, called or calling, as KAZOO has it.")
@click.option("--for", "seconds", callback=_seconds, default="30m", metavar="TIME", help="[30m]")
@_stack_options
def on(account: str, number: str, seconds: int, **stack: str | None) -> None:
    """Keep the requests and answers of an account, or of one of its numbers, for a time."""
    with _switches(**stack) as switches:
        click.echo(_line(switches.turn_on(account, number, seconds)))


@command.command("off", short_help="Keep them no longer.")
@click.option("--account", metavar="ID", required=True, help="Account that is switched on.")
@click.option("--number", default="", help="Number of it that is switched on.")
@_stack_options
def off(account: str, number: str, **stack: str | None) -> None:
    """Keep the requests and answers of an account, or of one of its numbers, no longer."""
    with _switches(**stack) as switches:
        switches.turn_off(account, number)


@command.command("list", short_help="List what is switched on.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line.")
@_stack_options
def listed(*, as_json: bool, **stack: str | None) -> None:
    """List the accounts and numbers that are switched on, and until when."""
    with _switches(**stack) as switches:
        for each in switches.read():
            click.echo(json.dumps(each._asdict()) if as_json else _line(each))


def _line(switch: Switch) -> str:
    until = f"{datetime.fromtimestamp(switch.until, UTC):%Y-%m-%d %H:%M:%S} UTC"
    left = round((switch.until - time.time()) / _UNITS["m"])
    of = f" number {switch.number}" if switch.number else ""
    return f"{switch.account}{of}  until {until} ({left} min)"


@contextmanager
def _switches(stack: str | None, region: str | None, profile: str | None) -> Iterator[Switches]:
    """The switches of a stack. Errors become messages."""
    from pivotkit.core.errors import StateUnavailable  # noqa: PLC0415  (slow to import)
    from pivotkit.store.debug_switches import SwitchError, Switches  # noqa: PLC0415
    from pivotkit.store.table import Table  # noqa: PLC0415
    from pivotkit.store.with_boto3 import Boto3DynamoDb  # noqa: PLC0415

    try:
        name, dynamodb = _deployed(stack, region, profile) if stack else _local()
        yield Switches(Table(name, Boto3DynamoDb(dynamodb)))
    except SwitchError as error:
        raise click.UsageError(f"Nothing was switched: {error}") from error
    except StateUnavailable as error:
        raise click.ClickException(f"the table CallIndex did not answer: {error}") from error
    except (DeployedError, ProjectError) as error:
        raise click.ClickException(str(error)) from error


def _local() -> tuple[str, Any]:
    """The table of `pivotctl serve`, and a client."""
    from pivotctl.stack.aws import dynamodb_at  # noqa: PLC0415  (slow to import)

    project = Project.find().with_live_debug()
    info = running(project)
    if info is None:
        raise click.ClickException(_STOPPED)
    if _TABLE not in project.tables:
        raise click.ClickException("This project has no infra/debug.yaml: run `pivotctl update`.")
    return project.tables[_TABLE].name, dynamodb_at(info.aws_url)


def _deployed(stack: str, region: str | None, profile: str | None) -> tuple[str, Any]:
    """The table of a deployed stack, and a client. Raises `DeployedError`."""
    target = stack_named(stack, region, profile)
    if _TABLE not in target.resources:
        raise click.ClickException(_OFF.format(stack=stack))
    return target.resource(_TABLE), target.client("dynamodb")
