"""Switches of an account: the state that staff set by phone, set here instead.

The fields and texts are those of the templates `emergency_closure` and `office_hours`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode

from entry_changes import (
    UNAVAILABLE,
    Changes,
    Difference,
    Review,
    begun,
    refused,
    settle,
    version,
)
from form import Form
from pages import error, shown
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from accounts import AccountError, Chosen, chosen, require
from pivotkit.core.errors import StateUnavailable
from pivotkit.core.speech import MAX_SPOKEN, spoken
from pivotkit.store.directory import Directory, Entry

KIND = "switch"
CLOSURE, OFFICE = "emergency_closure", "office_hours"
MODES = {
    "on schedule": "follow the hours",
    "open": "open, whatever the hours",
    "closed": "closed, whatever the hours",
}
STATES = {"open": "open", "closed": "closed"}
UNKNOWN_STATE = "must be one of {}"
NO_REASON = "must have letters or digits that can be spoken: without a reason the office is open"
UNSPEAKABLE = f"must have at most {MAX_SPOKEN} characters, and only letters, digits, and . , ' -"


class Switch(NamedTuple):
    """A switch on the page: its name, its state, the reason of a closure, and its fault."""

    name: str
    state: str
    states: Mapping[str, str]
    version: str
    reason: str = ""
    fault: str = ""
    review: Review | None = None

    @classmethod
    def stored(cls, name: str, entry: Entry | None) -> "Switch":
        """The switch as callers find it."""
        fields = entry or {}
        if name == CLOSURE:
            reason = spoken(str(fields.get("reason", "")))
            return cls(name, "closed" if reason else "open", STATES, version(entry), reason)
        mode = str(fields.get("mode", ""))
        return cls(name, mode if mode in MODES else "on schedule", MODES, version(entry))

    @property
    def words(self) -> str:
        """The state, in words."""
        return f"closed {self.reason}" if self.reason else self.states[self.state]

    def sent(self, form: Form) -> "Switch":
        """The switch as a form sets it, with the rule that it breaks."""
        state = form.text("state")
        if state not in self.states:
            return self._replace(fault=UNKNOWN_STATE.format(", ".join(self.states)))
        closed = self.name == CLOSURE and state == "closed"
        reason = " ".join(form.text("reason").split()) if closed else ""
        fault = _fault(reason) if closed else ""
        return self._replace(state=state, reason=reason, fault=fault)

    def entry(self, old: Entry | None) -> Entry:
        """The entry to store."""
        field = {"reason": self.reason} if self.name == CLOSURE else {"mode": self.state}
        return {**(old or {}), **field}


async def switches(request: Request) -> Response:
    """Show the switches of an account."""
    try:
        account = chosen(request)
        return _page(request, account, _stored(account) if account.account_id else {})
    except AccountError as refusal:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)


async def set_switch(request: Request) -> Response:
    """Show what setting a switch changes, and set it once that is confirmed."""
    form = await Form.of(request)
    try:
        account = require(request.state.viewer, form.text("account"))
        if not account.account_id or form.text("key") not in (CLOSURE, OFFICE):
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        return _set(request, account, form)
    except AccountError as refusal:
        return error(HTTPStatus.FORBIDDEN, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)


def _set(request: Request, account: Chosen, form: Form) -> Response:
    stored = _stored(account)
    name = form.text("key")
    old = stored[name]
    before = Switch.stored(name, old)
    sent = before.sent(form)
    review: Review | None = refused()
    if not sent.fault:
        found = () if sent == before else (Difference(name, before.words, sent.words),)
        about = f"{name}: {sent.words}"
        each = {name: (old, sent.entry(old))}
        review = settle(request, form, Changes(account, KIND, each, found, about, before.version))
    if review:
        sent = sent._replace(review=review, version=begun(form, old, review))
        return _page(request, account, stored, sent)
    query = urlencode({"account": account.account_id, "saved": ""})
    return RedirectResponse(f"/entries/switches?{query}", HTTPStatus.SEE_OTHER)


def _stored(account: Chosen) -> dict[str, Entry | None]:
    """The entries of both switches."""
    entries = Directory(KIND).of(account)
    return {name: entries.get(name) for name in (CLOSURE, OFFICE)}


def _fault(reason: str) -> str:
    """The rule that a reason breaks, or ''."""
    if not spoken(reason):
        return NO_REASON
    return UNSPEAKABLE if spoken(reason) != reason else ""


def _page(
    request: Request,
    account: Chosen,
    stored: Mapping[str, Entry | None],
    changed: Switch | None = None,
) -> Response:
    every = [Switch.stored(name, entry) for name, entry in stored.items()]
    return shown(
        request,
        "switches.html",
        status=changed.review.status if changed and changed.review else HTTPStatus.OK,
        account=account.account_id,
        switches=[changed if changed and each.name == changed.name else each for each in every],
        saved="saved" in request.query_params,
    )
