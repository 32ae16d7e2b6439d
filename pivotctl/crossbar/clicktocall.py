"""Click-to-call: its documents, the outcomes of its calls, and their history.

Follows `cb_clicktocall.erl` and the schema `clicktocall.json`. KAZOO calls the first party, and
waits 20 seconds for the result, which goes into the history. If the extension has a callflow, the
switch plays it to the contact (`placed_calls`). Otherwise the extension is a phone: the call ends
as soon as it is answered, and leaves a CDR for each party.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from urllib.parse import quote

from pivotctl.crossbar.accounts import ACCOUNT_ID, REALM
from pivotctl.crossbar.envelope import (
    CrossbarRefusal,
    CrossbarRequest,
    bad_identifier,
    merged,
    public_fields,
    validation,
)
from pivotctl.crossbar.filters import matches
from pivotctl.crossbar.numbers import normalized
from pivotctl.crossbar.paging import ServedPage, page, time_range
from pivotctl.crossbar.phones import Phones
from pivotctl.crossbar.placed_calls import PlacedCall, PlacedCalls
from pivotctl.crossbar.validation import Validation
from pivotctl.reader.schemas import folder
from pivotctl.switch.player.channel import CAUSES
from pivotctl.switch.scenario import OtherParty
from pivotctl.switch.world import Rung

CLICK_TO_CALL = "c11c70ca11000000000000000000ca11"
"""A document that the local account has from the start."""

RESULT_SECONDS = 20
"""Seconds that KAZOO waits for the result of a call, whatever its `timeout`."""

RING_SECONDS = 30
"""Default of `timeout`."""

_DEFAULTS: Mapping[str, Any] = {"auth_required": True}

type ClickToCallDocument = dict[str, Any]


@dataclass
class _Result:
    """The result of a call, which goes into the *history* of the click-to-call *button*."""

    history: list[tuple[str, dict[str, Any]]]
    button: str
    contact: str
    now: int
    entry: dict[str, Any] = field(default_factory=dict)
    is_known: Event = field(default_factory=Event)

    def __call__(self, result: Mapping[str, str]) -> None:
        """Note the result."""
        about = {"timestamp": self.now, "contact": self.contact, "id": secrets.token_hex(16)}
        self.entry = {**about, **result}
        self.history.append((self.button, self.entry))
        self.is_known.set()

    def awaited(self) -> dict[str, Any]:
        """Return the entry of the history, once it is there."""
        self.is_known.wait(RESULT_SECONDS)
        return self.entry


@dataclass
class ClickToCalls:
    """Documents by account and ID, and the results of their calls."""

    phones: Phones
    calls: PlacedCalls
    validation: Validation = field(default_factory=lambda: Validation(folder()))
    _documents: dict[tuple[str, str], ClickToCallDocument] = field(default_factory=dict)
    _history: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._documents[ACCOUNT_ID, CLICK_TO_CALL] = {
            "auth_required": True,
            "custom_application_vars": {},
            "dial_first": "contact",
            "extension": "6081",
            "id": CLICK_TO_CALL,
            "name": "Callbacks",
            "timeout": 18,
        }

    def listing(self, request: CrossbarRequest, account: str) -> ServedPage[Any]:
        """`GET clicktocall`: ID, name, and extension of each."""
        shown = ("id", "name", "extension")
        found = sorted(
            key
            for key, document in self._documents.copy().items()
            if key[0] == account and matches(document, request.query)
        )
        rows = ({name: self._documents[key][name] for name in shown} for key in found)
        ascending = CrossbarRequest("GET", "", {"ascending": "true", **request.query})
        return page(ascending, (((row["id"],), row) for row in rows))

    def create(self, account: str, data: Mapping[str, Any]) -> ClickToCallDocument:
        """`PUT clicktocall`. Raises `CrossbarRefusal`."""
        return self._keep(account, secrets.token_hex(16), data)

    def one(self, account: str, identifier: str) -> ClickToCallDocument:
        """`GET clicktocall/ID`. Raises `CrossbarRefusal`."""
        if (account, identifier) not in self._documents:
            raise bad_identifier(identifier)
        return self._documents[account, identifier]

    def replace(
        self, account: str, identifier: str, data: Mapping[str, Any]
    ) -> ClickToCallDocument:
        """`POST clicktocall/ID`. Raises `CrossbarRefusal`."""
        self.one(account, identifier)
        return self._keep(account, identifier, data)

    def merge(self, account: str, identifier: str, data: Mapping[str, Any]) -> ClickToCallDocument:
        """`PATCH clicktocall/ID`: null removes a value. Raises `CrossbarRefusal`."""
        return self._keep(account, identifier, merged(self.one(account, identifier), data))

    def delete(self, account: str, identifier: str) -> ClickToCallDocument:
        """`DELETE clicktocall/ID`. Raises `CrossbarRefusal`."""
        document = self.one(account, identifier)
        del self._documents[account, identifier]
        return document

    def needs_token(self, account: str, identifier: str) -> bool:
        """Whether connecting needs a token; a missing document does."""
        document = self._documents.get((account, identifier), _DEFAULTS)
        return bool(document["auth_required"])

    def connect(self, account: str, identifier: str, request: CrossbarRequest, now: int) -> Any:
        """`connect`: the originate request, or its result if blocking. Raises `CrossbarRefusal`."""
        document = self.one(account, identifier)
        contact = _contact(document, request)
        blocking = _blocking(request.value("blocking"))
        originated = originate(account, document, contact, request)
        noted = _Result(self._history, identifier, contact, now)
        if call := self._placed(account, document, contact, originated):
            self._place(call, document, noted)
        else:
            call_id = originated["outbound_call_id"]
            noted(self._ring(account, document, contact, call_id, now))
        return noted.awaited() if blocking else originated

    def _placed(
        self,
        account: str,
        document: ClickToCallDocument,
        contact: str,
        originated: Mapping[str, Any],
    ) -> PlacedCall | None:
        """Return the call to the extension's callflow, or None if it has none."""
        extension = normalized(document["extension"])
        flow = self.calls.callflow(account, extension)
        if flow is None:
            return None
        return PlacedCall(
            account,
            originated["outbound_call_id"],
            flow,
            extension,
            OtherParty(
                contact,
                self.calls.rung(account, contact),
                _order(document, contact)[0] == contact,
                document.get("timeout", RING_SECONDS),
            ),
            document.get("caller_id_number") or contact,
            originated["custom_application_vars"],
        )

    def _place(self, call: PlacedCall, document: ClickToCallDocument, noted: _Result) -> None:
        """Play a call in the background, and note the result of the party that is rung first."""
        success = {"call_id": call.call_id, "result": "success"}
        rung = call.party.rung
        if call.party.is_first:
            failed = rung is not Rung.ANSWERED
            noted({"result": "error", "cause": _cause(document, rung)} if failed else success)

        def settled(cause: str) -> None:
            if not call.party.is_first:
                noted({"result": "error", "cause": cause} if cause else success)

        self.calls.start(call, settled)

    def _ring(
        self, account: str, document: ClickToCallDocument, contact: str, call_id: str, now: int
    ) -> dict[str, str]:
        """Ring one party, then the other; return the result of the first."""
        first, second = _order(document, contact)
        rung = self.phones.ring(account, first, call_id, now)
        if rung is not Rung.ANSWERED:
            return {"result": "error", "cause": _cause(document, rung)}
        self.phones.ring(account, second, call_id, now)
        return {"call_id": call_id, "result": "success"}

    def history(
        self, request: CrossbarRequest, account: str, identifier: str, now: int
    ) -> ServedPage[Any]:
        """`GET clicktocall/ID/history`, newest first. Raises `CrossbarRefusal`."""
        self.one(account, identifier)
        period = time_range(request, now)
        kept = [entry for button, entry in list(self._history) if button == identifier]
        keyed = (((entry["timestamp"], number), entry) for number, entry in enumerate(kept))
        return page(request, (each for each in keyed if period.holds(each[1]["timestamp"])))

    def _keep(self, account: str, identifier: str, data: Mapping[str, Any]) -> ClickToCallDocument:
        checked = self.validation.checked("clicktocall", public_fields(data))
        document = {**checked, "id": identifier}
        self._documents[account, identifier] = document
        return document


def originate(
    account: str, document: ClickToCallDocument, contact: str, request: CrossbarRequest
) -> dict[str, Any]:
    """Return the originate request, as in KAZOO's answer (`build_originate_req/2`)."""
    first, second = _order(document, contact)
    call_id = f"c2c-{document['id']}-{secrets.token_hex(5)}"
    variables = request.data.get("custom_application_vars") or {}
    return {
        "application_name": "transfer",
        "application_data": {"route": second},
        "continue_on_fail": True,
        "custom_application_vars": {**variables, **request.query},
        "custom_channel_vars": {
            "account_id": account,
            "authorizing_id": document["id"],
            "authorizing_type": "clicktocall",
        },
        "dial_endpoint_method": "single",
        "endpoints": [
            {"invite_format": "loopback", "route": first, "to_did": first, "to_realm": REALM}
        ],
        "ignore_early_media": True,
        "origination_call_id": call_id,
        "outbound_call_id": call_id,
        "timeout": document.get("timeout", RING_SECONDS),
    }


def _order(document: ClickToCallDocument, contact: str) -> tuple[str, str]:
    """Return the party to ring first, and the one to connect it to."""
    extension = normalized(document["extension"])
    both = (extension, contact)
    return both if document.get("dial_first", "extension") == "extension" else both[::-1]


def _contact(document: ClickToCallDocument, request: CrossbarRequest) -> str:
    """Return the number to call. KAZOO URL-encodes it first, which breaks a plus sign."""
    contact = request.value("contact")
    if not contact:
        text = "The contact extension for this click to call has not been set"
        raise validation("contact", "required", text)
    found = normalized(quote(str(contact), safe=""))
    whitelist: Sequence[str] = document.get("whitelist", ())
    if whitelist and not any(re.search(pattern, found) for pattern in whitelist):
        raise CrossbarRefusal(400, "Contact doesn't match whitelist", found)
    return found


def _blocking(value: Any) -> bool:
    """Whether to answer with the result; text matches no clause, and crashes KAZOO."""
    if value not in (None, "", False, True):
        raise CrossbarRefusal(500, "unspecified_fault")
    return value is True or value == ""


def _cause(document: ClickToCallDocument, rung: Rung) -> str:
    """Return the cause of a first party that did not answer, or `timed out`."""
    if rung is Rung.NO_RESOURCES:
        return "no resources"
    rings = document.get("timeout", RING_SECONDS)
    if rung is Rung.NO_ANSWER and rings >= RESULT_SECONDS:
        return "timed out"
    return CAUSES[rung][0]
