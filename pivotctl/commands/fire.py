"""`pivotctl fire`: fires KAZOO's webhooks at the local stack's receivers."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from pivotctl.commands.accounts import ACCOUNT_HELP, account_of
from pivotctl.crossbar import ACCOUNT_ID, HookDocument
from pivotctl.crossbar.client import CrossbarClient, CrossbarClientError
from pivotctl.local.webhooks import (
    ACTION,
    RECEIVERS,
    NoReceiverError,
    encoded_as,
    hook_at,
    matching,
    receiving,
    stored,
)
from pivotctl.problems import Mode
from pivotctl.switch.webhooks.firing import Counts, DeliveryOutcome, Firing, HookDelivery
from pivotctl.switch.webhooks.hook import ENCODINGS, Webhook
from pivotctl.switch.webhooks.payloads import (
    GREGORIAN_OFFSET,
    K5_HOOKS,
    EventFacts,
    FiredEvent,
    events,
    names,
    with_values,
)

if TYPE_CHECKING:
    from pivotctl.project import Project
    from pivotctl.stack import Stack

_LINES = 20


@dataclass(frozen=True)
class FireOptions:
    """Options of the command."""

    name: str
    count: int
    shuffle: bool
    duplicate: bool
    encoding: str
    put: bool
    target: str | None
    account: str
    call_id: str
    values: Mapping[str, str]
    mode: Mode
    secret: str
    retries: int
    parallel: int

    @staticmethod
    def of(parameters: Mapping[str, Any]) -> FireOptions:
        """Take the options from the command's *parameters*. Raises `UsageError`."""
        wanted = FireOptions(**{**parameters, "mode": Mode(parameters["mode"])})
        newer = wanted.mode is Mode.K5
        if wanted.secret and not newer:
            raise click.UsageError("Only KAZOO 5 signs: add --mode k5.")
        if wanted.name in K5_HOOKS and not newer:
            raise click.UsageError(f"Only KAZOO 5 has {wanted.name}: add --mode k5.")
        return wanted

    def fired(self) -> list[FiredEvent]:
        """Return the events in the order of firing, with the given values."""
        now, newer = int(time.time()) + GREGORIAN_OFFSET, self.mode is Mode.K5
        found = [
            replace(each, payload=with_values(each.payload, self.values))
            for number in range(self.count)
            for each in events(
                self.name, EventFacts(self.account, now, number, self.call_id, newer)
            )
        ]
        found = [each for each in found for _ in range(2 if self.duplicate else 1)]
        if self.shuffle:
            random.SystemRandom().shuffle(found)
        return found

    def functions(self, project: Project) -> list[str]:
        """Return the receivers that a stack needs. Raises `UnknownFunctionError`."""
        if self.target and not _is_url(self.target):
            return [project.function(self.target).name]
        return [name for name in RECEIVERS if name in project.functions]

    def hook(self, document: HookDocument, fired: FiredEvent) -> Webhook:
        """Return the webhook to fire; that of a callflow's action has no ID, and no version 2."""
        action = fired.hook == ACTION
        verb, body_format = ENCODINGS[self.encoding]
        verb = "put" if self.put and verb == "post" else verb
        shown = encoded_as(document, verb, body_format)
        return Webhook(
            url=shown.uri,
            verb=shown.http_verb,
            body_format=shown.format,
            retries=self.retries,
            custom_data=shown.custom_data,
            version="v2" if self.secret and not action else "v1",
            sha256_key=self.secret,
            id=str(int(time.time()) + GREGORIAN_OFFSET) if action else shown.id,
        )

    def stored_hooks(
        self, documents: Sequence[HookDocument], fired: FiredEvent
    ) -> Iterator[Webhook]:
        """Yield the webhooks made through Crossbar's API, as they are; none with a receiver."""
        for document in stored(documents, fired, self.account) if self.target is None else ():
            yield Webhook(
                url=document.uri,
                verb=document.http_verb,
                body_format=document.format,
                retries=document.retries,
                custom_data=document.custom_data,
                id=document.id,
            )


def _pairs(_context: click.Context, _option: click.Parameter, value: tuple[str, ...]) -> Any:
    for pair in value:
        if not pair.partition("=")[0] or "=" not in pair:
            raise click.BadParameter(f"{pair!r} is not of the form field=value")
    return dict(pair.split("=", 1) for pair in value)


def _known(_context: click.Context, _argument: click.Parameter, value: str) -> str:
    if value not in names():
        raise click.BadParameter(f"KAZOO has no webhook {value!r}. Use one of: {_list()}.")
    return value


def _list() -> str:
    return ", ".join(names())


@click.command("fire", short_help="Fire KAZOO's webhooks at the receivers.")
@click.argument("name", metavar="HOOK", callback=_known)
@click.option(
    "--count", type=click.IntRange(1), default=1, show_default=True, help="Number of events."
)
@click.option("--shuffle", is_flag=True, help="Fire in random order; KAZOO guarantees none.")
@click.option("--duplicate", is_flag=True, help="Send each delivery twice, byte for byte.")
@click.option(
    "--format",
    "encoding",
    type=click.Choice(tuple(ENCODINGS)),
    default="form",
    show_default=True,
    help="Encoding of the payload; query is a GET.",
)
@click.option("--put", is_flag=True, help="Use PUT instead of POST.")
@click.option("--to", "target", metavar="NAME|URL", help="Receiver.  [the one for such events]")
@click.option("--account", default="first", callback=account_of, help=ACCOUNT_HELP)
@click.option("--call-id", default="", help="The Call-ID.  [random]")
@click.option(
    "--set",
    "values",
    multiple=True,
    metavar="FIELD=VALUE",
    callback=_pairs,
    help="Value of a field; repeatable.",
)
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.K50.value,
    show_default=True,
    help="KAZOO master of 2024 (k50), or KAZOO 5 (k5).",
)
@click.option("--secret", default="", help="Sign version 2 deliveries of KAZOO 5 with this key.")
@click.option(
    "--retries", type=click.IntRange(0, 4), default=2, show_default=True, help="Number of retries."
)
@click.option(
    "--parallel",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Number of simultaneous deliveries; KAZOO has a process for each.",
)
def command(*, mode: str, **parameters: Any) -> None:
    """Fire HOOK with made-up values at the local stack's receivers, as KAZOO delivers it.

    HOOK is a webhook (channel_create, parking, object, sms ...), a type of notification
    (missed_call, voicemail_new ...), or a run: call (all events of a call of two legs),
    notifications (one of each type), or everything. The exit status is 1 unless every event was
    delivered.
    """
    wanted = FireOptions.of({"mode": mode, **parameters})
    with running_or_new(wanted.functions) as stack:
        counts = _run(wanted, stack)
    click.echo(str(counts))
    raise SystemExit(0 if counts.good else 1)


def fired(stack: Stack, arguments: Sequence[str]) -> Counts:
    """Run `pivotctl fire` with *arguments* on *stack*; return its counts.

    Raises `NoReceiverError`.
    """
    return _run(FireOptions.of(command.make_context("fire", list(arguments)).params), stack)


def _run(wanted: FireOptions, stack: Stack) -> Counts:
    documents = _documents(wanted, stack)
    crossbar = CrossbarClient(str(stack.upstreams_url))
    states = crossbar.register([each for each in documents if each.hook != ACTION])
    known = [state.document for state in states]
    return _fire(wanted, list(_deliveries(wanted, documents, known)), crossbar)


def _documents(wanted: FireOptions, stack: Stack) -> list[HookDocument]:
    if wanted.target is None:
        return receiving(stack)
    url = wanted.target if _is_url(wanted.target) else stack.url(wanted.target)
    name = "" if url == wanted.target else wanted.target
    return [hook_at(url, "all", name=name)]


def _is_url(target: str) -> bool:
    return target.startswith(("http://", "https://"))


def _fire(
    wanted: FireOptions, deliveries: Sequence[HookDelivery], crossbar: CrossbarClient
) -> Counts:
    """Deliver everything; print each delivery, or of many only failures and the progress."""
    counts, many = Counts(), len(deliveries) > _LINES
    firing = Firing(crossbar, ACCOUNT_ID, wanted.mode, parallel=wanted.parallel)
    for outcome in firing.fire(deliveries):
        counts.add(outcome)
        if not (many and outcome.good):
            click.echo(_line(outcome))
        if many and counts.fired % max(len(deliveries) // 10, 1) == 0:
            click.echo(f"{counts.fired} of {len(deliveries)}", err=True)
    return counts


def _deliveries(
    wanted: FireOptions, documents: Sequence[HookDocument], known: Sequence[HookDocument]
) -> Iterator[HookDelivery]:
    """Yield each event for the receivers, and for the webhooks that Crossbar has besides."""
    for fired in wanted.fired():
        for document in matching(documents, fired):
            yield HookDelivery(fired, wanted.hook(document, fired))
        for hook in wanted.stored_hooks(known, fired):
            yield HookDelivery(fired, hook)


def _line(outcome: DeliveryOutcome) -> str:
    fired, hook = outcome.delivery.fired, outcome.delivery.hook
    result = {0: "no answer"}.get(outcome.status, str(outcome.status))
    if not outcome.tries:
        result = "not sent: the hook is disabled"
    again = f", {outcome.tries} tries" if outcome.tries > 1 else ""
    line = f"{fired.kind or fired.hook:24} {hook.verb.upper():4} {result}{again}"
    return line if outcome.good else click.style(line, fg="red")


@contextmanager
def running_or_new(functions_of: Callable[[Project], list[str]]) -> Iterator[Stack]:
    """Yield the running stack, or start one for the context; errors end the command.

    *functions_of* returns the functions that the stack needs.
    """
    # The stack and what it starts are slow to import.
    from pivotctl.commands.serve import ERRORS  # noqa: PLC0415
    from pivotctl.project import Project, UnknownFunctionError  # noqa: PLC0415
    from pivotctl.stack import StackError, session  # noqa: PLC0415

    try:
        project = Project.find()
        with session(project, functions=functions_of(project)) as stack:
            yield stack
    except (UnknownFunctionError, NoReceiverError) as error:
        raise click.UsageError(str(error)) from error
    except (CrossbarClientError, StackError, *ERRORS) as error:
        raise click.ClickException(str(error)) from error
