"""Servers that listen to a call: webhooks of its legs, CDRs for a cdr_url, and recordings.

Follows `webhooks_channel_util:base_hook_event/3`, `webhooks_util:fire_hook` and
`pivot_call:handle_cast({cdr, ...})`. Times in payloads are Gregorian seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pivotctl.problems import Mode
from pivotctl.switch.events import (
    Answered,
    Bridged,
    BridgeEnded,
    CallEvent,
    CdrPosted,
    HungUp,
    NotBridged,
    PartyRung,
    RecordingSent,
    Ringing,
    WebhookFired,
)
from pivotctl.switch.http.exchange import (
    FORM,
    ExchangeError,
    HttpRequest,
    Transport,
    exchange,
    post,
    upload,
)
from pivotctl.switch.http.form_encoding import EncodeError, Json, form_text
from pivotctl.switch.player.callflow.transitions import ActionData
from pivotctl.switch.player.channel import Channel
from pivotctl.switch.webhooks.hook import Webhook
from pivotctl.switch.webhooks.hook_request import (
    PAUSE_SECONDS,
    HookFailures,
    hook_request,
    succeeded,
    times,
)
from pivotctl.switch.webhooks.ledger import DeliveryAttempt
from pivotctl.switch.webhooks.payloads import GREGORIAN_OFFSET

_REPEAT_SECONDS = 300
_SUCCESSES = range(200, 300)


@dataclass
class PlayedLeg:
    """One leg of the call; times are those of the simulated call."""

    call_id: str
    other: str | None
    number: str
    created: float
    answered: float | None = None
    ended: float | None = None
    outbound: bool = False


@dataclass
class Listeners:
    """Watches the events of a call, and notifies the servers that listen to it."""

    channel: Channel
    transport: Transport
    began: int = field(default_factory=lambda: int(time.time()))
    cdr_url: str | None = None
    legs: list[PlayedLeg] = field(default_factory=list)
    unsent: list[tuple[HttpRequest, int]] = field(default_factory=list)
    failures: dict[tuple[str, str], HookFailures] = field(default_factory=dict)
    party: tuple[PlayedLeg, float] | None = None

    def begin(self) -> Iterator[CallEvent]:
        """Create the caller's leg."""
        call = self.channel.call
        self.legs.append(PlayedLeg(call.call_id, None, call.to_user, self.channel.now))
        yield from self._fire("channel_create", self.legs[0])

    def react(self, event: CallEvent) -> Iterator[CallEvent]:
        """Notify the servers of `event`."""
        yield from self._party_answers(event.at)
        match event:
            case PartyRung():
                yield from self._party_rung(event)
            case Answered():
                yield from self._answered(self.legs[0], event.at)
            case Ringing():
                for leg in event.legs:
                    yield from self._rung(leg.call_id, leg.target, leg.at)
            case Bridged():
                yield from self._bridged(event)
            case BridgeEnded():
                yield from self._bridge_ended(event)
            case NotBridged():
                yield from self._stop_ringing(event.cause, event.at)
            case HungUp():
                yield from self._stop_ringing("ORIGINATOR_CANCEL", event.at)
                yield from self._end_party(event.at)
                yield from self._ended(self.legs[0], event.cause)

    # The other party of a call of KAZOO's own

    def _party_rung(self, event: PartyRung) -> Iterator[CallEvent]:
        """Create the party's leg; one that does not answer is over at once."""
        leg = PlayedLeg(event.call_id, self.legs[0].call_id, event.target, event.at, outbound=True)
        yield from self._fire("channel_create", leg, event.at)
        if event.cause:
            yield from self._over(leg, event.cause, event.until)
            return
        self.party = (leg, event.until)

    def _party_answers(self, now: float) -> Iterator[CallEvent]:
        """Bridge the party's leg to the one that meets the flow, once it is time."""
        leg, until = self.party or (None, now)
        if leg is None or leg.answered is not None or now < until:
            return
        own = self.legs[0]
        own.other = leg.call_id
        for each in (leg, own):
            yield from self._answered(each, until)
        for each in (own, leg):
            yield from self._fire("channel_bridge", each, until)

    def _end_party(self, now: float) -> Iterator[CallEvent]:
        """End the party's leg with the call; one that still rings stops."""
        if self.party:
            leg, _ = self.party
            cause = "ORIGINATOR_CANCEL" if leg.answered is None else "NORMAL_CLEARING"
            yield from self._over(leg, cause, now)

    def send_recording(
        self, url: str, method: str, media: str, *, again: int = 0
    ) -> Iterator[CallEvent]:
        """Send a recording's file; after a failure it is sent up to `again` more times."""
        request = upload(self._named(url), method, media)
        sent = self._recording_sent(request, self.channel.now)
        yield sent
        if not _stored(sent) and again:
            self.unsent.append((request, again))

    def _named(self, url: str) -> str:
        """Add the call to the URL (`media_recording:handler_fields_for_protocol/3`)."""
        call, mark = self.channel.call, "&" if "?" in url else "?"
        fields = {
            "from": f"{call.from_user}@{call.from_realm}",
            "to": f"{call.to_user}@{call.to_realm}",
            "caller_id_name": call.caller_name,
            "caller_id_number": call.caller_number,
            "call_id": call.call_id,
            "account_id": call.account_id,
        }
        return f"{url}{mark}{form_text(fields)}"

    def repeat_recordings(self) -> Iterator[CallEvent]:
        """Send again, minutes later, what could not be sent (`media_recording.erl`)."""
        for request, again in self.unsent:
            for attempt in range(1, again + 1):
                sent = self._recording_sent(request, self.channel.now + attempt * _REPEAT_SECONDS)
                yield sent
                if _stored(sent):
                    break

    def _recording_sent(self, request: HttpRequest, at: float) -> RecordingSent:
        status = self._send(request)
        url = request.url.partition("?")[0]
        return RecordingSent(at=at, method=request.method, url=url, status=status)

    def fire_action(self, data: ActionData) -> Iterator[CallEvent]:
        """Send the call as form text to the server of a webhook action."""
        url, verb = str(data.get("uri") or ""), str(data.get("http_verb") or "post")
        if not url:
            return
        retries, own = int(data.get("retries") or 2), data.get("custom_data") or {}
        headers = data.get("custom_request_headers") or {}
        hook_id = str(self._timestamp(self.channel.now))
        document = Webhook(url, verb, retries=retries, custom_data=own, headers=headers, id=hook_id)
        yield from self._deliver("webhook", document, self._call(), self.channel.now)

    def _call(self) -> dict[str, Json]:
        """Return the call's fields in snake case, without KAZOO's internal ones."""
        call = self.channel.call
        return {
            "account_id": call.account_id,
            "call_id": call.call_id,
            "caller_id_name": call.caller_name,
            "caller_id_number": call.caller_number,
            "custom_application_vars": call.application_vars,
            "from": f"{call.from_user}@{call.from_realm}",
            "from_realm": call.from_realm,
            "from_user": call.from_user,
            "language": call.language,
            "request": f"{call.request_user}@{call.request_realm}",
            "request_realm": call.request_realm,
            "request_user": call.request_user,
            "to": f"{call.to_user}@{call.to_realm}",
            "to_realm": call.to_realm,
            "to_user": call.to_user,
        }

    def _answered(self, leg: PlayedLeg, at: float) -> Iterator[CallEvent]:
        if leg.answered is None:
            leg.answered = at
            yield from self._fire("channel_answer", leg)

    def _rung(self, call_id: str, target: str, at: float) -> Iterator[CallEvent]:
        leg = PlayedLeg(call_id, self.legs[0].call_id, target, at, outbound=True)
        self.legs.append(leg)
        yield from self._fire("channel_create", leg, at)

    def _stop_ringing(self, cause: str, at: float) -> Iterator[CallEvent]:
        """End the legs that were not answered; pivot does not listen to them."""
        for leg in self.legs[1:]:
            if leg.answered is None and leg.ended is None:
                yield from self._over(leg, cause, at)

    def _bridged(self, event: Bridged) -> Iterator[CallEvent]:
        """Bridge the leg that answered to the caller's; the others stop ringing."""
        caller = self.legs[0]
        if all(leg.call_id != event.call_id for leg in self.legs):
            yield from self._rung(event.call_id, event.target, event.at)
        leg = next(leg for leg in self.legs if leg.call_id == event.call_id)
        yield from self._answered(leg, event.at)
        yield from self._stop_ringing("LOSE_RACE", event.at)
        yield from self._answered(caller, event.at)
        caller.other = leg.call_id
        for each in (caller, leg):
            yield from self._fire("channel_bridge", each)

    def _bridge_ended(self, event: BridgeEnded) -> Iterator[CallEvent]:
        """End the leg that was bridged."""
        leg = next(leg for leg in self.legs if leg.call_id == event.call_id)
        yield from self._ended(leg, "NORMAL_CLEARING", event.at)

    def _ended(self, leg: PlayedLeg, cause: str, at: float | None = None) -> Iterator[CallEvent]:
        end, scenario = self.channel.now if at is None else at, self.channel.scenario
        yield from self._over(leg, cause, end)
        heard = scenario.post_cdrs and not (scenario.mode is Mode.K5 and leg.outbound)
        if self.cdr_url and heard:
            yield self._post_cdr(self.cdr_url, leg, end, cause)

    def _over(self, leg: PlayedLeg, cause: str, end: float) -> Iterator[CallEvent]:
        leg.ended = end
        self._report("channel_destroy", self._stored(leg, end, cause))
        if self.channel.scenario.post_cdrs:
            yield from self._fire("channel_destroy", leg, end, self._durations(leg, end, cause))

    def _report(self, hook: str, event: Mapping[str, Json]) -> None:
        if ledger := self.channel.scenario.ledger:
            ledger.happened(hook, event)

    def _stored(self, leg: PlayedLeg, end: float, cause: str) -> dict[str, Json]:
        """Return the event of a leg's end, from which KAZOO's cdr app makes the CDR."""
        record = self._record(leg, end, cause).items()
        event = {name.lower().replace("-", "_"): value for name, value in record if value != {}}
        known = self._payload("channel_destroy", leg, end)
        whole = known | event | self._durations(leg, end, cause)
        root = self.legs[0]
        interaction = self._timestamp(root.created)
        return whole | {"bridge_id": root.call_id, "interaction_time": interaction}

    def _durations(self, leg: PlayedLeg, end: float, cause: str) -> dict[str, Json]:
        answered = end if leg.answered is None else leg.answered
        return {
            "hangup_cause": cause,
            "hangup_code": _CODES.get(cause, "sip:200"),
            "duration_seconds": round(end - leg.created),
            "ringing_seconds": round(answered - leg.created),
            "billing_seconds": round(end - answered),
        }

    def _fire(
        self,
        hook: str,
        leg: PlayedLeg,
        at: float | None = None,
        more: dict[str, Json] | None = None,
    ) -> Iterator[CallEvent]:
        at = self.channel.now if at is None else at
        payload = {**self._payload(hook, leg, at), **(more or {})}
        if hook != "channel_destroy":
            self._report(hook, payload)
        for document in self._listening(hook):
            yield from self._deliver(hook, document, payload, at)

    def _listening(self, hook: str) -> Iterator[Webhook]:
        """Yield the webhooks of the call for *hook*, and those for all hooks."""
        for name in (hook, "all"):
            found = self.channel.scenario.webhooks.get(name, ())
            if isinstance(found, tuple):
                yield from found
            else:
                yield Webhook(found) if isinstance(found, str) else found

    def _deliver(
        self, hook: str, document: Webhook, event: Mapping[str, Json], at: float
    ) -> Iterator[CallEvent]:
        """Send a webhook, again after two seconds without an answer, and count its failures."""
        call, scenario = self.channel.call, self.channel.scenario
        now = self._timestamp(self.channel.now)
        try:
            request = hook_request(document, event, call.account_id, scenario.mode, now)
        except EncodeError:
            return
        failures = self.failures.setdefault((hook, document.url), HookFailures())
        for left in reversed(range(times(document))):
            if failures.disabled(at) or document.id in self._disabled:
                return
            status = self._send(request)
            off = not succeeded(document.verb, status) and failures.note(at)
            self._attempted(hook, document, status, left)
            yield WebhookFired(at=at, hook=hook, url=document.url, status=status, disabled=off)
            if status:
                return
            at += PAUSE_SECONDS

    @cached_property
    def _disabled(self) -> frozenset[str]:
        """The hooks that KAZOO had disabled before the call."""
        ledger = self.channel.scenario.ledger
        return ledger.disabled() if ledger else frozenset()

    def _attempted(self, hook: str, document: Webhook, status: int, left: int) -> None:
        """Report a delivery to the ledger, at the real time."""
        if ledger := self.channel.scenario.ledger:
            url, verb = document.url, document.verb
            good = succeeded(verb, status)
            ledger.attempted(
                DeliveryAttempt(document.id, hook, url, verb, status, good, time.time(), left)
            )

    def _payload(self, hook: str, leg: PlayedLeg, at: float) -> dict[str, Json]:
        call = self.channel.call
        payload: dict[str, Json] = {
            "account_id": call.account_id,
            "call_direction": "outbound" if leg.outbound else "inbound",
            "call_id": leg.call_id,
            "callee_id_number": leg.number if leg.outbound else None,
            "caller_id_name": call.caller_name,
            "caller_id_number": call.caller_number,
            "custom_application_vars": call.application_vars or None,
            "emergency_resource_used": False,
            "from": f"{call.from_user}@{call.from_realm}",
            "local_resource_used": True,
            "is_internal_leg": False,
            "other_leg_call_id": leg.other,
            "timestamp": self._timestamp(at),
            "to": f"{leg.number}@{call.to_realm}",
            "hook_event": hook,
            **_endpoint(leg),
        }
        if self.channel.scenario.mode is Mode.K5:
            payload["request"] = f"{call.request_user}@{call.request_realm}"
            payload["custom_sip_headers"] = call.sip_headers or None
        if hook == "channel_bridge":
            payload["original_number"] = call.to_user
            payload["other_leg_destination_number"] = leg.number if leg.outbound else call.to_user
        return {key: value for key, value in payload.items() if value is not None}

    def _timestamp(self, at: float) -> int:
        return self.began + round(at) + GREGORIAN_OFFSET

    def _microseconds(self, leg: PlayedLeg) -> int:
        """Return the leg's creation in Unix microseconds; no two legs have the same."""
        return (self.began + round(leg.created)) * 1_000_000 + self._position(leg)

    def _position(self, leg: PlayedLeg) -> int:
        """Return the position of a leg among those of the call; the party's comes last."""
        return self.legs.index(leg) if leg in self.legs else len(self.legs)

    def _post_cdr(self, url: str, leg: PlayedLeg, end: float, cause: str) -> CdrPosted:
        record = self._record(leg, end, cause)
        status = self._send(post(url, form_text(record), FORM))
        return CdrPosted(at=end, leg="B" if leg.outbound else "A", url=url, status=status)

    def _record(self, leg: PlayedLeg, end: float, cause: str) -> dict[str, Json]:
        """Return the CDR of a leg as KAZOO posts it, without Call-ID, Account-ID, and others."""
        call = self.channel.call
        durations = self._durations(leg, end, cause)
        record: dict[str, Json] = {
            "Billing-Seconds": durations["billing_seconds"],
            "Call-Direction": "outbound" if leg.outbound else "inbound",
            "Caller-Destination-Number": leg.number,
            "Caller-ID-Name": call.caller_name,
            "Caller-ID-Number": call.caller_number,
            "Channel-Created-Time": self._microseconds(leg),
            "Custom-Application-Vars": call.application_vars,
            "Custom-SIP-Headers": call.sip_headers,
            "Disposition": "ANSWER" if leg.answered is not None else "CANCEL",
            "Duration-Seconds": durations["duration_seconds"],
            "From": f"{call.from_user}@{call.from_realm}",
            "Hangup-Cause": cause,
            "Hangup-Code": durations["hangup_code"],
            "Media-Server": "fs1.voip.example",
            "Request": f"{leg.number}@{call.to_realm}",
            "Ringing-Seconds": durations["ringing_seconds"],
            "Switch-Hostname": "fs1.voip.example",
            "Timestamp": self._timestamp(end),
            "To": f"{leg.number}@{call.to_realm}",
        }
        return record | ({"Other-Leg-Call-ID": leg.other} if leg.other else {})

    def _send(self, request: HttpRequest) -> int:
        try:
            return exchange(request, self.transport).status
        except ExchangeError:
            return 0


def _endpoint(leg: PlayedLeg) -> dict[str, Json]:
    """Return the owner of the phone that a called leg rings (`kz_endpoint.erl`)."""
    kind, _, name = leg.number.partition(" ")
    key = {"user": "owner_id", "device": "authorizing_id"}.get(kind)
    return {key: name, "authorizing_type": "device"} if key else {}


_CODES = {
    "CALL_REJECTED": "sip:603",
    "LOSE_RACE": "sip:487",
    "NO_ANSWER": "sip:480",
    "ORIGINATOR_CANCEL": "sip:487",
    "USER_BUSY": "sip:486",
}


def _stored(sent: RecordingSent) -> bool:
    return sent.status in _SUCCESSES
