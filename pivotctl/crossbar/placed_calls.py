"""Calls that Crossbar places: the switch plays the callflow of a number to the other party.

A call is played in the background, as KAZOO places it after its answer. It has two legs: one that
meets the callflow, and that of the other party. Both fire the account's webhooks, and leave CDRs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from pivotctl.crossbar.accounts import Accounts
from pivotctl.crossbar.documents import Documents, StoredDocument
from pivotctl.crossbar.hooks import Hooks
from pivotctl.crossbar.phones import Phones, is_carried
from pivotctl.switch.events import Answered, Bridged, CallEvent, HungUp
from pivotctl.switch.http.exchange import Transport, send
from pivotctl.switch.http.form_encoding import Json
from pivotctl.switch.narration import lines
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import OtherParty, Scenario
from pivotctl.switch.webhooks.hook import Webhook
from pivotctl.switch.webhooks.ledger import CallLedger
from pivotctl.switch.world import Rung, World

_OWN = re.compile(r"https?://(?:127\.0\.0\.1|localhost)(?::\d+)?")
_KEPT = 100
_TO_CARRIERS: Mapping[str, Any] = {"module": "resources", "data": {}, "children": {}}
"""The flow of a number that is no account's own (`no_match`)."""


@dataclass(frozen=True)
class PlacedCall:
    """A call of Crossbar's own: the *flow* of a *number*, and the party that meets it."""

    account_id: str
    call_id: str
    flow: Mapping[str, Any]
    number: str
    party: OtherParty
    caller: str
    variables: Mapping[str, Json]


@dataclass
class PlacedCalls:
    """Plays calls. `played` has the events of the latest ones by Call-ID; `show` gets them as text.

    `clock` returns Unix seconds.
    """

    documents: Documents
    accounts: Accounts
    hooks: Hooks
    phones: Phones
    ledger: CallLedger
    clock: Callable[[], float]
    transport: Transport = send
    show: Callable[[str], None] = lambda _line: None
    played: dict[str, list[CallEvent]] = field(default_factory=dict)
    _running: list[Thread] = field(default_factory=list)

    def callflow(self, account: str, number: str) -> Mapping[str, Any] | None:
        """Return the flow of the account's callflow for *number*, by number or pattern."""
        found = self.documents.of(account, "callflows")
        by_number = (each for each in found if number in each.data.get("numbers", ()))
        by_pattern = (each for each in found if _has_pattern(each, number))
        callflow = next(by_number, None) or next(by_pattern, None)
        flow = callflow.data.get("flow") if callflow else None
        return flow if isinstance(flow, Mapping) else None

    def dialed(self, account: str, number: str) -> Mapping[str, Any] | None:
        """Return the flow that a call to *number* meets: its callflow, or that to the carriers."""
        return self.callflow(account, number) or (_TO_CARRIERS if number.startswith("+") else None)

    def rung(self, account: str, number: str) -> Rung:
        """Ring a number or extension, and return the outcome; numbers need a carrier."""
        if number.startswith("+") and not is_carried(self.documents, account, number):
            return Rung.NO_RESOURCES
        return self.phones.outcome(number)

    def start(self, call: PlacedCall, settled: Callable[[str], None]) -> None:
        """Play *call* in the background.

        *settled* is called with the hangup cause of a flow that does not answer, or '' once it has.
        """
        thread = Thread(target=self._play, args=(call, settled), daemon=True, name="placed call")
        self._running = [each for each in self._running if each.is_alive()] + [thread]
        thread.start()

    def finish(self, seconds: float = 30.0) -> None:
        """Wait for the end of all calls, *seconds* for each."""
        for each in self._running:
            each.join(seconds)

    def _play(self, call: PlacedCall, settled: Callable[[str], None]) -> None:
        events = self.played.setdefault(call.call_id, [])
        for old in list(self.played)[:-_KEPT]:
            self.played.pop(old, None)
        for event in _settling(place_call(self._scenario(call), self.transport), settled):
            events.append(event)
            for line in lines(event):
                self.show(f"call of {call.number}  {line}")

    def _scenario(self, call: PlacedCall) -> Scenario:
        callflows = self.documents.of(call.account_id, "callflows")
        flows = {each.id: each.data["flow"] for each in callflows if "flow" in each.data}
        return Scenario(
            flow=call.flow,
            caller=call.caller,
            caller_name=call.caller,
            called=call.number,
            realm=self._realm(call.account_id),
            account_id=call.account_id,
            call_id=call.call_id,
            press=self.phones.keys.get(call.party.number, ()),
            world=self._world(call, callflows, flows),
            variables=call.variables,
            webhooks=self._webhooks(call.account_id),
            own_origins=frozenset(_OWN.findall(json.dumps([call.flow, *flows.values()]))),
            ledger=self.ledger,
            party=call.party,
        )

    def _realm(self, account: str) -> str:
        known = (each.realm for each in self.accounts.all() if each.id == account)
        return next(known, "acme.sip.example")

    def _world(
        self, call: PlacedCall, callflows: list[StoredDocument], flows: Mapping[str, Any]
    ) -> World:
        """Return the account's documents, as far as a flow uses them."""
        outcomes = dict(self.phones.outcomes)
        carried = is_carried(self.documents, call.account_id, call.number)
        boxes = self.documents.of(call.account_id, "vmboxes")
        return World(
            endpoints=outcomes,
            carriers=outcomes if carried else {**outcomes, call.number: (Rung.NO_RESOURCES,)},
            mailboxes={each.id: str(each.data.get("name", "")) for each in boxes},
            callflows=flows,
            extensions={
                number: each.id for each in callflows for number in each.data.get("numbers", ())
            },
        )

    def _webhooks(self, account: str) -> Mapping[str, tuple[Webhook, ...]]:
        """Return the webhooks of the account, and those of accounts above for it, by hook."""
        above = next((each.tree for each in self.accounts.all() if each.id == account), ())
        found: dict[str, tuple[Webhook, ...]] = {}
        for each in self.hooks.documents(self.clock()):
            is_above = each.account_id in above and each.include_subaccounts
            if each.enabled and (each.account_id == account or is_above):
                found[each.hook] = (*found.get(each.hook, ()), each.webhook)
        return found


def _has_pattern(callflow: StoredDocument, number: str) -> bool:
    """Whether a pattern of a callflow matches; KAZOO skips one that is no regular expression."""
    for pattern in callflow.data.get("patterns", ()):
        try:
            if re.search(pattern, number):
                return True
        except re.error:
            continue
    return False


def _settling(events: Iterator[CallEvent], settled: Callable[[str], None]) -> Iterator[CallEvent]:
    """Yield *events*, and report whether the flow has answered, once."""
    is_settled = False
    for event in events:
        if not is_settled and isinstance(event, Answered | Bridged | HungUp):
            is_settled = True
            settled(event.cause if isinstance(event, HungUp) else "")
        yield event
