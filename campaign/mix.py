"""The mix of deliveries: every hook in every encoding, and CDRs, shuffled, some duplicated."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from random import Random
from typing import TYPE_CHECKING

from pivotctl.crossbar import ACCOUNT_ID, HookDocument
from pivotctl.local.webhooks import ACTION, ALL, matching, receiving
from pivotctl.problems import Mode
from pivotctl.switch.http.exchange import FORM, HttpRequest, post
from pivotctl.switch.http.form_encoding import form_text
from pivotctl.switch.webhooks.firing import HookDelivery
from pivotctl.switch.webhooks.hook import Webhook
from pivotctl.switch.webhooks.hook_request import hook_request
from pivotctl.switch.webhooks.payloads import GREGORIAN_OFFSET, EventFacts, FiredEvent, cdrs, events

if TYPE_CHECKING:
    from pivotctl.stack import Stack

ENCODINGS = (
    ("post", "form-data"), ("post", "json"), ("get", "form-data"),
    ("put", "form-data"), ("put", "json"),
)  # fmt: skip
"""A hook's verb and format; a GET is always a form, in the query."""

MODES = (Mode.K50, Mode.K5)
CDR_SINK = "cdr_url"
EVERYTHING = 0.1
"""The part of the events that goes to the hook on `all`, and not to the one for its kind."""

REPEATED = 10
"""Of how many deliveries one is sent twice."""

type Content = tuple[str, bytes]


@dataclass(frozen=True)
class Targets:
    """Targets of deliveries: the webhooks of the account, and the sink of CDRs."""

    hooks: Sequence[HookDocument]
    cdr_url: str

    @staticmethod
    def of(stack: Stack) -> Targets:
        """The receivers of *stack*."""
        return Targets(receiving(stack), stack.url(CDR_SINK))


@dataclass(frozen=True)
class Parcel:
    """One delivery as KAZOO `mode` sends it to `receiver`; `what` is the hook's or event's name.

    `delivery` is the event and its hook, or None for a CDR. The same parcel is the same bytes.
    """

    receiver: str
    what: str
    request: HttpRequest
    delivery: HookDelivery | None = None
    mode: Mode = Mode.K50

    @property
    def content(self) -> Content:
        """The identity of a delivery: its method, and the body, or the query of a GET."""
        if self.request.method != "GET":
            return self.request.method, self.request.body
        return "GET", self.request.url.partition("?")[2].encode()

    def __str__(self) -> str:
        kind = self.request.header("content-type") or "query"
        return f"{self.what}, {self.request.method} {kind}, to {self.receiver}"


def mixed(targets: Targets, number: int, chance: Random) -> list[Parcel]:
    """So many deliveries, shuffled; one in eleven is there for the second time."""
    again = number // (REPEATED + 1)
    parcels = list(islice(endless(targets, chance), number - again))
    parcels += chance.sample(parcels, again)
    chance.shuffle(parcels)
    return parcels


def endless(targets: Targets, chance: Random) -> Iterator[Parcel]:
    """Round after round of all events, then those of one call, and CDRs; none is like another.

    The encoding changes with every round, and KAZOO's version: after ten there was each of each.
    """
    for number in count():
        yield from one_round(targets, number, chance)


def one_round(targets: Targets, number: int, chance: Random) -> Iterator[Parcel]:
    """The deliveries of the round *number*."""
    mode = MODES[number % len(MODES)]
    now = int(time.time()) + GREGORIAN_OFFSET
    facts = EventFacts(ACCOUNT_ID, now, number, newer=mode is Mode.K5, chance=chance)
    for fired in (*events("everything", facts), *events("call", facts)):
        hooks = [each for each in targets.hooks if each.hook == ALL]
        narrow = not hooks or chance.random() >= EVERYTHING
        (document,) = matching(targets.hooks if narrow else hooks, fired)
        yield hooked(document, fired, ENCODINGS[number % len(ENCODINGS)], mode, now)
    for record in cdrs(facts):
        yield Parcel(CDR_SINK, "cdr", post(targets.cdr_url, form_text(record), FORM))


def hooked(
    document: HookDocument, fired: FiredEvent, encoding: tuple[str, str], mode: Mode, now: int
) -> Parcel:
    """The delivery of an event; that of a callflow has the second for an id (`cf_webhook.erl`)."""
    verb, body_format = encoding
    hook = Webhook(
        url=document.uri,
        verb=verb,
        body_format=body_format,
        retries=document.retries,
        custom_data=document.custom_data,
        id=str(now) if fired.hook == ACTION else document.id,
    )
    request = hook_request(hook, fired.payload, document.account_id, mode, now)
    receiver = document.name.rpartition("/")[0]
    return Parcel(receiver, fired.kind or fired.hook, request, HookDelivery(fired, hook), mode)
