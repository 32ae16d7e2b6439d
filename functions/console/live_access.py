"""Access of the live pages to an account's WebSocket: its address, and tickets for it.

A ticket is a random token in the Sockets table, with the account and what the viewer may do. It
counts once, and for a minute, so what a page holds is worth nothing later.
"""

import os
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from viewer import Viewer

from pivotkit.core import telemetry
from pivotkit.core.errors import StateUnavailable
from pivotkit.core.setting_types import AccountId
from pivotkit.store.sockets import COMMANDS, NUMBERS, Grant, Sockets

_SAME_ORIGIN = frozenset({"same-origin"})


class AccountRefused(Exception):
    """There is no such account, or it is not the viewer's. Has a status, and says why."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


def has_sockets() -> bool:
    """Tell whether this stack has WebSockets."""
    return bool(os.environ.get("SOCKETS_URL"))


def origin() -> str:
    """The origin that the pages' scripts connect to, for the policy; '' for none."""
    found = urlsplit(os.environ.get("SOCKETS_URL", ""))
    return f"{found.scheme}://{found.netloc}" if found.netloc else ""


def account_of(request: Request) -> str:
    """The account that a request names, or the viewer's only one; '' for none.

    Raises `AccountRefused`.
    """
    viewer: Viewer = request.state.viewer
    only = next(iter(viewer.accounts)) if len(viewer.accounts) == 1 else ""
    account = request.query_params.get("account", "").strip() or only
    if account and not AccountId.accepts(account):
        raise AccountRefused(HTTPStatus.UNPROCESSABLE_ENTITY, f"Account {AccountId.rule}.")
    if account and not viewer.may_see(account):
        raise AccountRefused(HTTPStatus.FORBIDDEN, "This account is not one of yours.")
    return account


async def ticket(request: Request) -> Response:
    """Give one of the console's own pages a ticket. No other site gets one."""
    if request.headers.get("sec-fetch-site", "same-origin") not in _SAME_ORIGIN:
        return JSONResponse({}, HTTPStatus.FORBIDDEN)
    try:
        account = account_of(request)
    except AccountRefused as refusal:
        return JSONResponse({}, refusal.status)
    if not account or not has_sockets():
        return JSONResponse({}, HTTPStatus.NOT_FOUND)
    grant = Grant(
        request.state.viewer.name, frozenset({account}), _permissions(request.state.viewer)
    )
    try:
        token = Sockets().ticket(grant)
    except StateUnavailable:
        return JSONResponse({}, HTTPStatus.SERVICE_UNAVAILABLE)
    telemetry.done("ticket", account_id=account)
    permitted = COMMANDS in grant.permissions
    return JSONResponse({"url": os.environ["SOCKETS_URL"], "token": token, "commands": permitted})


def _permissions(viewer: Viewer) -> frozenset[str]:
    """The permissions of a viewer on a socket, by their roles."""
    roles = {NUMBERS: viewer.sees_numbers, COMMANDS: viewer.may_change}
    return frozenset(name for name, has in roles.items() if has)
