"""The events that a played call tells the ledger, and nobody else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest

from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.switch.events import CdrPosted, WebhookFired
from pivotctl.switch.http.exchange import HttpRequest, HttpResponse
from pivotctl.switch.http.form_encoding import Json, form_text
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import Mode, Scenario, pivot_flow
from pivotctl.switch.webhooks.hook import Webhook
from pivotctl.switch.webhooks.hook_request import hook_request
from pivotctl.switch.webhooks.payloads import (
    GREGORIAN_OFFSET,
    EventFacts,
    FiredEvent,
    cdrs,
    events,
    names,
)
from pivotkit.core.errors import Unauthorized
from pivotkit.core.gregorian import GREGORIAN_EPOCH
from pivotkit.events.envelope import HookSecrets
from pivotkit.http.parameters import Parameters, read_json
from tests.unit.switch.ledgers import Ledger
from tests.unit.switch.servers import EVENTS, URL, Server, as_xml

NOW = 63_957_200_000


def dialled(ledger: Ledger, **more: object) -> Scenario:
    """A call that TwiML bridges, with a hook for its beginning and its end, and a cdr_url."""
    stored = pivot_flow(URL, req_format="twiml", cdr_url=f"{EVENTS}cdr")
    hooks = {
        name: Webhook(f"{EVENTS}{name}", id=name) for name in ("channel_create", "channel_destroy")
    }
    return Scenario(flow=stored, webhooks=hooks, ledger=ledger, **more)  # type: ignore[arg-type]


def answering() -> Server:
    """A server that bridges the caller."""
    return Server([as_xml("<Dial>+14155550123</Dial><Hangup/>")])


def test_the_ledger_hears_of_every_event_of_both_legs() -> None:
    """Create, answer, bridge and destroy; the end carries what a CDR needs."""
    ledger = Ledger()
    list(place_call(dialled(ledger), answering()))
    told = [hook for hook, _ in ledger.events]
    assert sorted(told) == sorted(
        f"channel_{each}" for each in ("create", "answer", "bridge", "destroy") for _ in range(2)
    )
    ends = [event for hook, event in ledger.events if hook == "channel_destroy"]
    assert len({(end["bridge_id"], end["interaction_time"]) for end in ends}) == 1
    assert all(end["timestamp"] > GREGORIAN_OFFSET and end["request"] for end in ends)
    assert {each.status for each in ledger.attempts} == {200}


def test_a_cdr_alone_has_the_fields_of_a_played_calls() -> None:
    """A delivery without a played call has the same facts, and its legs come in the same order."""
    server = answering()
    list(place_call(dialled(Ledger()), server))
    posted = [each.body.decode() for each in server.requests if each.url == f"{EVENTS}cdr"]
    alone = [form_text(each) for each in cdrs(EventFacts(ACCOUNT_ID, NOW))]
    assert [_told(each) for each in alone] == [_told(each) for each in posted]


def _told(form: str) -> tuple[set[str], str]:
    """The names in a form, without those of the caller's own variables; and the leg."""
    fields = dict(parse_qsl(form))
    own = "Custom-Application-Vars["
    return {name for name in fields if not name.startswith(own)}, fields["Call-Direction"]


def test_without_posts_only_the_ledger_hears_the_end() -> None:
    """Nothing goes to the cdr_url, and no channel_destroy is fired."""
    ledger = Ledger()
    played = list(place_call(dialled(ledger, post_cdrs=False), answering()))
    assert not [each for each in played if isinstance(each, CdrPosted)]
    fired = {each.hook for each in played if isinstance(each, WebhookFired)}
    assert fired == {"channel_create"}
    assert [hook for hook, _ in ledger.events].count("channel_destroy") == 2


def test_a_hook_that_was_disabled_before_is_not_fired() -> None:
    """A hook that earlier calls or `pivotctl fire` disabled is disabled for this call, too."""
    ledger = Ledger(off=frozenset({"channel_create"}))
    played = place_call(dialled(ledger), answering())
    fired = {each.hook for each in played if isinstance(each, WebhookFired)}
    assert fired == {"channel_destroy"}


def test_failed_deliveries_are_on_the_books() -> None:
    """A status other than 200 is a failure, under the hook's id."""
    ledger, server = Ledger(), answering()

    def refusing(request: HttpRequest) -> HttpResponse:
        return HttpResponse(503) if "channel_create" in request.url else server(request)

    list(place_call(dialled(ledger), refusing))
    failed = [each for each in ledger.attempts if not each.succeeded]
    assert [(each.hook_id, each.status) for each in failed] == [("channel_create", 503)] * 2


def signed() -> Iterator[FiredEvent]:
    """Every event that a hook's document can ask to be signed."""
    for name in set(names()) - {"callflow", "everything"}:
        yield from events(name, EventFacts(ACCOUNT_ID, NOW, newer=True))


def test_the_layer_takes_what_the_switch_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event of KAZOO 5 in version 2 passes with its secret, and with no other."""
    monkeypatch.setattr(time, "time", lambda: NOW - GREGORIAN_EPOCH)
    hook = Webhook(URL, body_format="json", version="v2", sha256_key="one")
    for event in signed():
        body = hook_request(hook, event.payload, ACCOUNT_ID, Mode.K5, NOW).body
        found = Parameters()
        read_json(body, found)
        values: dict[str, Json] = dict(found.values)
        assert values["name"]
        HookSecrets("two one").require(values, body)
        with pytest.raises(Unauthorized):
            HookSecrets("two").require(values, body)
