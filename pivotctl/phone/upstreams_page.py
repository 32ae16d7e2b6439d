"""The services that templates ask: how each behaves now, for every call of the stack."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pivotctl.phone.call_api import body_of
from pivotctl.upstreams import FAKES, FakeMode
from pivotctl.upstreams.control import mode_of, switch

if TYPE_CHECKING:
    from starlette.requests import Request

    from pivotctl.phone.phone import Phone


def routes(phone: Phone) -> list[Route]:
    """Return the routes below /upstreams."""
    url = phone.stack.upstreams_url

    async def show(request: Request) -> Response:
        del request
        modes = await asyncio.to_thread(lambda: {name: mode_of(url, name) for name in FAKES})
        return JSONResponse(modes)

    async def change(request: Request) -> Response:
        name = request.path_params["name"]
        document = await body_of(request)
        mode = document.get("mode") if isinstance(document, dict) else None
        if name not in FAKES:
            raise HTTPException(404, f"There is no service {name!r}.")
        if mode not in list(FakeMode):
            raise HTTPException(422, f"mode must be one of {', '.join(FakeMode)}.")
        await asyncio.to_thread(switch, url, name, FakeMode(mode))
        return Response(status_code=204)

    return [Route("/upstreams", show), Route("/upstreams/{name}", change, methods=["PUT"])]
