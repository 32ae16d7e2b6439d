"""Calls, live and past, to find the one that went wrong."""

import time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import masking
from audit import Audit, audited
from call_rows import VERDICTS, CallRows, Filters, Row, is_on, must_choose
from form import Form, whole
from pages import error, page, shown
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from viewer import Viewer

from pivotkit.core import telemetry
from pivotkit.core.errors import StateUnavailable
from pivotkit.store.debug_switches import Switch, SwitchError, Switches

UNAVAILABLE = "The calls cannot be read right now. Try again in a minute."
NUMBERS_HIDDEN = "You see masked numbers, so calls cannot be searched by number."
TIMES = {"10 minutes": 600, "30 minutes": 1800, "2 hours": 7200, "1 day": 86_400}


async def calls(request: Request) -> Response:
    """Show a page of calls."""
    viewer: Viewer = request.state.viewer
    if not is_on():
        return shown(request, "calls_off.html")
    filters, fault = _filters(request, viewer)
    before = whole(request.query_params.get("before", ""))
    try:
        rows = CallRows.from_environment()
        found = rows.page(viewer, filters, before)
        switches = _switches(viewer)
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
    return shown(
        request,
        "calls.html",
        filters=filters,
        rows=found.rows,
        older=_url(filters, before=found.before) if found.before else "",
        searched=found.before,
        newest=max((row.started for row in found.rows), default=int(time.time() * 1000)),
        is_top=not before,
        fault=fault,
        must_choose=must_choose(viewer, filters),
        switches=switches,
        verdicts=VERDICTS,
        **_texts(viewer),
    )


async def newer_calls(request: Request) -> Response:
    """Show the rows of calls that have begun after a time, for the page that is open."""
    viewer: Viewer = request.state.viewer
    filters, _ = _filters(request, viewer)
    after = whole(request.query_params.get("after", ""))
    if not is_on() or after is None:
        return error(HTTPStatus.BAD_REQUEST, "The time is missing: open the page of calls again.")
    try:
        found = CallRows.from_environment().page(viewer, filters, after=after)
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
    return page("call_rows.html", rows=found.rows, filters=filters, **_texts(viewer))


async def switch(request: Request) -> Response:
    """Switch on or off what is kept of an account's calls, for a time."""
    form = await Form.of(request)
    viewer: Viewer = request.state.viewer
    account, number = form.text("account").strip(), form.text("number").strip()
    if not is_on() or not viewer.may_see(account):
        return error(HTTPStatus.FORBIDDEN, "This account is not yours, or its calls are not kept.")
    seconds = whole(form.text("seconds"))
    if seconds is None:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, "Nothing was changed: choose for how long.")
    act = Audit(account, "keep calls" if seconds else "keep no calls", number, f"{seconds} s")
    try:
        with audited(request, act):
            if seconds:
                _stored().turn_on(account, number, seconds)
            else:
                _stored().turn_off(account, number)
    except SwitchError as wrong:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, f"Nothing was changed: {wrong}.")
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
    telemetry.done("live_debug_switched", account_id=account, viewer=viewer.name)
    return RedirectResponse(f"/calls?{urlencode({'account': account})}", HTTPStatus.SEE_OTHER)


def _filters(request: Request, viewer: Viewer) -> tuple[Filters, str]:
    """The filters of a request, and what cannot be looked for."""
    found = Filters.of(request.query_params)
    if found.number and not viewer.sees_numbers:  # or numbers could be guessed digit by digit
        return found._replace(number=""), NUMBERS_HIDDEN
    return found, ""


def _switches(viewer: Viewer) -> list[Switch]:
    """The switches that are on, of the viewer's accounts."""
    return [each for each in _stored().read() if viewer.may_see(each.account)]


def _stored() -> Switches:
    return Switches(CallRows.from_environment().table)


def _url(filters: Filters, **more: Any) -> str:
    return f"/calls?{urlencode({**filters.given, **more})}"


def call_url(row: Row, **more: Any) -> str:
    """The page of a call."""
    return f"/call?{urlencode({'account': row.account, 'id': row.call_id, **more})}"


def _texts(viewer: Viewer) -> dict[str, Any]:
    """Functions that make texts in the templates."""
    now = time.time()
    return {
        "number": lambda text: masking.number(viewer, text),
        "called": lambda text: called(viewer, text),
        "call_url": call_url,
        "filter_url": lambda filters, **more: _url(filters._replace(**more)),
        "is_live": lambda row: row.is_live(now),
        "times": TIMES,
    }


def called(viewer: Viewer, text: str) -> str:
    """The called party, without the realm: a number, or a name in a SIP address."""
    return masking.number(viewer, text.partition("@")[0])
