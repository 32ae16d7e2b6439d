"""Forms of webhooks and CDRs: what can be fired, and the fields of each with sample values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from pivotctl.switch.http.exchange import HttpRequest, HttpResponse
from pivotctl.switch.http.form_encoding import Json
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import Scenario, pivot_flow
from pivotctl.switch.webhooks.payloads import (
    CHANNEL,
    K5_HOOKS,
    NOTIFICATIONS,
    EventFacts,
    FiredEvent,
    events,
    names,
    with_values,
)

CDR = "cdr_url"
_RUNS = frozenset({"call", "notifications", "everything"})
_SERVER, _SINK = "http://server.example/", "http://sink.example/"
_TWIML = b"<Response><Dial><User>2001</User></Dial></Response>"
MOST_FIELDS = 200
LONGEST_VALUE = 20_000


class FiringError(ValueError):
    """Something that cannot be fired; the text has the reason and the fix."""


@dataclass(frozen=True, slots=True)
class FormField:
    """A field with its `value` as text; that of a field that is `json` is JSON."""

    name: str
    value: str
    json: bool = False


@dataclass(frozen=True, slots=True)
class HookName:
    """Something that can be fired, in its group."""

    name: str
    group: str


def firable(*, newer: bool = False) -> list[HookName]:
    """Return what can be fired: each webhook, each type of notification, and the CDR of a leg."""
    known = [name for name in names() if name not in _RUNS and (newer or name not in K5_HOOKS)]
    return [*(HookName(name, _group(name)) for name in known), HookName(CDR, "CDRs")]


def _group(name: str) -> str:
    if name in CHANNEL:
        return "Calls"
    return "Notifications" if name in NOTIFICATIONS else "Other webhooks"


def form_of(name: str, facts: EventFacts) -> list[FormField]:
    """Return the fields of an event with values to begin from. Raises `FiringError`."""
    return [_field(key, value) for key, value in _sample(name, facts).payload.items()]


def _field(name: str, value: Json) -> FormField:
    if isinstance(value, str):
        return FormField(name, value)
    return FormField(name, json.dumps(value, ensure_ascii=False), json=True)


def filled(name: str, values: Mapping[str, str], facts: EventFacts) -> FiredEvent:
    """Return the event of a form that was filled in; fields that are not in it are left out.

    Raises `FiringError`.
    """
    _check(values)
    sample = _sample(name, facts)
    kept = {key: value for key, value in sample.payload.items() if key in values}
    return FiredEvent(sample.hook, with_values(kept, values), sample.kind, sample.known)


def _check(values: Mapping[str, str]) -> None:
    if len(values) > MOST_FIELDS:
        raise FiringError(f"There are {len(values)} fields. Fire {MOST_FIELDS} at most.")
    for name, value in values.items():
        if len(value) > LONGEST_VALUE:
            raise FiringError(
                f"{name[:50]} has {len(value)} characters. Use {LONGEST_VALUE} at most."
            )


def _sample(name: str, facts: EventFacts) -> FiredEvent:
    if name == CDR:
        return FiredEvent(CDR, sample_cdr(facts))
    if name not in {each.name for each in firable(newer=True)}:
        raise FiringError(f"KAZOO has no webhook {name[:100]!r}. Choose one of the list.")
    return next(iter(events(name, facts)))


def sample_cdr(facts: EventFacts) -> dict[str, Json]:
    """Return the CDR of a leg as KAZOO posts it: that of a call that the switch plays for it."""
    posted: list[bytes] = []

    def answer(request: HttpRequest) -> HttpResponse:
        if request.url == _SINK:
            posted.append(request.body)
        return HttpResponse(200, (("content-type", "text/xml"),), _TWIML)

    flow = pivot_flow(_SERVER, cdr_url=_SINK)
    scenario = Scenario(flow=flow, account_id=facts.account_id)
    for _ in place_call(scenario, answer):
        pass
    return dict(_pairs(posted[-1].decode()))


def _pairs(form: str) -> Iterator[tuple[str, Json]]:
    yield from parse_qsl(form, keep_blank_values=True)


def grouped(hooks: Sequence[HookName]) -> dict[str, list[str]]:
    """Return the names by group, both in the order in which they come."""
    found: dict[str, list[str]] = {}
    for hook in hooks:
        found.setdefault(hook.group, []).append(hook.name)
    return found
