"""`pivotctl kazoo resource`: the carriers through which an account calls numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pivotctl.commands.kazoo_connection import (
    account_option,
    connected,
    json_option,
    table,
    url_option,
)
from pivotctl.commands.secret_input import read_secret
from pivotctl.connect.carriers import FLOWROUTE, PORT, Carrier, flowroute

if TYPE_CHECKING:
    from pivotctl.kazoo.client import KazooClient

_PROJECT = "pivotctl"
"""The project in the mark of what this command makes, which `kazoo apply` leaves alone."""

_RESOURCES = "resources"
_overwrite = click.option(
    "--overwrite", is_flag=True, help="Replace what somebody has edited by hand."
)


@click.group(
    "resource",
    short_help="Add and list the carriers of an account.",
    epilog="""\b
Examples:
  pivotctl kazoo resource flowroute --username 12345678
  pivotctl kazoo resource add backup --server sip.example.com --prefix 9""",
)
def resource() -> None:
    """Work with carriers, which KAZOO calls resources: they take calls to numbers.

    A carrier that is added again is brought up to date. Passwords are asked for, or read from
    standard input; they are never arguments.
    """


@resource.command("flowroute", short_help="Add Flowroute.")
@url_option
@account_option("Account that gets the carrier.")
@click.option("--name", default="flowroute", show_default=True, help="Name of the carrier.")
@click.option("--server", default=FLOWROUTE, show_default=True, help="Point of presence.")
@click.option("--username", metavar="NAME", help="SIP user name; the password is asked for.")
@click.option(
    "--tech-prefix", metavar="DIGITS", help="Tech prefix, if Flowroute knows KAZOO's IP addresses."
)
@_overwrite
def flowroute_(
    *,
    url: str | None,
    account: str | None,
    name: str,
    server: str,
    username: str | None,
    tech_prefix: str | None,
    overwrite: bool,
) -> None:
    """Add Flowroute as a carrier: by SIP credentials, or by KAZOO's addresses and a tech prefix."""
    if bool(username) == bool(tech_prefix):
        raise click.UsageError("Name either --username or --tech-prefix.")
    password = read_secret("Password") if username else ""
    carrier = flowroute(
        name,
        server,
        username=username or "",
        password=password,
        tech_prefix=tech_prefix or "",
    )
    with connected(url) as client:
        _bring(client, account or client.session.current.account_id, carrier, overwrite=overwrite)


@resource.command("add", short_help="Add any carrier.")
@click.argument("name")
@url_option
@account_option("Account that gets the carrier.")
@click.option("--server", required=True, metavar="HOST", help="SIP server.")
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
@click.option("--username", metavar="NAME", help="SIP user name; the password is asked for.")
@click.option("--prefix", default="", metavar="TEXT", help="Text to send before each number.")
@click.option("--digits-only", is_flag=True, help="Send numbers without their plus sign.")
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="REGEX",
    help="Numbers in E.164 that the carrier takes, and in parentheses what is sent; repeatable.",
)
@_overwrite
def add(
    *, url: str | None, account: str | None, username: str | None, overwrite: bool, **wanted: Any
) -> None:
    """Add a carrier by its SIP server; by default it takes every number, as +14155550123."""
    password = read_secret("Password") if username else ""
    carrier = Carrier(username=username or "", password=password, **wanted)
    with connected(url) as client:
        _bring(client, account or client.session.current.account_id, carrier, overwrite=overwrite)


@resource.command("list", short_help="List the carriers.")
@url_option
@account_option("Account whose carriers are listed.")
@json_option
def list_(*, url: str | None, account: str | None, as_json: bool) -> None:
    """List the carriers of an account; the cluster may have others for all accounts."""
    with connected(url) as client:
        rows = list(client.rows(_path(account or client.session.current.account_id)))
    if as_json:
        for row in rows:
            click.echo(json.dumps(row))
    elif rows:
        cells = [(str(row.get("id")), str(row.get("name")), _state(row)) for row in rows]
        for line in table([("id", "name", "state"), *cells]):
            click.echo(line)
    else:
        click.echo("The account has no carriers of its own.")


@resource.command("remove", short_help="Remove a carrier that was added here.")
@click.argument("name")
@url_option
@account_option("Account that has the carrier.")
def remove(*, name: str, url: str | None, account: str | None) -> None:
    """Remove the carrier NAME, if `pivotctl kazoo resource` has added it."""
    from pivotctl.connect.applying import apply_plan, found_documents  # noqa: PLC0415  (slow)
    from pivotctl.connect.plan import removing  # noqa: PLC0415

    with connected(url) as client:
        owner = account or client.session.current.account_id
        known = found_documents(client, owner, _PROJECT, [_RESOURCES])
        meant = [each for each in known if each.name == name]
        if not meant:
            names = ", ".join(sorted(each.name for each in known)) or "none"
            raise click.UsageError(f"There is no carrier {name!r} of this command: it has {names}.")
        apply_plan(client, owner, _PROJECT, removing(meant))
    click.echo(f"Removed carrier {name}.")


def _bring(client: KazooClient, account: str, carrier: Carrier, *, overwrite: bool) -> None:
    """Create the carrier, or bring it up to date; say which, and exit with 1 if it is kept."""
    from pivotctl.connect.applying import apply_plan, found_documents  # noqa: PLC0415  (slow)
    from pivotctl.connect.documents import WantedDocument  # noqa: PLC0415
    from pivotctl.connect.plan import Action, planned  # noqa: PLC0415
    from pivotctl.connect.text import plan_lines, summary  # noqa: PLC0415

    wanted = WantedDocument(_RESOURCES, carrier.name, carrier.fields)
    known = found_documents(client, account, _PROJECT, [_RESOURCES])
    found = [each for each in known if each.name == carrier.name]
    plan = planned([wanted], found, overwrite=overwrite)
    for line in plan_lines(plan):
        click.echo(line)
    apply_plan(client, account, _PROJECT, plan)
    click.echo(f"Carrier {carrier.name}: {summary(plan)}.")
    raise SystemExit(1 if plan.count(Action.EDITED) else 0)


def _path(account: str) -> str:
    from pivotkit.services.crossbar_api import path_of  # noqa: PLC0415  (slow to import)

    return path_of(account, _RESOURCES)


def _state(row: Any) -> str:
    return "disabled" if row.get("enabled") is False else "enabled"
