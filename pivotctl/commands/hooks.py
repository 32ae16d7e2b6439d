"""`pivotctl hooks`: the state of each webhook according to KAZOO's rule."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import click

from pivotctl.commands.serve import ERRORS
from pivotctl.crossbar.client import CrossbarClient, CrossbarClientError, HookState
from pivotctl.local import disabler
from pivotctl.local.webhooks import named, registered
from pivotctl.project import Project
from pivotctl.stack import Stack, running
from pivotctl.switch.webhooks.hook_request import MOST_FAILURES


@click.command("hooks", short_help="List webhooks that KAZOO has disabled.")
@click.option(
    "--enable",
    "wanted",
    multiple=True,
    metavar="NAME",
    help="Enable a webhook, or all of a receiver.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one webhook a line, as JSON.")
def command(*, wanted: tuple[str, ...], as_json: bool) -> None:
    """Show the state of the local stack's webhooks.

    KAZOO disables a webhook that has failed six times within a minute. It checks every 15 seconds,
    and then notifies hooks on `notifications` (`webhook_disabled`). Deliveries of `fire` and `call`
    count while `pivotctl serve` runs. The exit status is 1 if a webhook is disabled.
    """
    try:
        found = states(_running_stack(), wanted)
    except (CrossbarClientError, *ERRORS) as error:
        raise click.ClickException(str(error)) from error
    for state in sorted(found, key=lambda each: each.document.name):
        click.echo(_as_json(state) if as_json else _line(state))
    raise SystemExit(0 if all(state.document.enabled for state in found) else 1)


def _running_stack() -> Stack:
    """Return the stack of `pivotctl serve`; any other stack starts without failures."""
    project = Project.find()
    info = running(project)
    if info is None:
        raise click.ClickException("No stack is running: start one with `pivotctl serve`.")
    return Stack(project, info)


def states(stack: Stack, wanted: tuple[str, ...] = ()) -> list[HookState]:
    """Enable the webhooks named in *wanted*; return all webhooks of *stack*."""
    crossbar = CrossbarClient(str(stack.upstreams_url))
    known = crossbar.register(registered(stack))
    disabler.look(crossbar)
    return crossbar.enable(_ids(known, wanted)) if wanted else known


def _ids(states: list[HookState], wanted: tuple[str, ...]) -> list[str]:
    documents, found = [state.document for state in states], []
    for name in wanted:
        meant = named(documents, name)
        if not meant:
            known = ", ".join(sorted(each.name for each in documents))
            raise click.UsageError(f"There is no webhook {name!r}. Use one of: {known}.")
        found += [each.id for each in meant]
    return found


def _line(state: HookState) -> str:
    document = state.document
    word = "enabled" if document.enabled else f"disabled: {document.disable_reason}"
    failures = f"{state.failures} of {MOST_FAILURES} failures in the last minute"
    line = f"{document.name:32} {word:12} {failures if document.enabled else ''}".rstrip()
    return line if document.enabled else click.style(line, fg="red")


def _as_json(state: HookState) -> str:
    return json.dumps(
        {**asdict(state.document), "failures": state.failures, "at": int(time.time())}
    )
