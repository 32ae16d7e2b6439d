"""Calls over HTTP: start one, follow its events, press keys, skip a wait, hang up."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from pivotctl.crossbar.client import CrossbarClientError
from pivotctl.local.calls import CallflowError
from pivotctl.phone.choices import CallChoices, ChoiceError
from pivotctl.phone.switchboard import LinesBusyError
from pivotctl.switch.player.channel import ANY_KEY
from pivotctl.switch.world import WorldError
from pivotctl.whole_numbers import whole

if TYPE_CHECKING:
    from starlette.requests import Request

    from pivotctl.phone.live_call import LiveCall
    from pivotctl.phone.phone import Phone

_LARGEST_BODY = 64 * 1024
_MOST_KEYS = 40
_ALIVE_SECONDS = 15.0
_DONE = Response(status_code=204)
_EVENT_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def body_of(request: Request) -> Any:
    """Return the JSON value in a request's body; 400, 413, or 415 if there is none."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise HTTPException(415, "Send application/json.")
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _LARGEST_BODY:
            raise HTTPException(413, f"The body is larger than {_LARGEST_BODY} bytes.")
    try:
        return json.loads(content)
    except ValueError as error:
        raise HTTPException(400, f"The body is not JSON: {error}.") from error


def _refused(error: Exception, status: int = 422) -> JSONResponse:
    return JSONResponse({"error": str(error)}, status)


class _CallApi:
    """The endpoints below /calls."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone

    async def start(self, request: Request) -> Response:
        """Start the call that the body describes."""
        try:
            choices = CallChoices.of(await body_of(request))
            call = await asyncio.to_thread(self.phone.switchboard.start, choices)
        except (ChoiceError, CallflowError, WorldError, CrossbarClientError) as error:
            return _refused(error)
        except LinesBusyError as error:
            return _refused(error, 429)
        return JSONResponse({"id": call.id, "choices": call.choices}, 201)

    async def show(self, request: Request) -> Response:
        """Return the call with all events so far."""
        return JSONResponse(self.phone.call(request).as_json())

    async def events(self, request: Request) -> Response:
        """Stream the call's events, from the one after `Last-Event-ID` on."""
        call = self.phone.call(request)
        after = request.headers.get("last-event-id", request.query_params.get("after", ""))
        seen = whole(after)
        stream = _stream(call, 0 if seen is None else seen + 1)
        return StreamingResponse(stream, media_type="text/event-stream", headers=_EVENT_HEADERS)

    async def keys(self, request: Request) -> Response:
        """Press the `keys` in the body."""
        pressed = await _field(request, "keys")
        if not isinstance(pressed, str) or not pressed or set(pressed) - set(ANY_KEY):
            return _refused(ChoiceError("keys must be some of 0-9, *, and #."))
        self.phone.call(request).person.press(pressed[:_MOST_KEYS])
        return _DONE

    async def skip(self, request: Request) -> Response:
        """Skip the rest of the wait with the `number` in the body."""
        number = await _field(request, "number")
        if not isinstance(number, int):
            return _refused(ChoiceError("number must be that of the wait, as its event has it."))
        self.phone.call(request).person.skip(number)
        return _DONE

    async def hang_up(self, request: Request) -> Response:
        """Hang up."""
        self.phone.call(request).person.hang_up()
        return _DONE


async def _field(request: Request, name: str) -> Any:
    document = await body_of(request)
    return document.get(name) if isinstance(document, dict) else None


def routes(phone: Phone) -> list[Route]:
    """Return the routes below /calls."""
    api = _CallApi(phone)
    return [
        Route("/calls", api.start, methods=["POST"]),
        Route("/calls/{call}", api.show),
        Route("/calls/{call}/events", api.events),
        Route("/calls/{call}/keys", api.keys, methods=["POST"]),
        Route("/calls/{call}/skip", api.skip, methods=["POST"]),
        Route("/calls/{call}/hang_up", api.hang_up, methods=["POST"]),
    ]


async def _stream(call: LiveCall, start: int) -> AsyncIterator[str]:
    """Yield events as `text/event-stream` has them, and a comment now and then."""
    reading = call.log.read(start)
    following = asyncio.ensure_future(anext(reading, None))
    try:
        while True:
            done, _ = await asyncio.wait({following}, timeout=_ALIVE_SECONDS)
            if not done:
                yield ": alive\n\n"
                continue
            found = following.result()
            if found is None:
                yield "event: over\ndata: {}\n\n"
                return
            number, event = found
            yield f"id: {number}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
            following = asyncio.ensure_future(anext(reading, None))
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await reading.aclose()
        call.left = time.monotonic()
