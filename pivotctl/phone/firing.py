"""Webhooks and CDRs fired at the local stack, and everything that comes of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.crossbar.client import CrossbarClient
from pivotctl.local.calls import SINK
from pivotctl.local.webhooks import ACTION, NoReceiverError, matching, receiving
from pivotctl.phone.firing_forms import CDR, FiringError, filled
from pivotctl.phone.firing_traces import (
    DeadLetterCount,
    FunctionRun,
    SentRequest,
    StoredItem,
    Traces,
)
from pivotctl.problems import Mode
from pivotctl.stack.mappings import WorkersBusyError
from pivotctl.switch.http.exchange import FORM, ExchangeError, exchange, post, send
from pivotctl.switch.http.form_encoding import form_text
from pivotctl.switch.webhooks.firing import Firing, HookDelivery
from pivotctl.switch.webhooks.hook import ENCODINGS, Webhook
from pivotctl.switch.webhooks.payloads import GREGORIAN_OFFSET, EventFacts, FiredEvent

if TYPE_CHECKING:
    from pivotctl.stack import Stack

_WORKER_SECONDS = 20.0
_OK = 200


@dataclass(frozen=True)
class FiredDelivery:
    """A delivery to a receiver; `status` is 0 for no answer, `tries` 0 for a disabled hook."""

    receiver: str
    verb: str
    status: int
    tries: int
    good: bool


@dataclass(frozen=True)
class FiringReport:
    """Everything that came of an event. `unfinished` says why workers may not be done yet."""

    deliveries: tuple[FiredDelivery, ...]
    stored: tuple[StoredItem, ...]
    runs: tuple[FunctionRun, ...]
    sent: tuple[SentRequest, ...]
    dead_letters: tuple[DeadLetterCount, ...]
    unfinished: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the report as an object of lists."""
        return asdict(self)


@dataclass(frozen=True)
class EventForm:
    """A form as a person filled it in."""

    name: str
    values: Mapping[str, str]
    encoding: str = "form"
    mode: Mode = Mode.K50
    account_id: str = ACCOUNT_ID

    @property
    def facts(self) -> EventFacts:
        """The facts of the event."""
        return facts_of(self.account_id, self.mode)


def facts_of(account_id: str, mode: Mode) -> EventFacts:
    """Return the facts of an event that happens now."""
    now = int(time.time()) + GREGORIAN_OFFSET
    return EventFacts(account_id, now, newer=mode is Mode.K5)


def fire(form: EventForm, stack: Stack) -> FiringReport:
    """Deliver the event of a form as KAZOO does, wait for the workers, and report.

    Raises `FiringError` and `CrossbarClientError`.
    """
    if form.encoding not in ENCODINGS:
        raise FiringError(f"encoding is {form.encoding!r}. Use {', '.join(ENCODINGS)}.")
    event = filled(form.name, form.values, form.facts)
    traces, unfinished = Traces(stack), ""
    before = traces.snapshot()
    deliveries = tuple(_cdr(event, stack) if form.name == CDR else _hook(event, form, stack))
    try:
        stack.wait_for_workers(_WORKER_SECONDS)
    except WorkersBusyError as error:
        unfinished = str(error)
    after = traces.snapshot()
    return FiringReport(
        deliveries,
        tuple(traces.stored(before, after)),
        tuple(traces.runs(before)),
        tuple(traces.sent(before, after)),
        tuple(traces.dead_letters(before, after)),
        unfinished,
    )


def _hook(event: FiredEvent, form: EventForm, stack: Stack) -> Iterator[FiredDelivery]:
    documents = receiving(stack)
    crossbar = CrossbarClient(str(stack.upstreams_url))
    crossbar.register([each for each in documents if each.hook != ACTION])
    verb, body_format = ENCODINGS[form.encoding]
    try:
        found = matching(documents, event)
    except NoReceiverError as error:
        text = f"No receiver of this stack takes {form.name}. Start `pivotctl serve` with one."
        raise FiringError(text) from error
    hooks = {
        each.id: (each.name.rpartition("/")[0], Webhook(each.uri, verb, body_format, id=each.id))
        for each in found
    }
    deliveries = [HookDelivery(event, hook) for _, hook in hooks.values()]
    for outcome in Firing(crossbar, ACCOUNT_ID, form.mode).fire(deliveries):
        hook = outcome.delivery.hook
        receiver = hooks[hook.id][0]
        yield FiredDelivery(
            receiver, hook.verb.upper(), outcome.status, outcome.tries, outcome.good
        )


def _cdr(event: FiredEvent, stack: Stack) -> Iterator[FiredDelivery]:
    if SINK not in stack.info.functions:
        raise FiringError(f"{SINK} does not run in this stack. Start `pivotctl serve` with it.")
    request = post(stack.url(SINK), form_text(event.payload), FORM)
    try:
        status = exchange(request, send).status
    except ExchangeError:
        status = 0
    yield FiredDelivery(SINK, "POST", status, 1, status == _OK)
