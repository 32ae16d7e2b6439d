"""Debug documents of a pivot action: its requests, the answers, and the errors in them.

Follows `pivot_call:maybe_debug_req`, `maybe_debug_resp` and `store_debug` of KAZOO master.
"""

from __future__ import annotations

from pivotctl.problems import Problem, Verdict
from pivotctl.reader.answers import CallflowAnswer, RefusedAnswer, TwimlAnswer
from pivotctl.switch.http.exchange import Headers, HttpRequest, HttpResponse
from pivotctl.switch.http.form_encoding import Json

type DebugDocument = dict[str, Json]

_READ = (Verdict.DEAD_AIR, Verdict.HANGS_UP)
"""Verdicts on a callflow that breaks a schema: those of KAZOO master, and of KAZOO 5."""

_WHOLE = ("body", "Content-Type")
"""Paths of problems with an answer that is no callflow at all."""


def request_document(request: HttpRequest) -> DebugDocument:
    """Return the document of a request; KAZOO stores the values of its headers in lower case."""
    return {
        "uri": request.url,
        "method": request.method.lower(),
        "req_headers": _headers(request.headers),
        "req_body": request.body.decode("utf-8", "replace"),
    }


def answer_documents(
    response: HttpResponse, understood: CallflowAnswer | TwimlAnswer | RefusedAnswer
) -> list[DebugDocument]:
    """Return the documents of an answer: of what came, and of the errors that KAZOO finds in it."""
    body = response.body.decode("utf-8", "replace")
    came: DebugDocument = {
        "resp_status_code": str(response.status),
        "resp_headers": {name.lower(): value for name, value in response.headers},
        "resp_body": body,
    }
    errors = _errors(understood, body) if isinstance(understood, RefusedAnswer) else {}
    return [came, {**errors, "resp_body": body}] if errors else [came]


def _headers(headers: Headers) -> DebugDocument:
    return {name: value.lower() for name, value in headers}


def _errors(refused: RefusedAnswer, body: str) -> DebugDocument:
    """Return the errors of an answer: of its schema, or of JSON that cannot be read."""
    unread = next((each for each in refused.problems if each.rule.startswith("not JSON")), None)
    if unread:
        return {"json_errors": _json_errors(unread, body)}
    if refused.verdict not in _READ or any(each.path in _WHOLE for each in refused.problems):
        return {}
    schema: DebugDocument = {
        each.path: {"error": {"message": each.rule}} for each in refused.problems
    }
    return {"schema_errors": schema}


def _json_errors(problem: Problem, body: str) -> DebugDocument:
    """Return the text before and after the line at which the JSON ends, and the message."""
    lines = body.splitlines(keepends=True)
    at = max(problem.line - 1, 0)
    return {"before": "".join(lines[:at]), "after": "".join(lines[at:]), "message": problem.rule}
