"""The list of callers whom `caller_list` denies or allows: shown, pasted, and shortened."""

from collections.abc import Mapping
from http import HTTPStatus
from itertools import islice
from urllib.parse import urlencode

import masking
from account_form import layers_of
from catalogue import declared, with_settings
from entry_changes import (
    MOST,
    UNAVAILABLE,
    Changes,
    Difference,
    Review,
    refused,
    settle,
)
from form import Form
from list_form import RULES, Line, Pasted
from pages import error, shown
from settings_pages import has_accounts
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from accounts import AccountError, Chosen, chosen, require
from pivotkit.core.errors import StateUnavailable
from pivotkit.phone.numbers import ANONYMOUS
from pivotkit.store.account_entries import AccountEntries
from pivotkit.store.directory import Directory, Entry, Swap
from pivotkit.store.table import Table

KIND = "caller_list"
ON_PAGE = 100
LAST = "\U0010ffff"
TOO_MANY = f"has more than {MOST} changes: send it in parts, or use pivotctl entries put"
NUMBERS_HIDDEN = "Numbers are masked for you, and to change this list you have to see them whole."


async def caller_list(request: Request) -> Response:
    """Show the listed callers of an account, a page at a time."""
    try:
        return _page(request, chosen(request))
    except AccountError as refusal:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)


async def save_callers(request: Request) -> Response:
    """Show which callers a form lists or removes, and save that once it is confirmed."""
    form = await Form.of(request)
    viewer = request.state.viewer
    try:
        account = require(viewer, form.text("account"))
        if not account.account_id:
            return error(HTTPStatus.BAD_REQUEST, "The form has no account: open its page again.")
        if not viewer.sees_numbers:
            return error(HTTPStatus.FORBIDDEN, NUMBERS_HIDDEN)
        return _saved(request, account, form)
    except AccountError as refusal:
        return error(HTTPStatus.FORBIDDEN, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)


def _saved(request: Request, account: Chosen, form: Form) -> Response:
    pasted = Pasted.of(form)
    removed = form.every("remove")
    keys = [*(line.number for line in pasted.lines), *sorted(removed)]
    if len(set(keys)) > MOST:
        pasted.faults["pasted"] = [TOO_MANY]
    if pasted.faults:
        return _page(request, account, pasted, removed, refused())
    stored = Directory(KIND).of(account).get_each(keys) if keys else {}
    swaps = _swaps(pasted, removed, stored)
    found = tuple(_difference(key, *swap) for key, swap in swaps.items())
    about = ", ".join(_about(request, each) for each in found)
    review = settle(request, form, Changes(account, KIND, swaps, found, about))
    if review:
        return _page(request, account, pasted, removed, review)
    query = urlencode({"account": account.account_id, "saved": ""})
    return RedirectResponse(f"/entries/callers?{query}", HTTPStatus.SEE_OTHER)


def _swaps(pasted: Pasted, removed: frozenset[str], stored: Mapping[str, Entry]) -> dict[str, Swap]:
    """The entries that change, by number. A number that is pasted and removed is listed."""
    listed: dict[str, Swap] = {
        line.number: (stored.get(line.number), _entry(line, pasted.rule, stored.get(line.number)))
        for line in pasted.lines
    }
    gone: dict[str, Swap] = {
        key: (stored[key], None) for key in sorted(removed) if key in stored and key not in listed
    }
    return {key: swap for key, swap in {**listed, **gone}.items() if swap[0] != swap[1]}


def _entry(line: Line, rule: str, old: Entry | None) -> Entry:
    """The entry of a pasted line. A line without a reason keeps the one that is stored."""
    reason = {"reason": line.reason} if line.reason else {}
    return {**(old or {}), "rule": rule, **reason}


def _difference(number: str, old: Entry | None, new: Entry | None) -> Difference:
    return Difference(number, _words(old), _words(new))


def _words(entry: Entry | None) -> str:
    if entry is None:
        return ""
    return ": ".join(filter(None, (_rule(entry), str(entry.get("reason", "")))))


def _rule(entry: Entry) -> str:
    """The rule as the template reads it: whatever is not allowed is denied."""
    return "allow" if entry.get("rule") == "allow" else "deny"


def _about(request: Request, change: Difference) -> str:
    """A change for the audit, which viewers of masked numbers see as well."""
    masked = masking.number(request.state.viewer._replace(roles=frozenset()), change.name)
    return f"{masked} {change.after.partition(':')[0] or 'removed'}"


def _page(
    request: Request,
    account: Chosen,
    pasted: Pasted | None = None,
    removed: frozenset[str] = frozenset(),
    review: Review | None = None,
) -> Response:
    viewer = request.state.viewer
    after = request.query_params.get("past", "") if viewer.sees_numbers else ""
    rows = _rows(account, after) if account.account_id else []
    return shown(
        request,
        "callers.html",
        status=review.status if review else HTTPStatus.OK,
        account=account.account_id,
        rows=[(key, masking.number(viewer, key), entry) for key, entry in rows[:ON_PAGE]],
        next=rows[ON_PAGE - 1][0] if len(rows) > ON_PAGE and viewer.sees_numbers else "",
        has_more=len(rows) > ON_PAGE,
        rule_of=_rule,
        rules=RULES,
        pasted=pasted or Pasted("", _home(account), RULES[0], (), {}),
        removed=removed,
        review=review,
        may_edit=viewer.may_change and viewer.sees_numbers,
        reason_of=lambda entry: masking.within(viewer, str(entry.get("reason", ""))),
        hidden=NUMBERS_HIDDEN if viewer.may_change and not viewer.sees_numbers else "",
        anonymous=ANONYMOUS,
        saved="saved" in request.query_params,
    )


def _rows(account: Chosen, after: str) -> list[tuple[str, Entry]]:
    """The listed callers that come after *after*: one more than a page has."""
    first = f"{after}\0" if after else " "
    return list(islice(Directory(KIND).of(account).between(first, LAST), ON_PAGE + 1))


def _home(account: Chosen) -> str:
    """The country of numbers without `+`, as the template has it for this account."""
    function = with_settings().get(KIND)
    if function is None:
        return "US"
    own = declared(function)
    texts: Mapping[str, str] = {}
    if account.account_id and has_accounts():
        table = Table.from_environment("SETTINGS_TABLE")
        texts = AccountEntries(table, KIND, account.account_id).read().texts
    layers = layers_of(own, texts, None)
    setting = next(each for each in own.settings if each.field.name == "home_country")
    return layers.in_force(setting.field).text
