"""One call: where it went wrong, and what has to change."""

import json
import os
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import masking
from audit import Audit, audited
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
from call_rows import is_on
from call_sharing import shared
from call_sources import recording, story
from call_story import BAD, Entry, Story, sentence
from calls_page import UNAVAILABLE, called
from form import Form, whole
from pages import error, shown
from replay import Replayed, ReplayError, replay
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from viewer import Viewer

from pivotkit.core import telemetry
from pivotkit.core.errors import StateUnavailable
from pivotkit.store.call_index import CallKey

GONE = "There is no such call, or its time is over. Calls are kept for {} days."
type Query = Callable[[str], str]
"""The value that a request has under a name; '' for nothing."""

_NAME = re.compile(r"(^|[_-])name$", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9*#]{1,40}")


class NoCallError(Exception):
    """There is no such call, or not for this viewer."""


def for_a_call(
    show: Callable[[Request, Story, Query], Response],
) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint of what shows a call: one that is there, and that its viewer may see."""

    async def endpoint(request: Request) -> Response:
        posted = request.method == "POST"
        query = (await Form.of(request)).text if posted else _query(request)
        try:
            return show(request, _story(request.state.viewer, query), query)
        except NoCallError:
            days = os.environ.get("LIVE_DEBUG_DAYS", "14")
            return error(HTTPStatus.NOT_FOUND, GONE.format(days))
        except StateUnavailable:
            return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)

    return endpoint


@for_a_call
def call(request: Request, found: Story, query: Query) -> Response:
    """Show a call, with one of its entries."""
    return _page(request, found, _number(query, found))


@for_a_call
def call_json(_request: Request, found: Story, _query: Query) -> Response:
    """Return a call without names and numbers, as a file."""
    headers = {"Content-Disposition": 'attachment; filename="call.json"'}
    return JSONResponse(shared(found), headers=headers)


@for_a_call
def call_recording(request: Request, found: Story, query: Query) -> Response:
    """Return a part of a recording, for the page's player."""
    number = whole(query("recording"))
    if number is None or "RECORDINGS_BUCKET" not in os.environ:
        raise NoCallError
    try:
        answer = recording(found, number, request.headers.get("range", ""))
        content = answer["Body"].read()
    except (BotoCoreError, ClientError, IndexError) as failed:
        raise NoCallError from failed
    headers = {"Accept-Ranges": "bytes", "Content-Range": str(answer.get("ContentRange", ""))}
    kind = str(answer.get("ContentType", ""))
    media_type = kind if kind.startswith("audio/") else "application/octet-stream"
    return Response(content, HTTPStatus.PARTIAL_CONTENT, headers, media_type)


@for_a_call
def call_replay(request: Request, found: Story, query: Query) -> Response:
    """Ask the code of today what it answers to a kept request, and show both answers."""
    number, digits = _number(query, found), query("digits").strip()
    step = found.entries[number].step if found.entries else None
    if step is None:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, "Only kept requests can be replayed.")
    if digits and not _DIGITS.fullmatch(digits):
        return _page(request, found, number, fault="Type the digits that were pressed: 0-9, *, #.")
    telemetry.done("replayed", function=step.function, account_id=found.row.account)
    act = Audit(found.row.account, "replay a request", step.function, found.row.call_id)
    try:
        with audited(request, act):
            made = replay(step, digits)
    except ReplayError as failed:
        return _page(request, found, number, fault=f"Not replayed: {failed}.")
    return _page(request, found, number, replayed=made)


def _query(request: Request) -> Query:
    return lambda name: request.query_params.get(name, "")


def _story(viewer: Viewer, query: Query) -> Story:
    """The call that is asked for. Raises `NoCallError`."""
    key = CallKey(query("account"), query("id"))
    found = story(viewer, key) if is_on() else None
    if found is None:
        raise NoCallError
    return found


def _number(query: Query, found: Story) -> int:
    """The entry that is shown: the one that was asked for, the first that failed, or a step."""
    given = whole(query("entry"))
    if given is not None and given < len(found.entries):
        return given
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
    entry = found.entries[number] if found.entries else None
    return shown(
        request,
        "call.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
        story=found,
        row=row,
        sentence=sentence(found, live=row.is_live(time.time())),
        lanes=lanes_of(found),
        entry=entry,
        number=number,
        entry_url=lambda each: entry_url(row.account, row.call_id, each),
        parts=_parts(viewer, entry) if entry else {},
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
