"""Answers as they arrive (status, Content-Type, body), and the parser that KAZOO chooses.

Follows `pivot_call:handle_info/2` and `kzt_translator:exec/4`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from pivotctl.problems import Mode, Problem, Verdict
from pivotctl.reader.flows import flow_problems
from pivotctl.reader.json_document import JsonDocument, JsonError, parse_json
from pivotctl.xml_document import Element, XmlError, parse_xml

_PROCESSED = frozenset({200, 206})
_TWIML_ONLY = frozenset({"text/xml", "application/xml"})
_JSON_ONLY = frozenset({"application/json"})


@dataclass(frozen=True, slots=True)
class PivotAnswer:
    """A server's answer; `content_type` is None if the header is missing."""

    body: bytes
    content_type: str | None = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class RefusedAnswer:
    """An answer that KAZOO does not execute."""

    verdict: Verdict
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class CallflowAnswer:
    """An answer that is a callflow, and that KAZOO accepts."""

    document: JsonDocument


@dataclass(frozen=True, slots=True)
class TwimlAnswer:
    """An answer that is TwiML; errors of its verbs show only when it is played.

    `warnings` are problems that KAZOO does not mind.
    """

    response: Element
    warnings: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Attempts:
    """Problems of each parser that KAZOO would try on the body."""

    problems: list[Problem] = field(default_factory=list)


def understand(
    answer: PivotAnswer, own: Collection[str] = (), mode: Mode = Mode.K50
) -> RefusedAnswer | CallflowAnswer | TwimlAnswer:
    """Return KAZOO's reading of the answer. `own` are origins exempt from the forbidden hosts.

    KAZOO 5 accepts XML and JSON types only, and hangs up where KAZOO master crashes or cannot read
    the body. A body that is not UTF-8 makes the process that reads it crash, which both report as
    a failed request.
    """
    if mode is Mode.K50:
        return _understood(answer, own, mode)
    if _unsupported(answer):
        return RefusedAnswer(Verdict.HANGS_UP, (_UNSUPPORTED,))
    found = _understood(answer, own, mode)
    if not isinstance(found, RefusedAnswer) or found.verdict is Verdict.FALLS_BACK:
        return found
    return RefusedAnswer(Verdict.HANGS_UP, found.problems)


def _unsupported(answer: PivotAnswer) -> bool:
    kind = (answer.content_type or "text/xml").partition(";")[0].strip(" ")
    return answer.status in _PROCESSED and kind not in _TWIML_ONLY | _JSON_ONLY


def _understood(
    answer: PivotAnswer, own: Collection[str], mode: Mode
) -> RefusedAnswer | CallflowAnswer | TwimlAnswer:
    if answer.status not in _PROCESSED:
        return RefusedAnswer(Verdict.FALLS_BACK, (_status_problem(answer.status),))
    if not answer.body:
        return RefusedAnswer(Verdict.HANGS_UP, (_EMPTY,))
    if not _is_utf8(answer.body):
        return RefusedAnswer(Verdict.FALLS_BACK, (_NOT_UTF8,))
    kind = "text/xml" if answer.content_type is None else answer.content_type
    kind = kind.partition(";")[0].strip(" ")
    attempts = _Attempts()
    twiml = None if kind in _JSON_ONLY else _as_twiml(answer.body, attempts)
    if twiml:
        return twiml
    flow = None if kind in _TWIML_ONLY else _as_flow(answer.body, attempts)
    if flow is None:
        return RefusedAnswer(Verdict.REJECTED, tuple(_hinted(answer, kind, attempts)))
    problems = flow_problems(flow.document, own, mode)
    return RefusedAnswer(Verdict.DEAD_AIR, tuple(problems)) if problems else flow


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_NOT_UTF8 = Problem("body", "KAZOO crashes on a body that is not UTF-8", "Encode it as UTF-8.")
_RESPONSE = "Send <Response>...</Response>."
_ONE_OBJECT = "Correct it there; send a single object, with nothing before or after it."
_UNSUPPORTED = Problem(
    "Content-Type",
    "KAZOO 5 accepts only the Content-Types of XML and JSON",
    "Send text/xml, application/xml or application/json.",
)
_EMPTY = Problem(
    "body",
    "KAZOO hangs up on an empty answer",
    "Send one action, or <Response><Hangup/></Response>.",
)


def _status_problem(status: int) -> Problem:
    return Problem("status", f"KAZOO treats {status} as a failure", "Answer with status 200.")


def _as_twiml(body: bytes, attempts: _Attempts) -> TwimlAnswer | None:
    try:
        document = parse_xml(body)
    except XmlError as error:
        attempts.problems.append(Problem("body", f"not XML: {error}", error.fix, error.line))
        return None
    root = document.root
    if root.name == "Response":
        return TwimlAnswer(root, tuple(_spoken(*each) for each in document.files))
    rule = f"the root element is {root.name}, but KAZOO expects Response, in this spelling"
    page = root.name.lower() == "html"
    fix = "Find out which server sent this web page instead of your answer." if page else _RESPONSE
    attempts.problems.append(Problem(root.name, rule, fix, root.line))
    return None


def _spoken(file: str, line: int) -> Problem:
    rule = f"WARNING: KAZOO reads {file} on its own server, and speaks what is in it to the caller"
    fix = "Remove the document type. Never pass on XML that somebody else wrote."
    return Problem("body", rule, fix, line)


def _as_flow(body: bytes, attempts: _Attempts) -> CallflowAnswer | None:
    try:
        return CallflowAnswer(parse_json(body))
    except JsonError as error:
        attempts.problems.append(Problem("body", f"not JSON: {error}", _ONE_OBJECT, error.line))
        return None


def _hinted(answer: PivotAnswer, kind: str, attempts: _Attempts) -> list[Problem]:
    """Return the parsers' problems, with a hint if the body suits another Content-Type."""
    start = answer.body.lstrip()[:1]
    wanted = {b"<": "text/xml", b"{": "application/json"}.get(start)
    wrong = (kind in _JSON_ONLY and start == b"<") or (kind in _TWIML_ONLY and start == b"{")
    if not wrong or wanted is None:
        return attempts.problems
    found = "is missing, which means text/xml" if answer.content_type is None else f"says {kind}"
    rule = f"the Content-Type {found}, but the body looks like {wanted}"
    return [Problem("Content-Type", rule, f"Send Content-Type: {wanted}."), *attempts.problems]
