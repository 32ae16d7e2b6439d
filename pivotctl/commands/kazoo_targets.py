"""The accounts of a run of `pivotctl kazoo`, and those of them that failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from pivotctl.commands.kazoo_connection import account_ids, matching_account
from pivotkit.services.upstream import UpstreamDown

if TYPE_CHECKING:
    from pivotctl.kazoo.client import KazooClient

WHICH = (
    click.option("--account", "accounts", multiple=True, metavar="ID", callback=account_ids,
                 help="Account to work with; repeatable.  [your own]"),
    click.option("--all-descendants", is_flag=True, help="All accounts below yours."),
    click.option("--match", default="", metavar="TEXT",
                 help="Only descendants with TEXT in their name, realm, or ID."),
)  # fmt: skip
"""Options that name accounts."""


@dataclass(frozen=True)
class Target:
    """An account of a run."""

    id: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name else self.id


def targets_of(
    client: KazooClient, *, accounts: Sequence[str], all_descendants: bool, match: str
) -> list[Target]:
    """Return the accounts that are meant. Raises `click.UsageError`."""
    if all_descendants and accounts:
        raise click.UsageError("Use either --account or --all-descendants.")
    if match and not all_descendants:
        raise click.UsageError("--match needs --all-descendants.")
    own = client.session.current
    if not all_descendants:
        return [Target(each) for each in dict.fromkeys(accounts)] or [
            Target(own.account_id, own.account_name)
        ]
    rows = [row for row in client.descendants(own.account_id) if matching_account(row, match)]
    if not rows:
        matching = f" that matches {match!r}" if match else ""
        raise click.ClickException(f"There is no account below {own.account_id}{matching}.")
    found = [Target(str(row["id"]), str(row.get("name", ""))) for row in rows]
    return sorted(found, key=lambda each: (each.name.casefold(), each.id))


@contextmanager
def noted(failed: dict[Target, str], target: Target) -> Iterator[None]:
    """Note the error of an account, so that the others get their turn.

    Without a sign-in, or a connection, no other account would do better, and the run ends.
    """
    from pivotctl.kazoo.errors import NotConnected, SignInNeeded  # noqa: PLC0415

    try:
        yield
    except (NotConnected, SignInNeeded):
        name_failed(failed)
        raise
    except UpstreamDown as error:
        failed[target] = str(error)
        click.echo(f"{target}: failed", err=True)


def name_failed(failed: Mapping[Target, str]) -> None:
    """Name the accounts that failed, each with the reason."""
    if failed:
        click.echo(f"{counted(len(failed))} failed; repeat the command to finish:", err=True)
    for target, sentence in failed.items():
        click.echo(f"{target}: {sentence}", err=True)


def counted(number: int) -> str:
    """Return a number of accounts, in words."""
    return f"{number} account{'s' if number != 1 else ''}"
