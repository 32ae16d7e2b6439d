"""Webhooks: whether KAZOO delivers, as the worker hook_watch found it, and how to enable one again.

The console has no key to Crossbar. It leaves a request, which the worker fulfills in its next run.
"""

import re
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode

from audit import Audit, audited
from form import Form
from pages import error, shown
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from accounts import AccountError, chosen, require
from pivotkit.core.errors import StateUnavailable
from pivotkit.core.gregorian import from_gregorian
from pivotkit.lookups.watched_hooks import MOST_FAILURES, HookState, WatchedHooks

UNAVAILABLE = (
    "The webhooks cannot be read right now, and nothing was changed. Try again in a minute."
)
_HOOK = re.compile(r"[0-9A-Za-z_-]{1,64}")


class Row(NamedTuple):
    """A webhook on the page: its ID, its state, and whether somebody asked to enable it."""

    id: str
    state: HookState
    is_asked: bool

    @property
    def verdict(self) -> tuple[str, str]:
        """Its trouble, and the color of that."""
        if self.state.is_disabled:
            return "disabled by KAZOO", "bad"
        if self.state.failures:
            return "failing", "warn"
        return ("delivers", "good") if self.state.enabled else ("switched off", "")

    @property
    def trouble(self) -> tuple[int, int, str]:
        """The place in the list: the worst come first."""
        rank = ("bad", "warn", "", "good").index(self.verdict[1])
        return rank, -self.state.failures, self.state.name


async def hooks(request: Request) -> Response:
    """Show the webhooks of an account, those in trouble first."""
    try:
        account = chosen(request)
        states, asked = WatchedHooks().every(account) if account.account_id else ({}, frozenset())
    except AccountError as refusal:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
    rows = sorted((Row(key, state, key in asked) for key, state in states.items()), key=_trouble)
    return shown(
        request,
        "hooks.html",
        account=account.account_id,
        rows=rows,
        most=MOST_FAILURES,
        moment_of=lambda at: int(from_gregorian(at).timestamp()),
    )


def _trouble(row: Row) -> tuple[int, int, str]:
    return row.trouble


async def enable(request: Request) -> Response:
    """Ask hook_watch to enable a webhook again."""
    form = await Form.of(request)
    hook_id = form.text("hook")
    try:
        account = require(request.state.viewer, form.text("account"))
        if not account.account_id or not _HOOK.fullmatch(hook_id):
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        known, _ = WatchedHooks().every(account)
        if hook_id not in known:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        act = Audit(account.account_id, "enable webhook", hook_id, known[hook_id].name)
        with audited(request, act):
            WatchedHooks().ask(account, hook_id, request.state.viewer.name)
    except AccountError as refusal:
        return error(HTTPStatus.FORBIDDEN, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
    query = urlencode({"account": account.account_id})
    return RedirectResponse(f"/hooks?{query}", HTTPStatus.SEE_OTHER)
