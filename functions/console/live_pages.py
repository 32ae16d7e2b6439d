"""Pages with live calls: who is calling, and the live channels."""

import re
from http import HTTPStatus

from live_access import AccountRefused, account_of, has_sockets
from pages import shown
from starlette.requests import Request
from starlette.responses import Response

TITLES = {"screen_pop": "Screen pop", "operator": "Live calls"}
_USER = re.compile(r"[0-9a-f]{32}")


async def screen_pop(request: Request) -> Response:
    """Show who is calling the users of an account, or one of them."""
    user = request.query_params.get("user", "").strip()
    return _live(request, "screen_pop", user=user if _USER.fullmatch(user) else "")


async def operator(request: Request) -> Response:
    """Show the live channels of an account."""
    return _live(request, "operator")


def _live(request: Request, name: str, **values: str) -> Response:
    """A live page, or the form that asks for its account."""
    try:
        account, fault, status = account_of(request), "", HTTPStatus.OK
    except AccountRefused as refusal:
        account, fault, status = "", str(refusal), refusal.status
    if account and has_sockets():
        return shown(request, f"{name}.html", account=account, **values)
    wanted = request.query_params.get("account", "")
    return shown(
        request,
        "live_account.html",
        status=status,
        title=TITLES[name],
        page_name=name,
        account=wanted,
        fault=fault,
    )
