"""`pivotctl kazoo channels`: an account's live calls, leg by leg."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from pivotctl.commands.kazoo_connection import (
    account_option,
    connected,
    json_option,
    table,
    url_option,
)

if TYPE_CHECKING:
    from pivotctl.kazoo.client import KazooClient

_COLUMNS = ("call-id", "direction", "from", "to", "answered", "bridged to")


@click.command("channels", short_help="List live calls, hang up, transfer, and run metaflows.")
@url_option
@account_option("Account whose calls are listed.")
@click.option("--hang-up", metavar="CALL-ID", help="End a leg.")
@click.option(
    "--transfer",
    nargs=2,
    metavar="CALL-ID NUMBER",
    help="Send a leg to a number or extension, without asking there first.",
)
@click.option(
    "--metaflow", nargs=2, metavar="CALL-ID MODULE", help="Run any of KAZOO's metaflows on a leg."
)
@click.option("--data", metavar="JSON", help="Data of the --metaflow, an object.")
@json_option
def channels(
    *,
    url: str | None,
    account: str | None,
    hang_up: str | None,
    transfer: tuple[str, str] | None,
    metaflow: tuple[str, str] | None,
    data: str | None,
    as_json: bool,
) -> None:
    """List an account's live calls, one line a leg; hang up, transfer, or change one.

    Hanging up and transfers are metaflows, too. KAZOO confirms that it has the request, not what
    becomes of it: list the calls again to see.
    """
    if sum(map(bool, (hang_up, transfer, metaflow))) > 1:
        raise click.UsageError("Use either --hang-up or --transfer or --metaflow.")
    if data is not None and not metaflow:
        raise click.UsageError("Use --data with --metaflow.")
    fields = _object(data or "{}")
    with connected(url) as client:
        owner = account or client.session.current.account_id
        if asked := _act(client, owner, hang_up, transfer, metaflow, fields):
            click.echo(f"KAZOO has the request to {asked}.")
            return
        live = client.channels(owner)
    _show(live, as_json=as_json)


def _act(
    client: KazooClient,
    account: str,
    hang_up: str | None,
    transfer: tuple[str, str] | None,
    metaflow: tuple[str, str] | None,
    data: dict[str, Any],
) -> str:
    """Send what is wanted of a live leg; return it in words, '' if nothing is wanted."""
    if hang_up:
        _require_live(client, account, hang_up)
        client.metaflow(account, hang_up, "hangup", {})
        return f"hang up {hang_up}"
    if transfer:
        call_id, target = transfer
        _require_live(client, account, call_id)
        client.transfer(account, call_id, target)
        return f"transfer {call_id} to {target}"
    if metaflow:
        call_id, module = metaflow
        _require_live(client, account, call_id)
        client.metaflow(account, call_id, module, data)
        return f"run {module} on {call_id}"
    return ""


def _object(text: str) -> dict[str, Any]:
    """The JSON object in *text*. Raises `click.UsageError`."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"--data is not valid JSON: {error}") from error
    if not isinstance(found, dict):
        raise click.UsageError(
            f'--data {text!r} must be a JSON object, such as \'{{"id": "..."}}\'.'
        )
    return found


def _require_live(client: KazooClient, account: str, call_id: str) -> None:
    if client.channel(account, call_id) is None:
        raise click.ClickException(
            f"There is no live call {call_id}: it has ended, or belongs to another account. "
            "`pivotctl kazoo channels` lists the live ones."
        )


def _show(live: list[Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        for row in live:
            click.echo(json.dumps(row))
    elif live:
        for line in table([_COLUMNS, *map(_cells, live)]):
            click.echo(line)
    else:
        click.echo("There are no live calls.")


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    other = row.get("other_leg") or row.get("other_leg_call_id") or ""
    return (
        str(row.get("uuid") or row.get("call_id") or ""),
        str(row.get("direction") or row.get("call_direction") or ""),
        str(row.get("caller_id_number") or row.get("from") or ""),
        str(row.get("destination") or row.get("to") or ""),
        "yes" if row.get("answered") is True else "no",
        str(other),
    )
