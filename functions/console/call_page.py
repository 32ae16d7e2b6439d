"""One call: where it went wrong, and what has to change."""

import json
import os
import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import masking
from botocore.exceptions import BotoCoreError, ClientError
from call_lines import (
    DEADLINE_MS,
    LIMIT_MS,
    as_text,
    differences,
    entry_url,
    lanes_of,
    pretty,
    said,
)
from call_sharing import shared
from call_sources import recording, story
from call_story import BAD, Entry, Story, sentence
from calls_page import UNAVAILABLE, called
from form import Form
from pages import error, page
from replay import Replayed, ReplayError, replay
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from viewer import Viewer

from pivotkit.core import telemetry
from pivotkit.core.errors import StateUnavailable
from pivotkit.store.call_index import CallKey

GONE = "There is no such call, or its time is over. Calls are kept for {} days."
_NAME = re.compile(r"(^|[_-])name$", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9*#]{1,40}")


async def call(request: Request) -> Response:
    """Show a call, with one of its entries."""
    try:
        found = _story(request.state.viewer, request.query_params)
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
    if found is None:
        return _gone()
    return _page(request, found, _number(request.query_params, found))


async def call_json(request: Request) -> Response:
    """Return a call without names and numbers, as a file."""
    try:
        found = _story(request.state.viewer, request.query_params)
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
    if found is None:
        return _gone()
    headers = {"Content-Disposition": 'attachment; filename="call.json"'}
    return JSONResponse(shared(found), headers=headers)


async def call_recording(request: Request) -> Response:
    """Return a part of a recording, for the page's player."""
    try:
        found = _story(request.state.viewer, request.query_params)
        number = request.query_params.get("recording", "")
        if found is None or not number.isdecimal() or "RECORDINGS_BUCKET" not in os.environ:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        answer: Mapping[str, Any] = recording(found, int(number), request.headers.get("range", ""))
        content = answer["Body"].read()
    except (StateUnavailable, BotoCoreError, ClientError, IndexError) as failed:
        raise HTTPException(HTTPStatus.NOT_FOUND) from failed
    headers = {"Accept-Ranges": "bytes", "Content-Range": str(answer.get("ContentRange", ""))}
    kind = str(answer.get("ContentType", ""))
    media_type = kind if kind.startswith("audio/") else "application/octet-stream"
    return Response(content, HTTPStatus.PARTIAL_CONTENT, headers, media_type)


async def call_replay(request: Request) -> Response:
    """Ask the code of today what it answers to a kept request, and show both answers."""
    form = await Form.of(request)
    viewer: Viewer = request.state.viewer
    given = {name: form.text(name) for name in ("account", "id", "entry", "digits")}
    try:
        found = _story(viewer, given)
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
    if found is None:
        return _gone()
    number = _number(given, found)
    step = found.entries[number].step if found.entries else None
    if step is None:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, "Only kept requests can be replayed.")
    digits = given["digits"].strip()
    if digits and not _DIGITS.fullmatch(digits):
        return _page(request, found, number, fault="Type the digits that were pressed: 0-9, *, #.")
    telemetry.done("replayed", function=step.function, account_id=found.row.account)
    try:
        return _page(request, found, number, replayed=replay(step, digits))
    except ReplayError as failed:
        return _page(request, found, number, fault=f"Not replayed: {failed}.")


def _story(viewer: Viewer, query: Mapping[str, str]) -> Story | None:
    if not os.environ.get("CALL_INDEX_TABLE"):
        return None
    return story(viewer, CallKey(query.get("account", ""), query.get("id", "")))


def _gone() -> Response:
    days = os.environ.get("LIVE_DEBUG_DAYS", "14")
    return error(HTTPStatus.NOT_FOUND, GONE.format(days))


def _number(query: Mapping[str, str], found: Story) -> int:
    """The entry that is shown: the one that was asked for, the first that failed, or a step."""
    given = query.get("entry", "")
    if given.isdecimal() and int(given) < len(found.entries):
        return int(given)
    numbered = list(enumerate(found.entries))
    failed = (number for number, entry in numbered if entry.tone == BAD)
    steps = (number for number, entry in numbered if entry.step)
    return next(failed, next(steps, 0))


def _page(
    request: Request,
    found: Story,
    number: int,
    *,
    replayed: Replayed | None = None,
    fault: str = "",
) -> Response:
    viewer: Viewer = request.state.viewer
    row = found.row
    shown = found.entries[number] if found.entries else None
    return page(
        "call.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
        viewer=viewer,
        may_sign_out=not request.state.access.is_open,
        story=found,
        row=row,
        sentence=sentence(found, live=row.is_live(time.time())),
        lanes=lanes_of(found),
        entry=shown,
        number=number,
        entry_url=lambda each: entry_url(row.account, row.call_id, each),
        parts=_parts(viewer, shown) if shown else {},
        said=said,
        limit_ms=LIMIT_MS,
        deadline_ms=DEADLINE_MS,
        replayed=replayed,
        fault=fault,
        recordings=range(len(found.recordings)) if "RECORDINGS_BUCKET" in os.environ else (),
        masked=lambda text: masking.number(viewer, text),
        called=lambda text: called(viewer, text),
        number_masked=lambda text: masking.within(viewer, text),
    )


def _parts(viewer: Viewer, entry: Entry) -> dict[str, Any]:
    """The parts of an entry, as this viewer may see them."""
    details = [(name, _shown(viewer, name, value)) for name, value in entry.details]
    content = _object_shown(viewer, entry.content)
    step = entry.step
    if step is None:
        return {"details": details, "content": content}
    request = [(name, _shown(viewer, name, _text(each))) for name, each in step.request.items()]
    states = (step.before, step.after)
    return {
        "details": details,
        "content": content,
        "request": request,
        "answer": masking.within(viewer, pretty(step.answer)),
        "raw": masking.within(viewer, step.answer),
        "state": differences(*(masking.within(viewer, as_text(each)) for each in states)),
        "log": [(name, _text(each)) for name, each in step.log.items()],
    }


def _shown(viewer: Viewer, name: str, text: str) -> str:
    """A value as a viewer may see it: without numbers, and without the name of a person."""
    if not viewer.sees_numbers and text and _NAME.search(name):
        return "••••"
    return text if name in _IDENTIFIERS else masking.within(viewer, text)


_IDENTIFIERS = frozenset({"account_id", "call_id", "other_leg_call_id", "bridge_id", "owner_id"})


def _object_shown(viewer: Viewer, content: str) -> str:
    """The text of an object, with the names of people left out for viewers of masked numbers."""
    try:
        value = json.loads(content) if content else None
    except ValueError:
        return masking.within(viewer, content)
    if value is None:
        return ""
    return json.dumps(_members(viewer, value), indent=2, ensure_ascii=False)


def _members(viewer: Viewer, value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {each: _members(viewer, member, str(each)) for each, member in value.items()}
    if isinstance(value, list):
        return [_members(viewer, each, name) for each in value]
    return (
        _shown(viewer, name.lower().replace("-", "_"), value) if isinstance(value, str) else value
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
