"""Media of a call that the local stack has: recordings and other files at its own addresses.

Nothing else is fetched: the page shows the name of media that is elsewhere, and works offline.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import urllib3
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route
from urllib3.exceptions import HTTPError

from pivotctl.switch.scenario import origin

if TYPE_CHECKING:
    from starlette.requests import Request
    from urllib3 import BaseHTTPResponse

    from pivotctl.phone.live_call import LiveCall
    from pivotctl.phone.phone import Phone

_LARGEST = 20 * 1024 * 1024
_SECONDS = 5.0
_MOST_REDIRECTS = 4
_OK = 200


def routes(phone: Phone) -> list[Route]:
    """Return the route of the media of a call, by the number of its activity."""

    async def media(request: Request) -> Response:
        url = _played(phone.call(request), request.path_params["number"])
        stack = phone.stack.current
        own = (stack.gateway_url, stack.upstreams_url, stack.aws_url)
        origins = frozenset(origin(each) for each in own if each)
        content, kind = await asyncio.to_thread(fetched, url, origins)
        return Response(content, media_type=kind)

    return [Route("/calls/{call}/media/{number:int}", media)]


def _played(call: LiveCall, number: int) -> str:
    """Return what the activity `number` of a call plays; 404 if that is no media."""
    for event in call.log.events:
        if event["type"] == "underway" and (event["number"], event["kind"]) == (number, "media"):
            return str(event["text"])
    raise HTTPException(404, "The call plays nothing there.")


def fetched(url: str, origins: frozenset[str]) -> tuple[bytes, str]:
    """Return an audio file at one of `origins`, and its type; 404 for anything else.

    Redirects are followed within `origins`, as from a function to its bucket.
    """
    try:
        with urllib3.PoolManager(timeout=_SECONDS, retries=False) as pool:
            for _ in range(_MOST_REDIRECTS):
                if origin(url) not in origins:
                    break
                response = pool.request("GET", url, redirect=False, preload_content=False)
                location = response.get_redirect_location()
                if not location:
                    return _audio(response)
                url = urljoin(url, location)
    except HTTPError as error:
        raise HTTPException(404, f"The media cannot be fetched: {error}") from error
    raise HTTPException(404, "The local stack does not have the media.")


def _audio(response: BaseHTTPResponse) -> tuple[bytes, str]:
    kind = response.headers.get("content-type", "").partition(";")[0]
    content = response.read(_LARGEST + 1)
    if response.status != _OK or not kind.startswith("audio/") or len(content) > _LARGEST:
        raise HTTPException(404, f"The media cannot be played: {response.status} {kind}".strip())
    return content, kind
