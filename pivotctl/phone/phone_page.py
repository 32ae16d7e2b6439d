"""The softphone's page: templates, caller, and world at the left, the phone in the middle."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pivotctl.crossbar import ACCOUNTS
from pivotctl.crossbar.accounts import ACCOUNT_NAME, SECOND_NAME
from pivotctl.phone.phone_book import HOSTILE, UNKNOWN, listed
from pivotctl.problems import Mode
from pivotctl.switch.scenario import Rung

if TYPE_CHECKING:
    from starlette.requests import Request

    from pivotctl.phone.phone import Phone

SCRIPTS = ("phone.js", "beside.js")
SHEETS = ("phone.css", "beside.css")
_KEYS = (
    *(("1", ""), ("2", "abc"), ("3", "def"), ("4", "ghi"), ("5", "jkl"), ("6", "mno")),
    *(("7", "pqrs"), ("8", "tuv"), ("9", "wxyz"), ("*", ""), ("0", "+"), ("#", "")),
)
_RUNGS = {
    Rung.ANSWERED: "everyone answers",
    Rung.BUSY: "everyone is busy",
    Rung.NO_ANSWER: "no one answers",
    Rung.REJECTED: "everyone rejects",
    Rung.UNREGISTERED: "no phone is registered",
    Rung.NO_RESOURCES: "no carrier takes the call",
}


def routes(phone: Phone) -> list[Route]:
    """Return the routes of the page, the phone book, and the voice."""

    async def page(request: Request) -> Response:
        del request
        return phone.page(
            "phone.html",
            scripts=SCRIPTS,
            sheets=SHEETS,
            keys=_KEYS,
            rungs={rung.value: text for rung, text in _RUNGS.items()},
            modes=[mode.value for mode in Mode],
            accounts=dict(zip(ACCOUNTS, (ACCOUNT_NAME, SECOND_NAME), strict=True)),
            hostile=HOSTILE,
            unknown=UNKNOWN,
            voice="flite" if phone.speech.program else "browser",
        )

    async def templates(request: Request) -> Response:
        del request
        found = await asyncio.to_thread(listed, phone.stack.current)
        return JSONResponse([each.as_json() for each in found])

    async def speech(request: Request) -> Response:
        text = request.query_params.get("text", "")
        content = await asyncio.to_thread(phone.speech.spoken, text)
        if content is None:
            return Response(status_code=404)
        return Response(content, media_type="audio/wav", headers={"Cache-Control": "max-age=3600"})

    return [
        Route("/", page),
        Route("/templates", templates),
        Route("/speech", speech),
    ]
