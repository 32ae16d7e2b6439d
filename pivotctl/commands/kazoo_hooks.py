"""`pivotctl kazoo hooks`: an account's webhooks in KAZOO, their deliveries, and re-enabling."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from pivotctl.commands.kazoo_connection import (
    account_option,
    connected,
    json_option,
    table,
    url_option,
)
from pivotkit.core.gregorian import from_gregorian

if TYPE_CHECKING:
    from pivotctl.kazoo.client import KazooClient

_SHOWN = 50
"""Deliveries that are shown."""


@click.command("hooks", short_help="List an account's webhooks, and enable them.")
@url_option
@account_option("Account whose webhooks are listed.")
@click.option("--available", is_flag=True, help="List the hooks that this KAZOO fires.")
@click.option("--attempts", is_flag=True, help=f"List the latest {_SHOWN} logged deliveries.")
@click.option("--disabled", is_flag=True, help="List only disabled webhooks.")
@click.option(
    "--enable",
    "wanted",
    multiple=True,
    metavar="NAME",
    help="Enable a webhook, by its name or ID; repeatable.",
)
@json_option
def hooks(
    *,
    url: str | None,
    account: str | None,
    available: bool,
    attempts: bool,
    disabled: bool,
    wanted: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show an account's webhooks in KAZOO, and enable those that KAZOO has disabled.

    KAZOO disables a webhook that fails six times within a minute, and delivers nothing to it until
    someone enables it. The exit status is 1 if a webhook that is shown is disabled. For webhooks of
    the local stack that only `pivotctl fire` knows, use `pivotctl hooks`.
    """
    if [available, attempts, bool(disabled or wanted)].count(True) > 1:
        raise click.UsageError("Use --available and --attempts alone.")
    with connected(url) as client:
        owner = account or ("" if available else client.session.current.account_id)
        if available:
            _show(_available(client), as_json=as_json)
            return
        if attempts:
            _show(_attempts(client, owner), as_json=as_json)
            return
        known = list(client.webhooks(owner))
        if wanted:
            _enable(client, owner, _meant(known, wanted))
            known = list(client.webhooks(owner))
    shown = [row for row in known if not disabled or row.get("enabled") is False]
    _show(map(_hook, shown), as_json=as_json)
    raise SystemExit(1 if any(row.get("enabled") is False for row in shown) else 0)


type _Row = tuple[Mapping[str, Any], Mapping[str, str]]
"""A row as Crossbar has it, and its columns."""


def _show(rows: Iterator[_Row], *, as_json: bool) -> None:
    found = list(rows)
    if as_json:
        for row, _ in found:
            click.echo(json.dumps(row))
        return
    if not found:
        click.echo("There are none.")
        return
    cells = [tuple(found[0][1]), *(tuple(columns.values()) for _, columns in found)]
    for line in table(cells):
        click.echo(line)


def _hook(row: Mapping[str, Any]) -> _Row:
    reason = row.get("disable_reason")
    off = f"disabled: {reason}" if reason else "disabled"
    state = off if row.get("enabled") is False else "enabled"
    texts = {name: str(row.get(name, "")) for name in ("id", "name", "hook")}
    return row, {**texts, "state": state}


def _available(client: KazooClient) -> Iterator[_Row]:
    for row in sorted(client.available_hooks(), key=lambda each: str(each.get("id"))):
        texts = {name: str(row.get(name, "")) for name in ("id", "name", "description")}
        yield row, texts


def _attempts(client: KazooClient, account: str) -> Iterator[_Row]:
    names = {row.get("id"): str(row.get("name")) for row in client.webhooks(account)}
    for row in islice(client.attempts(account), _SHOWN):
        hook = str(row.get("hook_id", ""))
        yield (
            row,
            {
                "time (UTC)": _time(row.get("timestamp")),
                "webhook": names.get(hook, hook),
                "result": str(row.get("result", "")),
                "answer": _answer(row),
                "retries left": str(row.get("retries_left", "")),
            },
        )


def _answer(row: Mapping[str, Any]) -> str:
    names = ("resp_status_code", "response_code", "client_error", "reason")
    return next((str(row[name]) for name in names if row.get(name)), "")


def _time(gregorian: object) -> str:
    if not isinstance(gregorian, int):
        return ""
    return f"{from_gregorian(gregorian):%Y-%m-%d %H:%M:%S}"


def _meant(known: Sequence[Mapping[str, Any]], wanted: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The webhooks with these names or IDs. Raises `click.UsageError`."""
    found = []
    for text in wanted:
        rows = [row for row in known if text in (row.get("id"), row.get("name"))]
        if not rows:
            names = ", ".join(sorted(str(row.get("name")) for row in known)) or "none"
            raise click.UsageError(f"There is no webhook {text!r}. The account has {names}.")
        found += rows
    return found


def _enable(client: KazooClient, account: str, rows: list[Mapping[str, Any]]) -> None:
    for row in rows:
        client.enable_hook(account, str(row["id"]))
        click.echo(f"Enabled {row.get('name')}.", err=True)
