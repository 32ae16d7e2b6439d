"""`pivotctl kazoo apply`, `plan`, `status`, and `remove`: what a project wants of accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from pivotctl.commands.kazoo_connection import account_ids, connected, matching_account, url_option
from pivotctl.commands.named_stack import stack_named
from pivotctl.commands.url import PLACE, local_address
from pivotctl.connect.kazoo_file import FILE_NAME, KazooFile, KazooFileError, read_file
from pivotctl.deployed import DeployedError
from pivotctl.keys import KeyFile, KeyFileError
from pivotctl.project import Function, Project, ProjectError
from pivotkit.services.upstream import UpstreamDown

if TYPE_CHECKING:
    from pivotctl.connect.plan import Plan
    from pivotctl.connect.wanted import Address
    from pivotctl.kazoo.client import KazooClient

PENDING = 2
"""Exit status if an account is not as wanted."""

type PlanOf = Callable[[str], Plan]


@dataclass(frozen=True)
class Target:
    """An account of a run."""

    id: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name else self.id


def _options(*more: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The options that the commands share, followed by *more*."""
    shared = (
        click.argument(
            "path", metavar="[FILE]", type=click.Path(path_type=Path), default=FILE_NAME
        ),
        url_option,
        click.option("--account", "accounts", multiple=True, metavar="ID", callback=account_ids,
                     help="Account to work with; repeatable.  [your own]"),
        click.option("--all-descendants", is_flag=True, help="All accounts below yours."),
        click.option("--match", default="", metavar="TEXT",
                     help="Only descendants with TEXT in their name, realm, or ID."),
    )  # fmt: skip

    def decorated(command: Any) -> Any:
        for option in reversed((*shared, *more)):
            command = option(command)
        return command

    return decorated


_STACK = click.option("--stack", metavar="STACK", help="A deployed stack.  [the local stack]")
_OVERWRITE = click.option(
    "--overwrite", is_flag=True, help="Replace what somebody has edited by hand."
)
_PRUNE = click.option("--prune", is_flag=True, help="Remove what the file no longer wants.")
_YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command(
    "apply",
    short_help="Bring accounts to what kazoo.toml wants.",
    epilog="""\b
Examples:
  pivotctl kazoo apply --stack pivot-functions
  pivotctl kazoo apply --stack pivot-functions --all-descendants --match berlin""",
)
@_options(_STACK, _OVERWRITE, _PRUNE, _YES)
def apply(
    *,
    path: Path,
    url: str | None,
    stack: str | None,
    overwrite: bool,
    prune: bool,
    yes: bool,
    **which: Any,
) -> None:
    """Bring accounts to what FILE wants: show the plan, ask, and apply it.

    What somebody has edited by hand is shown and kept. The run goes on after an error, names the
    accounts that failed, and then exits with 1; repeat it to finish.
    """
    with _explained(), connected(url) as client:
        wants = read_file(path)
        plan_of = _planner(client, wants, stack, overwrite=overwrite, prune=prune)
        _run(client, wants, _targets(client, **which), plan_of, yes=yes)


@click.command("plan", short_help="Show what apply would change.")
@_options(_STACK, _OVERWRITE, _PRUNE)
def plan(
    *,
    path: Path,
    url: str | None,
    stack: str | None,
    overwrite: bool,
    prune: bool,
    **which: Any,
) -> None:
    """Show what `apply` would change, with old and new values. Nothing is changed.

    The exit status is 2 if something would change.
    """
    with _explained(), connected(url) as client:
        plan_of = _planner(client, read_file(path), stack, overwrite=overwrite, prune=prune)
        plans, failed = _plans(_targets(client, **which), plan_of)
    differ = any(each.pending or each.conflicts for each in plans.values())
    _exit(failed, is_pending=differ)


@click.command("status", short_help="Show what is there, and what differs.")
@_options(_STACK)
def status(*, path: Path, url: str | None, stack: str | None, **which: Any) -> None:
    """Show what accounts have of FILE, what differs, and which webhooks are disabled.

    The exit status is 2 if an account is not as wanted, or a webhook is disabled.
    """
    from pivotctl.connect.plan import Action  # noqa: PLC0415  (see `_planner`)
    from pivotctl.connect.text import state_lines  # noqa: PLC0415

    with _explained(), connected(url) as client:
        plan_of = _planner(client, read_file(path), stack)
        plans, failed = _plans(_targets(client, **which), plan_of, extra=state_lines)
    differs = any(step.action is not Action.LEAVE for each in plans.values() for step in each.steps)
    disabled = any(line for each in plans.values() for line in state_lines(each))
    _exit(failed, is_pending=differs or disabled)


@click.command("remove", short_help="Remove what apply has made.")
@_options(_YES)
def remove(*, path: Path, url: str | None, yes: bool, **which: Any) -> None:
    """Remove everything from accounts that `apply` has made for FILE, edited or not.

    What others have made is not touched.
    """
    from pivotctl.connect.applying import found_documents  # noqa: PLC0415  (see `_planner`)
    from pivotctl.connect.plan import removing  # noqa: PLC0415

    with _explained(), connected(url) as client:
        wants = read_file(path, needs_secrets=False)

        def plan_of(account: str) -> Plan:
            return removing(found_documents(client, account, wants.name))

        _run(client, wants, _targets(client, **which), plan_of, yes=yes)


@contextmanager
def _explained() -> Iterator[None]:
    """Raise `click.ClickException` in place of the errors of file, project, stack, and keys."""
    try:
        yield
    except (KazooFileError, ProjectError, DeployedError, KeyFileError) as error:
        raise click.ClickException(str(error)) from error


# -- accounts and addresses ------------------------------------------------------------------------


def _targets(
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


def _planner(
    client: KazooClient,
    wants: KazooFile,
    stack: str | None,
    *,
    overwrite: bool = False,
    prune: bool = False,
) -> PlanOf:
    """Return the function that plans for an account. Raises `KazooFileError`."""
    from pivotctl.connect.applying import found_documents, occupied  # noqa: PLC0415  (slow)
    from pivotctl.connect.plan import planned, to_create  # noqa: PLC0415
    from pivotctl.connect.wanted import wanted_documents  # noqa: PLC0415

    project = Project.find()
    address = _deployed(stack) if stack else _local(project, is_reached=client.is_local)

    def plan_of(account: str) -> Plan:
        wanted = wanted_documents(wants, project, address, account)
        found = found_documents(client, account, wants.name)
        others = occupied(client, account, to_create(wanted, found))
        return planned(wanted, found, others, overwrite=overwrite, prune=prune)

    return plan_of


def _local(project: Project, *, is_reached: bool) -> Address:
    """Addresses of the local stack, whose keys are for every account."""
    whole = cache(lambda name: local_address(project, project.functions[name]))

    def address(function: Function, _account: str, base: str) -> str:
        if not base and not is_reached:
            raise click.UsageError(
                "KAZOO cannot reach the local stack: name a deployed one with --stack, or give "
                f"{function.name} the address of a tunnel with `url`."
            )
        return _at(base, whole(function.name))

    return address


def _deployed(stack: str) -> Address:
    """Addresses of a deployed stack, with the account's own key if the key file can make one."""
    described, keys = stack_named(stack), KeyFile()

    def address(function: Function, account: str, base: str) -> str:
        kind = function.kind
        key = (account and keys.key(stack, kind, account)) or keys.key(stack, kind)
        if not key:
            raise KeyFileError(
                f"{keys.path} has no key for {kind} of {stack}: create one with "
                f"`pivotctl key --for {kind} --save {stack}`"
            )
        whole = described.output(f"{function.logical_id}Url")
        return _at(base, whole).replace(PLACE, key)

    return address


def _at(base: str, whole: str) -> str:
    """The URL *whole*, at another address if given."""
    return f"{base}{urlsplit(whole).path}" if base else whole


# -- runs ------------------------------------------------------------------------------------------


def _run(
    client: KazooClient,
    wants: KazooFile,
    targets: Sequence[Target],
    plan_of: PlanOf,
    *,
    yes: bool,
) -> None:
    """Show the plans, ask once, and apply them, account by account."""
    from pivotctl.connect.applying import apply_plan  # noqa: PLC0415  (slow to import)

    plans, failed = _plans(targets, plan_of)
    pending = {target: each for target, each in plans.items() if each.pending}
    if pending and not yes:
        click.confirm(f"Change {_accounts(len(pending))}?", abort=True)
    for at, (target, each) in enumerate(pending.items(), 1):
        with _noted(failed, target):
            apply_plan(client, target.id, wants.name, each)
            click.echo(f"[{at}/{len(pending)}] {target}: done", err=True)
    for target, each in plans.items():
        if each.conflicts and target not in failed:
            failed[target] = "; ".join(each.conflicts)
    _exit(failed)


def _plans(
    targets: Iterable[Target],
    plan_of: PlanOf,
    extra: Callable[[Plan], Iterator[str]] = lambda _plan: iter(()),
) -> tuple[dict[Target, Plan], dict[Target, str]]:
    """Show the plan of each account; return them, and the errors of the others."""
    from pivotctl.connect.text import plan_lines, summary  # noqa: PLC0415  (slow to import)

    plans: dict[Target, Plan] = {}
    failed: dict[Target, str] = {}
    for target in targets:
        with _noted(failed, target):
            plans[target] = plan_of(target.id)
            click.echo(f"{target}: {summary(plans[target])}")
            for line in (*plan_lines(plans[target]), *extra(plans[target])):
                click.echo(line)
    return plans, failed


@contextmanager
def _noted(failed: dict[Target, str], target: Target) -> Iterator[None]:
    """Note the error of an account, so that the others get their turn.

    Without a sign-in, or a connection, no other account would do better, and the run ends.
    """
    from pivotctl.kazoo.errors import NotConnected, SignInNeeded  # noqa: PLC0415

    try:
        yield
    except (NotConnected, SignInNeeded):
        _name(failed)
        raise
    except UpstreamDown as error:
        failed[target] = str(error)
        click.echo(f"{target}: failed", err=True)


def _exit(failed: Mapping[Target, str], *, is_pending: bool = False) -> None:
    """Name the accounts that failed, and exit with the status."""
    _name(failed)
    raise SystemExit(1 if failed else PENDING if is_pending else 0)


def _name(failed: Mapping[Target, str]) -> None:
    """Name the accounts that failed, each with the reason."""
    if failed:
        click.echo(f"{_accounts(len(failed))} failed; repeat the command to finish:", err=True)
    for target, sentence in failed.items():
        click.echo(f"{target}: {sentence}", err=True)


def _accounts(number: int) -> str:
    return f"{number} account{'s' if number != 1 else ''}"


COMMANDS = (apply, plan, status, remove)
