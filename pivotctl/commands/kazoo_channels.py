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


@click.command("channels", short_help="List live calls, hang up, and transfer.")
@url_option
@account_option("Account whose calls are listed.")
@click.option("--hang-up", metavar="CALL-ID", help="End a leg.")
@click.option(
    "--transfer",
    nargs=2,
    metavar="CALL-ID NUMBER",
    help="Send a leg to a number or extension, without asking there first.",
)
@json_option
def channels(
    *,
    url: str | None,
    account: str | None,
    hang_up: str | None,
    transfer: tuple[str, str] | None,
    as_json: bool,
) -> None:
    """List an account's live calls, one line a leg; hang up, or transfer one.

    Hanging up and transfers go through KAZOO's metaflows. KAZOO confirms that it has the request,
    not what becomes of it: list the calls again to see.
    """
    if hang_up and transfer:
        raise click.UsageError("Use either --hang-up or --transfer.")
    with connected(url) as client:
        owner = account or client.session.current.account_id
        if hang_up:
            _require_live(client, owner, hang_up)
            client.metaflow(owner, hang_up, "hangup", {})
            click.echo(f"KAZOO has the request to hang up {hang_up}.")
            return
        if transfer:
            call_id, target = transfer
            _require_live(client, owner, call_id)
            client.transfer(owner, call_id, target)
            click.echo(f"KAZOO has the request to transfer {call_id} to {target}.")
            return
        live = client.channels(owner)
    _show(live, as_json=as_json)


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
