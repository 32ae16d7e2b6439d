"""Panels beside a call, over HTTP: its flow and requests, keeping it, and firing events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pivotctl.crossbar import ACCOUNTS
from pivotctl.crossbar.client import CrossbarClientError
from pivotctl.local.calls import CallflowError
from pivotctl.phone import saved_calls
from pivotctl.phone.call_api import body_of
from pivotctl.phone.exchanges import beside
from pivotctl.phone.firing import EventForm, facts_of, fire
from pivotctl.phone.firing_forms import FiringError, firable, form_of, grouped
from pivotctl.phone.replays import replay
from pivotctl.phone.saved_calls import SavedCall
from pivotctl.phone.saved_files import MOST_BYTES, SavedCallError, with_lines
from pivotctl.phone.saved_live import OpenedCalls, saved
from pivotctl.phone.saved_steps import Event
from pivotctl.phone.saved_tests import DialogueTest, SavedTestError, run
from pivotctl.problems import Mode
from pivotctl.project import ProjectError
from pivotctl.switch.world import WorldError

if TYPE_CHECKING:
    from starlette.requests import Request

    from pivotctl.phone.phone import Phone

_REFUSED = (
    CallflowError,
    CrossbarClientError,
    FiringError,
    ProjectError,
    SavedCallError,
    SavedTestError,
    WorldError,
)


class _Beside:
    """The endpoints; `written` are the tests that were saved here, and may be run."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.opened = OpenedCalls()
        self.written: set[Path] = set()
        self.running = asyncio.Lock()

    # -- a call ------------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        """Return graph and exchanges of a call, live, finished, or opened."""
        return JSONResponse(await asyncio.to_thread(beside, self._events(request)))

    def _events(self, request: Request) -> list[Event]:
        opened = self.opened.calls.get(request.path_params["call"])
        return list(opened.events if opened else self.phone.call(request).log.events)

    def _saved(self, request: Request) -> SavedCall:
        """Return a finished call; 409 while it goes on."""
        opened = self.opened.calls.get(request.path_params["call"])
        if opened:
            return opened
        call = self.phone.call(request)
        if not call.log.closed:
            raise HTTPException(409, "The call goes on. Hang up first.")
        return saved(call, self.phone.stack.current)

    async def keep(self, request: Request) -> Response:
        """Return the command that repeats a finished call, and the world that it needs, if any."""
        call = await self._made(self._saved, request)
        return JSONResponse({"command": saved_calls.command(call), "world": call.facts.world})

    async def file(self, request: Request) -> Response:
        """Return a finished call as a file to share."""
        call = await self._made(self._saved, request)
        name = f"{call.facts.template}-call.json"
        return Response(
            json.dumps(call.as_json(), ensure_ascii=False, indent=1),
            media_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def open(self, request: Request) -> Response:
        """Open a file that was shared, without dialing."""
        content = b""
        async for part in request.stream():
            content += part
            if len(content) > MOST_BYTES:
                raise HTTPException(413, f"The file is larger than {MOST_BYTES // 1024**2} MB.")
        identifier = await self._made(self.opened.open, content)
        call = self.opened.calls[identifier]
        events = await asyncio.to_thread(lambda: [with_lines(each) for each in call.events])
        return JSONResponse({"id": identifier, "template": call.facts.template, "events": events})

    # -- tests and replays -------------------------------------------------------------------------

    async def save(self, request: Request) -> Response:
        """Write a finished call as a dialogue test, under the `name` in the body."""
        name = (await _object(request)).get("name")
        test = DialogueTest(await self._made(self._saved, request), str(name or ""))
        root = self.phone.stack.project.root
        path = await self._made(test.write, root)
        self.written.add(test.path)
        source = path.read_text(encoding="utf-8")
        return JSONResponse({"path": test.path.as_posix(), "source": source}, 201)

    async def test(self, request: Request) -> Response:
        """Run the test at the `path` in the body, which was saved here."""
        path = Path(str((await _object(request)).get("path", "")))
        if path not in self.written:
            raise HTTPException(404, "No test was saved there from this page.")
        async with self.running:
            done = await asyncio.to_thread(run, path, self.phone.stack.project.root)
        return JSONResponse({"passed": done.passed, "output": done.output})

    async def replay(self, request: Request) -> Response:
        """Repeat a finished call against the current code."""
        call = await self._made(self._saved, request)
        async with self.running:
            found = await self._made(replay, call, self.phone.stack.current)
        return JSONResponse(found.as_json())

    # -- events ------------------------------------------------------------------------------------

    async def hooks(self, request: Request) -> Response:
        """Return what can be fired, by group."""
        newer = request.query_params.get("mode") == Mode.K5
        return JSONResponse(grouped(firable(newer=newer)))

    async def form(self, request: Request) -> Response:
        """Return the fields of a webhook or CDR, with values to begin from."""
        facts = facts_of(_account(request.query_params), _mode(request.query_params))
        found = await self._made(form_of, request.path_params["hook"], facts)
        fields = [{"name": e.name, "value": e.value, "json": e.json} for e in found]
        return JSONResponse(fields)

    async def fire(self, request: Request) -> Response:
        """Fire the event with the `values` in the body, and report what came of it."""
        document = await _object(request)
        values = document.get("values")
        if not isinstance(values, dict) or not all(isinstance(e, str) for e in values.values()):
            raise HTTPException(422, "values must be an object of texts.")
        form = EventForm(
            request.path_params["hook"],
            values,
            str(document.get("encoding", "form")),
            _mode(document),
            _account(document),
        )
        async with self.running:
            report = await self._made(fire, form, self.phone.stack.current)
        return JSONResponse(report.as_json())

    async def _made[**P, R](self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function in a thread; what it refuses is 422."""
        try:
            return await asyncio.to_thread(function, *args, **kwargs)
        except _REFUSED as error:
            raise HTTPException(422, str(error)) from error


async def _object(request: Request) -> Mapping[str, Any]:
    document = await body_of(request)
    if not isinstance(document, dict):
        raise HTTPException(422, "Send an object.")
    return document


def _mode(values: Mapping[str, Any]) -> Mode:
    return Mode.K5 if values.get("mode") == Mode.K5 else Mode.K50


def _account(values: Mapping[str, Any]) -> str:
    return ACCOUNTS.get(str(values.get("account")), ACCOUNTS["first"])


def routes(phone: Phone) -> list[Route]:
    """Return the routes of everything beside a call."""
    api = _Beside(phone)
    return [
        Route("/calls/{call}/beside", api.show),
        Route("/calls/{call}/keep", api.keep),
        Route("/calls/{call}/file", api.file),
        Route("/calls/{call}/test", api.save, methods=["POST"]),
        Route("/calls/{call}/replay", api.replay, methods=["POST"]),
        Route("/opened", api.open, methods=["POST"]),
        Route("/tests", api.test, methods=["POST"]),
        Route("/hooks", api.hooks),
        Route("/hooks/{hook}", api.form),
        Route("/hooks/{hook}", api.fire, methods=["POST"]),
    ]
