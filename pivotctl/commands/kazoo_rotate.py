"""`pivotctl kazoo rotate`: new keys in an account's URLs, and the end of the old ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from pivotctl.commands.kazoo_connection import connected, url_option
from pivotctl.commands.kazoo_targets import WHICH, Target, counted, name_failed, targets_of
from pivotctl.commands.named_stack import stack_named
from pivotctl.deployed import DeployedError
from pivotctl.keys import KeyFileError
from pivotctl.options import OptionError
from pivotctl.project import Project, ProjectError

if TYPE_CHECKING:
    from pivotctl.commands.rotation_run import RotationRun, Steps
    from pivotctl.connect.rotation import KeyStack
    from pivotctl.kazoo.client import KazooClient

PENDING = 2
"""Exit status if old keys have not ended, because calls are still live."""

_MINUTES = 10


def _which(command: Any) -> Any:
    for option in reversed(WHICH):
        command = option(command)
    return command


@click.command(
    "rotate",
    short_help="Replace the keys in KAZOO's URLs, without refusing a request.",
    epilog="""\b
Examples:
  pivotctl kazoo rotate --stack pivot-functions
  pivotctl kazoo rotate --stack pivot-functions --all-descendants --match berlin
  pivotctl kazoo rotate --stack pivot-functions --new-secret""",
)
@url_option
@_which
@click.option("--stack", metavar="STACK", help="A deployed stack.  [the local stack]")
@click.option(
    "--whole-stack",
    is_flag=True,
    help="Your account and all below it, and keys for all accounts; ends every earlier key.",
)
@click.option(
    "--new-secret",
    is_flag=True,
    help="Replace the stack's signing secret, in your account and all below it.",
)
@click.option(
    "--unmarked", is_flag=True, help="Change documents as well that `apply` has not made."
)
@click.option(
    "--wait",
    type=click.IntRange(0),
    default=_MINUTES,
    show_default=True,
    metavar="MINUTES",
    help="Wait for live calls before old keys end; 0 ends them at once.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def rotate(
    *,
    url: str | None,
    stack: str | None,
    whole_stack: bool,
    new_secret: bool,
    unmarked: bool,
    wait: int,
    yes: bool,
    **which: Any,
) -> None:
    """Replace the keys in the URLs of callflows, webhooks, and recordings.

    New keys are valid beside the old ones. Each is tried by a request before it is put in place,
    and again afterwards. Old keys end last: only if no document has one, also none of somebody
    else's, and once the calls have ended that were live when the URLs changed. A run that was cut,
    or in which an account failed, is taken up when you repeat the command.
    """
    with _explained(), connected(url) as client:
        from pivotctl.commands.rotation_run import RotationRun  # noqa: PLC0415  (slow to import)

        whole = whole_stack or new_secret
        targets = _targets(client, whole=whole, **which)
        run = RotationRun(
            client, key_stack(stack), targets, time.sleep, whole=whole, unmarked=unmarked
        )
        steps = _steps(run, new_secret=new_secret)
        run.show(steps.planned())
        if not any(run.documents.values()):
            raise SystemExit(_nothing(run))
        if not yes:
            asked = f"Rotate the keys of {counted(len(run.documents))}? {steps.question}"
            click.confirm(asked, abort=True)
        rotation = steps.begin()
        run.renew(rotation)
        run.show_blocked()
        ended = run.can_end and run.waited(rotation, wait * 60.0)
        if ended:
            steps.end()
            click.echo(f"The earlier keys of {counted(len(run.clean))} have ended.")
    name_failed(run.failed)
    raise SystemExit(1 if run.failed or run.blocked else 0 if ended else PENDING)


def _steps(run: RotationRun, *, new_secret: bool) -> Steps:
    """Return the kind of rotation. Raises `click.UsageError`."""
    from pivotctl.commands.rotation_run import (  # noqa: PLC0415  (slow to import)
        GenerationSteps,
        SecretSteps,
    )
    from pivotctl.connect.rotated_stacks import DeployedKeyStack  # noqa: PLC0415

    if not new_secret:
        return GenerationSteps(run)
    if not isinstance(run.stack, DeployedKeyStack):
        raise click.UsageError("--new-secret needs --stack: the local stack's secret is published.")
    return SecretSteps(run, run.stack)


def _nothing(run: RotationRun) -> int:
    """Report that there is nothing to rotate, and return the exit status."""
    if run.failed:
        name_failed(run.failed)
        return 1
    click.echo(f"No document has a key of {run.stack.name}: nothing to rotate.")
    return 0


def key_stack(stack: str | None) -> KeyStack:
    """Return the stack whose keys are rotated. Raises `click.ClickException`."""
    from pivotctl.connect.rotated_stacks import (  # noqa: PLC0415  (slow to import)
        DeployedKeyStack,
        LocalKeyStack,
    )
    from pivotctl.stack import running  # noqa: PLC0415

    project = Project.find()
    if stack:
        return DeployedKeyStack(stack_named(stack), project)
    info = running(project)
    if info is None:
        raise click.ClickException(
            "No stack: name a deployed one with --stack, or start `pivotctl serve`."
        )
    return LocalKeyStack(info)


def _targets(client: KazooClient, *, whole: bool, **which: Any) -> list[Target]:
    """Return the accounts of the run. Raises `click.UsageError`."""
    if not whole:
        return targets_of(client, **which)
    if any(which.values()):
        raise click.UsageError("--whole-stack and --new-secret take no accounts: they need all.")
    own = client.session.current
    rows = client.descendants(own.account_id)
    below = [Target(str(row["id"]), str(row.get("name", ""))) for row in rows]
    return [Target(own.account_id, own.account_name), *below]


@contextmanager
def _explained() -> Iterator[None]:
    """Raise `click.ClickException` in place of the errors of project, stack, and keys."""
    try:
        yield
    except (ProjectError, DeployedError, KeyFileError, OptionError) as error:
        raise click.ClickException(str(error)) from error
