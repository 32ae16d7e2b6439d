"""`pivotctl kazoo apply`, `plan`, `status`, and `remove`: what a project wants of accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from pivotctl.commands.kazoo_connection import connected, url_option
from pivotctl.commands.kazoo_targets import WHICH, Target, counted, name_failed, noted, targets_of
from pivotctl.commands.named_stack import stack_named
from pivotctl.commands.url import PLACE, local_address, public_address
from pivotctl.connect.current_keys import current_key
from pivotctl.connect.kazoo_file import FILE_NAME, KazooFile, KazooFileError, read_file
from pivotctl.deployed import DeployedError
from pivotctl.keys import KeyFile, KeyFileError
from pivotctl.project import Function, Project, ProjectError

if TYPE_CHECKING:
    from pivotctl.connect.plan import Plan
    from pivotctl.connect.wanted import Address
    from pivotctl.kazoo.client import KazooClient

PENDING = 2
"""Exit status if an account is not as wanted."""

type PlanOf = Callable[[str], Plan]


def _options(*more: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The options that the commands share, followed by *more*."""
    shared = (
        click.argument(
            "path", metavar="[FILE]", type=click.Path(path_type=Path), default=FILE_NAME
        ),
        url_option,
        *WHICH,
    )

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
        _run(client, wants, targets_of(client, **which), plan_of, yes=yes)


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
        plans, failed = _plans(targets_of(client, **which), plan_of)
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
        plans, failed = _plans(targets_of(client, **which), plan_of, extra=state_lines)
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

        _run(client, wants, targets_of(client, **which), plan_of, yes=yes)


@contextmanager
def _explained() -> Iterator[None]:
    """Raise `click.ClickException` in place of the errors of file, project, stack, and keys."""
    try:
        yield
    except (KazooFileError, ProjectError, DeployedError, KeyFileError) as error:
        raise click.ClickException(str(error)) from error


# -- accounts and addresses ------------------------------------------------------------------------


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
    """Addresses of the local stack, whose keys are for every account.

    A KAZOO elsewhere reaches it through the tunnel of `pivotctl serve --tunnel`, or at a `url`.
    """
    whole = cache(lambda name: local_address(project, project.functions[name]))
    outside = cache(lambda name: public_address(project, project.functions[name]))

    def address(function: Function, _account: str, base: str) -> str:
        found = "" if is_reached else outside(function.name)
        if not (base or is_reached or found):
            raise click.UsageError(
                "KAZOO cannot reach the local stack: name a deployed one with --stack, start "
                f"`pivotctl serve --tunnel`, or give {function.name} an address with `url`."
            )
        return _at(base, found or whole(function.name))

    return address


def _deployed(stack: str) -> Address:
    """Addresses of a deployed stack, with the account's own key if the key file can make one."""
    described, keys = stack_named(stack), KeyFile()

    def address(function: Function, account: str, base: str) -> str:
        kind = function.kind
        own = account and current_key(described, keys, kind, account)
        key = own or current_key(described, keys, kind)
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
        click.confirm(f"Change {counted(len(pending))}?", abort=True)
    for at, (target, each) in enumerate(pending.items(), 1):
        with noted(failed, target):
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
        with noted(failed, target):
            plans[target] = plan_of(target.id)
            click.echo(f"{target}: {summary(plans[target])}")
            for line in (*plan_lines(plans[target]), *extra(plans[target])):
                click.echo(line)
    return plans, failed


def _exit(failed: Mapping[Target, str], *, is_pending: bool = False) -> None:
    """Name the accounts that failed, and exit with the status."""
    name_failed(failed)
    raise SystemExit(1 if failed else PENDING if is_pending else 0)


COMMANDS = (apply, plan, status, remove)
