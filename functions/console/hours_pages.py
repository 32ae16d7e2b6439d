"""Opening hours of an account's offices: their week, their next days, and their form."""

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import masking
from entry_changes import UNAVAILABLE, Changes, Review, begun, refused, settle, version
from form import Form
from hours_days import MINUTES, next_days, week
from hours_form import DAYS, Sent, differences
from pages import error, shown
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from accounts import AccountError, Chosen, chosen, require
from pivotkit.core.errors import StateUnavailable
from pivotkit.store.directory import Directory, Entry

KIND = "office_hours"
NEW_WEEK: Entry = {"zone": "UTC", "week": {"mon-fri": "09:00-17:00"}}
"""Values in the form of a new office."""

MOST_OFFICES = 100
NAME_RULE = "must be a dialed number as KAZOO sends it, or a name of 1 to 64 letters and digits"
_NAME = re.compile(r"[+*#\w][\w .*#-]{0,63}")


async def hours(request: Request) -> Response:
    """Show an account's offices, or the hours of one."""
    try:
        account = chosen(request)
        office = request.query_params.get("key", "")
        if not account.account_id or "key" not in request.query_params:
            return _offices(request, account)
        return _office(request, account, office, Directory(KIND).of(account).get(office))
    except AccountError as refusal:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)


async def save_hours(request: Request) -> Response:
    """Show what a form changes, and save it once that is confirmed."""
    form = await Form.of(request)
    try:
        account = require(request.state.viewer, form.text("account"))
        if not account.account_id:
            return error(HTTPStatus.BAD_REQUEST, "The form has no account: open its page again.")
        return _saved(request, account, form)
    except AccountError as refusal:
        return error(HTTPStatus.FORBIDDEN, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)


def _saved(request: Request, account: Chosen, form: Form) -> Response:
    office = form.text("key").strip()
    old = Directory(KIND).of(account).get(office)
    deletes = "delete" in form.texts
    sent = Sent.stored(old or NEW_WEEK) if deletes else Sent.of(form, old)
    if old is None and not _NAME.fullmatch(office):
        sent.faults["key"] = NAME_RULE
    if sent.faults and not deletes:
        return _office(request, account, office, old, sent=sent, review=refused(), form=form)
    new = None if deletes else sent.entry(old)
    found = tuple(differences(old, new))
    about = f"{office}: {', '.join(each.name for each in found)}{' deleted' if deletes else ''}"
    changes = Changes(account, KIND, {office: (old, new)}, found, about, version(old))
    review = settle(request, form, changes)
    if review:
        return _office(
            request,
            account,
            office,
            old,
            sent=sent,
            review=review,
            form=form,
            deletes=deletes,
            preview=new,
        )
    query = {"account": account.account_id, **({} if deletes else {"key": office}), "saved": ""}
    return RedirectResponse(f"/entries/hours?{urlencode(query)}", HTTPStatus.SEE_OTHER)


def _offices(request: Request, account: Chosen) -> Response:
    """The offices of an account; a number is no link for those who may not see it."""
    found = Directory(KIND).of(account).entries(MOST_OFFICES) if account.account_id else {}
    viewer = request.state.viewer
    names = [(key, _masked(viewer, key)) for key in found]
    return shown(
        request,
        "hours_offices.html",
        account=account.account_id,
        offices=names,
        most=MOST_OFFICES,
        saved="saved" in request.query_params,
    )


def _masked(viewer: Any, office: str) -> str:
    return masking.within(viewer, office)


def _office(
    request: Request,
    account: Chosen,
    office: str,
    stored: Entry | None,
    *,
    sent: Sent | None = None,
    review: Review | None = None,
    form: Form | None = None,
    deletes: bool = False,
    preview: Entry | None = None,
) -> Response:
    """The form of an office; the drawing is of what is stored, or of what is to be confirmed."""
    entry = preview or stored or (None if office else NEW_WEEK)
    drawn = _drawn(entry) if entry and not deletes else {}
    return shown(
        request,
        "hours.html",
        status=review.status if review else HTTPStatus.OK,
        account=account.account_id,
        office=office,
        name=_masked(request.state.viewer, office),
        is_new=stored is None,
        sent=sent or Sent.stored(stored or NEW_WEEK),
        version=begun(form, stored, review),
        days=DAYS,
        minutes=MINUTES,
        review=review,
        deletes=deletes,
        is_preview=preview is not None,
        override=_override(account),
        saved="saved" in request.query_params,
        **{"week": [], "next_days": [], "calendar_faults": (), "now": None, **drawn},
    )


def _drawn(entry: Entry) -> dict[str, Any]:
    """The drawings of hours; nothing for hours that cannot be read."""
    from pivotkit.lookups.hours import Hours, HoursError  # noqa: PLC0415  (slow to import)

    try:
        read = Hours.read(entry)
    except HoursError:
        return {}
    now = datetime.now(UTC)
    return {
        "week": week(read),
        "next_days": list(next_days(read, now)),
        "calendar_faults": read.faults,
        "now": "open" if read.is_open(now) else "closed",
    }


def _override(account: Chosen) -> str:
    """How the account's switch overrides hours: `open`, `closed`, or ''."""
    mode = (Directory("switch").of(account).get(KIND) or {}).get("mode")
    return str(mode) if mode in {"open", "closed"} else ""
