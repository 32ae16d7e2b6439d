"""`pivotctl lint`: KAZOO's verdict on an answer."""

from __future__ import annotations

import base64
import binascii
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from pivotctl.commands.json_lines import LineError, each_line, text_of
from pivotctl.lint.callflow_documents import stored_flow
from pivotctl.lint.parameter_names import query_warnings
from pivotctl.lint.verdict import Reading, read
from pivotctl.problems import Mode, Problem, Verdict
from pivotctl.reader.answers import PivotAnswer

_OK = 200
BASE_URL = "https://server.example/"
_COLORS = {Verdict.EXECUTES: "green", Verdict.HANGS_UP: "yellow"}


@click.command(
    epilog="""\b
Examples:
  pivotctl lint answer.xml
  pivotctl lint --press 1 --press 4321 answer.xml
  curl -s https://... | pivotctl lint --content-type text/xml -
  pivotctl lint --twilio menu.xml"""
)
@click.option(
    "--content-type",
    help="Content-Type of the answer. By default it is guessed from the first character:"
    " < means text/xml, anything else application/json.",
)
@click.option(
    "--status", type=int, default=_OK, show_default=True, help="HTTP status of the answer."
)
@click.option(
    "--base-url", help="URL of the request; relative URLs are resolved against it, as KAZOO does."
)
@click.option(
    "--press",
    multiple=True,
    metavar="DIGITS",
    help="Keys that the caller presses, one option for each question; '' means silence, which is"
    " also the default.",
)
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.K50.value,
    show_default=True,
    help="KAZOO master of 2024 (k50), or KAZOO 5 (k5).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--jsonl",
    "many",
    is_flag=True,
    help="Read many answers from standard input, one JSON object a line with content_type, status,"
    " base_url, body or body_b64, digits (a list, one entry a question), and mode; print one"
    " verdict object a line.",
)
@click.option("--twilio", is_flag=True, help="Report on a FILE written for Twilio, verb by verb.")
@click.argument("source", metavar="FILE|URL|-", required=False)
@click.pass_context
def command(
    ctx: click.Context,
    source: str | None,
    content_type: str | None,
    status: int,
    base_url: str | None,
    press: tuple[str, ...],
    mode: str,
    *,
    as_json: bool,
    many: bool,
    twilio: bool,
) -> None:
    """Show what KAZOO would do with an answer, and how to fix it.

    FILE|URL|- is the answer: a file, a URL (requested as KAZOO does: POST, 5 seconds, redirects),
    or - for standard input. The answer is played once to get the verdict; everyone who is called
    answers. A whole callflow, alone or as Crossbar returns it, is judged by its flow. Problems
    with WARNING or REMARK do not change the verdict.

    Verdicts: executes; hangs_up (after everything before the error); dead_air (silence, no
    fallback); rejected (not readable: hangs up at once); falls_back (to the `_` child); times_out.
    The exit status is 0 only for executes; with --jsonl if every line was read; with --twilio if
    nothing is refused.
    """
    kazoo = Mode(mode)
    if many and (source not in (None, "-") or twilio or as_json or press or kazoo is not Mode.K50):
        raise click.UsageError("--jsonl reads everything from standard input; use it alone")
    if many:
        ctx.exit(1 if lint_lines(sys.stdin.buffer) else 0)
    if source is None:
        raise click.UsageError(
            "give the answer as FILE, URL, or -, or use --jsonl for many answers"
        )
    if twilio:
        ctx.exit(_twilio(_bytes(source), kazoo, as_json=as_json))
    if source.startswith(("http://", "https://")):
        if content_type or base_url or status != _OK:
            raise click.UsageError("a URL's answer has its own status, Content-Type and base URL")
        reading, name = _asked(source, press, kazoo), source
    else:
        answered = _Given(_bytes(source), content_type, status)
        reading, name = answered.reading(base_url or BASE_URL, press, kazoo), source
    click.echo(json.dumps(reading.as_json(), indent=2) if as_json else report(name, reading))
    ctx.exit(0 if reading.verdict is Verdict.EXECUTES else 1)


def guessed_type(body: bytes) -> str:
    """Return the Content-Type that suits a body: TwiML begins with `<`."""
    first = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return "text/xml" if first in (b"<", b"") else "application/json"


@dataclass(frozen=True, slots=True)
class _Given:
    """A document at hand: an answer, or a callflow unless Content-Type or status say otherwise."""

    body: bytes
    content_type: str | None
    status: int

    def reading(self, base_url: str, press: tuple[str, ...], mode: Mode) -> Reading:
        """Return the verdict."""
        is_answer = self.content_type or self.status != _OK
        stored = None if is_answer else stored_flow(self.body)
        if stored is None:
            kind = self.content_type or guessed_type(self.body)
            answer = PivotAnswer(self.body, kind, self.status)
            return read(answer, base_url=base_url, press=press, mode=mode)
        flow = json.dumps(stored.flow).encode()
        found = read(PivotAnswer(flow, "application/json"), mode=mode)
        return replace(found, problems=tuple(map(stored.placed, found.problems)))


def _bytes(source: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise click.BadParameter(
            f"{source}: {error.strerror}; give a file, a URL, or -", param_hint="FILE|URL|-"
        ) from error


def _asked(url: str, press: tuple[str, ...], mode: Mode) -> Reading:
    """Return the verdict on a URL and its answer to KAZOO's first request of a made-up call."""
    reading = _answered(url, press, mode)
    warnings = query_warnings(url, "URL", "post")
    return replace(reading, problems=(*reading.problems, *warnings))


def _answered(url: str, press: tuple[str, ...], mode: Mode) -> Reading:
    # HTTP is slow to import, and not needed for a file.
    from pivotctl.switch.http.exchange import ExchangeError, exchange, pivot_request, send  # noqa: PLC0415
    from pivotctl.switch.scenario import origin  # noqa: PLC0415

    try:
        response = exchange(pivot_request(url, "post", _PARAMETERS), send)
    except ExchangeError as error:
        return _unanswered(error.reason, str(error), mode)
    answer = PivotAnswer(response.body, response.content_type, response.status)
    return read(answer, base_url=url, press=press, own={origin(url)}, mode=mode)


def _unanswered(reason: str, text: str, mode: Mode) -> Reading:
    """Return the verdict on a missing answer: KAZOO master notices at once only a bad URL."""
    if reason == "refused_url":
        fix = "Write an absolute http or https URL."
        return Reading(Verdict.FALLS_BACK, (Problem("url", text, fix),))
    late = "Answer within five seconds, cold start included."
    fix = late if reason == "timeout" else "Start the server, or correct the URL's host and port."
    verdict = Verdict.FALLS_BACK if mode is Mode.K5 else Verdict.TIMES_OUT
    return Reading(verdict, (Problem("request", text, fix),))


_PARAMETERS: Mapping[str, Any] = {
    "Account-ID": "4e3ae97ad5a54b65b6b3a2b2f6e1d2c0",
    "Api-Version": "4.x",
    "Call-ID": "lint@server.example",
    "Caller-ID-Name": "Jane Doe",
    "Caller-ID-Number": "+14155550199",
    "Custom-Application-Vars": {},
    "Custom-SIP-Headers": {},
    "Direction": "inbound",
    "From": "+14155550199",
    "From-Realm": "pstn.example",
    "Language": "en-us",
    "Request": "2030",
    "Request-Realm": "acme.sip.example",
    "To": "2030",
    "To-Realm": "acme.sip.example",
}


def report(name: str, reading: Reading) -> str:
    """Return a verdict as text: the effect, and each problem with its place, rule, and fix."""
    verdict = click.style(reading.verdict.value, fg=_COLORS.get(reading.verdict, "red"), bold=True)
    lines = [f"{name}: {verdict}", f"  {reading.verdict.meaning}."]
    for problem in reading.problems:
        place = f"line {problem.line}, {problem.path}" if problem.line else problem.path
        lines += ["", f"  {click.style(place, bold=True)}"]
        lines += [f"    {_sentence(problem.rule)}", f"    → {_sentence(problem.fix)}"]
    return "\n".join(lines)


def _sentence(text: str) -> str:
    return text if text.endswith((".", ">", "?")) else f"{text}."


def lint_lines(lines: Iterable[bytes]) -> int:
    """Print the verdict on the answer in each line; return the number of unreadable lines."""
    return each_line(lines, _line_verdict)


def _line_verdict(line: Mapping[str, Any]) -> Mapping[str, Any]:
    press = _digits(line)
    base_url = text_of(line, "base_url", BASE_URL)
    return read(answer_of(line), base_url=base_url, press=press, mode=_mode(line)).as_json()


def answer_of(line: Mapping[str, Any]) -> PivotAnswer:
    """Return the answer that an object describes; without `content_type` it has no header.

    Raises `LineError`.
    """
    status = line.get("status")
    status = _OK if status is None else status
    if not isinstance(status, int) or isinstance(status, bool):
        raise LineError(f"status is {status!r}; write an integer")
    content_type = line.get("content_type")
    if content_type is not None:
        content_type = text_of(line, "content_type")
    return PivotAnswer(_body(line), content_type, status)


def _body(line: Mapping[str, Any]) -> bytes:
    encoded = line.get("body_b64")
    if encoded is None:
        return text_of(line, "body").encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text_of(line, "body_b64"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise LineError(f"body_b64 is not Base64: {error}") from error


def _digits(line: Mapping[str, Any]) -> tuple[str, ...]:
    digits = line.get("digits")
    digits = [] if digits is None else digits
    if not isinstance(digits, list) or not all(isinstance(entry, str) for entry in digits):
        raise LineError(f"digits is {digits!r}; write a list of texts, one for each question")
    return tuple(digits)


def _mode(line: Mapping[str, Any]) -> Mode:
    mode = text_of(line, "mode", Mode.K50)
    if mode not in list(Mode):
        raise LineError(f"mode is {mode!r}; write {' or '.join(Mode)}")
    return Mode(mode)


def _twilio(body: bytes, mode: Mode, *, as_json: bool) -> int:
    from pivotctl.lint.report import as_document, as_text  # noqa: PLC0415
    from pivotctl.lint.twilio import TwilioError, examine  # noqa: PLC0415

    try:
        examined = examine(body, mode)
    except TwilioError as error:
        raise click.ClickException(str(error)) from error
    document = as_document(examined)
    click.echo(json.dumps(document, indent=2) if as_json else as_text(examined))
    return 1 if document["refused"] else 0
