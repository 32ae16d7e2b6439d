"""Entries of an account that templates look up, by kind. Each kind has pages of its own."""

from http import HTTPStatus
from typing import NamedTuple

from pages import error, shown
from starlette.requests import Request
from starlette.responses import Response

from accounts import AccountError, chosen


class Kind(NamedTuple):
    """A kind of entries that operators edit: its page, its title, and what it is for."""

    path: str
    title: str
    purpose: str


KINDS = (
    Kind("/entries/hours", "Opening hours", "when an office is open, with its holidays"),
    Kind("/entries/callers", "Listed callers", "callers who are denied or allowed, with reasons"),
    Kind("/entries/switches", "Switches", "offices that are closed or open, whatever their hours"),
    Kind("/entries/trees", "IVR trees", "menus that callers hear, and where their keys lead"),
)


async def entries(request: Request) -> Response:
    """Show the kinds of entries that an account can have."""
    try:
        account = chosen(request).account_id
    except AccountError as refusal:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
    return shown(request, "entries.html", account=account, kinds=KINDS)
