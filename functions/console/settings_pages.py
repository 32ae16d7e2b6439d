"""Settings of accounts: what they are, their form, and their history."""

import os
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlencode

from access import Viewer
from account_form import Sent, layers_of, rows
from audit import Audit, audited
from catalogue import Declared, declared, with_settings
from form import Form
from pages import error, shown
from secret_state import state
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pivotkit.core import telemetry
from pivotkit.core.errors import StateUnavailable
from pivotkit.core.setting_types import AccountId, DialedNumber, Text
from pivotkit.store.account_entries import AccountEntries, ChangedMeanwhileError
from pivotkit.store.table import Table

UNAVAILABLE = (
    "The settings cannot be reached right now. Nothing was changed. Try again in a minute."
)
MEANWHILE = (
    "Somebody else changed these settings in the meantime, so nothing was saved. Each line shows "
    "the value that is in force now. Check your own values, then save again."
)
REFUSED = "Nothing was saved: correct the values marked below."

_VERSION = re.compile(r"[0-9]{1,15}")


class PlaceError(Exception):
    """There are no settings in a place, or not for this viewer. Has a status, and says why."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


class Place(NamedTuple):
    """The account whose settings are shown or changed, or a number of it."""

    declared: Declared
    account: str
    number: str

    @property
    def url(self) -> str:
        """The page of the place."""
        given = {"account": self.account, "number": self.number}
        query = urlencode({name: text for name, text in given.items() if text})
        return f"/settings/{self.declared.name}?{query}"

    @property
    def entries(self) -> AccountEntries:
        """The entry of the place."""
        table = Table.from_environment("SETTINGS_TABLE")
        return AccountEntries(table, self.declared.name, self.account, self.number)


def has_accounts() -> bool:
    """Tell whether accounts have settings of their own in this stack."""
    return bool(os.environ.get("SETTINGS_TABLE"))


async def settings(request: Request) -> Response:
    """Show the functions that have settings."""
    functions = [(entry, declared(entry)) for entry in with_settings().values()]
    return _page(request, "settings.html", functions=functions)


async def settings_of(request: Request) -> Response:
    """Show the settings of a function: the deployment's, or those of an account as a form."""
    own = _declared(request)
    account, number = (request.query_params.get(name, "") for name in ("account", "number"))
    if not account:
        return _choose(request, own)
    try:
        place = _place(request.state.viewer, own, account, number)
        return _form(request, place, saved="saved" in request.query_params)
    except PlaceError as refusal:
        return _choose(request, own, account, number, refusal)
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)


async def change(request: Request) -> Response:
    """Save the form, or show it again with what is wrong: then nothing is saved."""
    form = await Form.of(request)
    own = _declared(request)
    account, number = form.text("account"), form.text("number")
    try:
        place = _place(request.state.viewer, own, account, number)
        return _changed(request, place, form)
    except PlaceError as refusal:
        return _choose(request, own, account, number, refusal)
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)


def _changed(request: Request, place: Place, form: Form) -> Response:
    sent = Sent.of(place.declared, form)
    if sent.faults:
        return _form(
            request, place, sent=sent, fault=REFUSED, status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    seen = form.text("version")
    if not _VERSION.fullmatch(seen):
        return error(HTTPStatus.BAD_REQUEST, "The form has no version: open its page again.")
    author = request.state.viewer.name
    try:
        with audited(request, _audit(place, sent)):
            place.entries.change(sent.values, sent.removed, author, seen=int(seen))
    except ChangedMeanwhileError:
        return _form(request, place, sent=sent, fault=MEANWHILE, status=HTTPStatus.CONFLICT)
    telemetry.done("settings_saved", function=place.declared.name, account_id=place.account)
    return RedirectResponse(f"{place.url}&saved=", HTTPStatus.SEE_OTHER)


def _audit(place: Place, sent: Sent) -> Audit:
    """The entry of a change: names of settings, whose values are in their history."""
    names = ", ".join([*sent.values, *sent.removed])
    number = f"{place.number}: " if place.number else ""
    return Audit(place.account, "save settings", place.declared.name, f"{number}{names}")


def _declared(request: Request) -> Declared:
    """The settings of the function in the path. Raises `HTTPException` if there are none."""
    entry = with_settings().get(request.path_params["function"])
    if entry is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return declared(entry)


def _place(viewer: Viewer, own: Declared, account: str, number: str) -> Place:
    """The place that was asked for. Raises `PlaceError`."""
    if not has_accounts():
        raise PlaceError(HTTPStatus.CONFLICT, "Accounts have no settings of their own here.")
    place = Place(
        own,
        _checked("Account", AccountId, account),
        _checked("Number", DialedNumber, number) if number else "",
    )
    if not viewer.may_see(place.account):
        raise PlaceError(HTTPStatus.FORBIDDEN, "Your key is not valid for this account.")
    if number and not own.by_number:
        fix = f"{own.name} has no settings by number: leave it empty."
        raise PlaceError(HTTPStatus.UNPROCESSABLE_ENTITY, fix)
    return place


def _checked(name: str, kind: type[Text], text: str) -> Text:
    """*text* as a value of a type. Raises `PlaceError` with its rule."""
    try:
        return kind(text)
    except ValueError as broken:
        raise PlaceError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name} {broken}.") from broken


def _choose(
    request: Request,
    own: Declared,
    account: str = "",
    number: str = "",
    refusal: PlaceError | None = None,
) -> Response:
    """The deployment's settings, and a form that asks for an account."""
    return _page(
        request,
        "settings_of.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        declared=own,
        rows=list(rows(own, layers_of(own, {}, None), by_number=False)),
        state=state,
        account=account,
        number=number,
        fault=str(refusal or ""),
    )


def _form(
    request: Request,
    place: Place,
    *,
    sent: Sent | None = None,
    fault: str = "",
    saved: bool = False,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """The form of an account or number, with its history."""
    entry = place.entries.read()
    of_account = place._replace(number="").entries.read() if place.number else entry
    by_number = bool(place.number)
    layers = layers_of(place.declared, of_account.texts, entry.texts if by_number else None)
    return _page(
        request,
        "account.html",
        status=status,
        place=place,
        rows=list(rows(place.declared, layers, by_number=by_number, sent=sent)),
        state=state,
        version=entry.version,
        history=place.entries.history(),
        settable={each.field.name for each in place.declared.settings if not each.field.is_secret},
        fault=fault,
        saved=saved,
    )


def _page(request: Request, template: str, **values: Any) -> Response:
    return shown(request, template, has_accounts=has_accounts(), time_of=_time, **values)


def _time(seconds: int) -> str:
    """A time of the history, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
