"""`pivotctl parse`: shows how a template sees a raw request, webhook, or CDR."""

import base64
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import IO, Any, NamedTuple

import click

from pivotctl.commands.json_lines import LineError, each_line, text_of
from pivotkit.calls.call import MAX_BYTES, Call, read_call
from pivotkit.core.errors import RequestError
from pivotkit.events import OtherEvent, read_event
from pivotkit.http import deliveries
from pivotkit.http.gateway import GatewayEvent, request_of

FORM = "application/x-www-form-urlencoded"


class RawRequest(NamedTuple):
    """A request from a log: `url` may be '' for a POST, header names are lower-case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@click.command(
    epilog="""\b
Examples:
  pivotctl parse body.txt
  pivotctl parse --url 'https://...'""",
)
@click.option(
    "--kind",
    type=click.Choice(["pivot", "webhook", "cdr"]),
    default="pivot",
    show_default=True,
    help="Source of the request: a pivot action, a webhook, or a cdr_url.",
)
@click.option("--method", type=click.Choice(["GET", "POST", "PUT"], case_sensitive=False))
@click.option("--url", default="", help="Whole URL, including the query.")
@click.option("--content-type", default="", help="Content-Type of the body; guessed by default.")
@click.option(
    "--jsonl",
    "many",
    is_flag=True,
    help="Read many requests from standard input, one JSON object a line with method, url,"
    " headers, and body; print one result object a line.",
)
@click.argument("file", type=click.File("rb"), required=False)
@click.pass_context
def command(
    ctx: click.Context,
    kind: str,
    method: str | None,
    url: str,
    content_type: str,
    file: IO[bytes] | None,
    *,
    many: bool,
) -> None:
    """Show how a template sees a raw request, as JSON: a call, an event, or a CDR.

    FILE is the body of the request, or - for standard input; a document from KAZOO's pivot debug
    log works as well. For a GET request give --url instead. A request that would be refused gives
    an object with `status`, `error`, and `message`, and exit status 1; with --jsonl only an invalid
    line changes the exit status. Names are KAZOO's in snake case, times are ISO 8601. Values
    without a field of their own are in `custom_data` and `other`.
    """
    if many:
        ctx.exit(1 if parse_lines(sys.stdin.buffer, kind) else 0)
    if file is None and not url:
        raise click.UsageError(
            "give the body as FILE (or -), or the URL of a GET request with --url"
        )
    body = file.read() if file else b""
    sent = method or ("POST" if file else "GET")
    found = raw_request(sent, url, content_type, body, kind)
    document, good = parsed(found, kind)
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    ctx.exit(0 if good else 1)


def raw_request(
    method: str, url: str, content_type: str, body: bytes, kind: str = "pivot"
) -> RawRequest:
    """Return the request, from a body, a URL, or a debug document."""
    debug = _debug_document(body) if kind == "pivot" else None
    if debug:
        body = str(debug.get("req_body", "")).encode()
        url, method = str(debug["uri"]), str(debug.get("method", method))
    headers = {"content-type": content_type or _guessed(body)}
    return RawRequest(method.upper(), url, headers, body.rstrip(b"\r\n"))


def parsed(raw: RawRequest, kind: str = "pivot") -> tuple[dict[str, Any], bool]:
    """Return a template's view of *raw* and True, or the refusal and False."""
    try:
        return _READERS[kind](_event(raw)), True
    except RequestError as error:
        name = type(error).__name__
        return {"status": error.status, "error": name, "message": str(error)}, False


def parse_lines(lines: Iterable[bytes], kind: str = "pivot") -> int:
    """Print the request in each line, or its refusal; return the number of invalid lines."""
    return each_line(lines, lambda line: parsed(request_in(line), kind)[0])


def request_in(line: Mapping[str, Any]) -> RawRequest:
    """Return the request that an object describes: `method`, `url`, `headers`, and `body`.

    The default method is POST if there is a body. `content_type` is a shorthand for the header.
    Raises `LineError`.
    """
    body = text_of(line, "body").encode("utf-8", "surrogatepass")
    method = text_of(line, "method", "POST" if body else "GET").upper()
    headers = _headers(line.get("headers"))
    content_type = text_of(line, "content_type") or headers.get("content-type") or _guessed(body)
    return RawRequest(method, text_of(line, "url"), {**headers, "content-type": content_type}, body)


def _headers(value: object) -> dict[str, str]:
    """Return headers, given as an object or as a list of pairs, with lower-case names."""
    pairs = value.items() if isinstance(value, dict) else value or ()
    try:
        return {str(name).lower(): str(text) for name, text in pairs}  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise LineError(f"headers is {value!r}; write an object of texts") from error


def _event(raw: RawRequest) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawQueryString": raw.url.partition("#")[0].partition("?")[2],
        "headers": dict(raw.headers),
        "requestContext": {"http": {"method": raw.method}},
        "body": base64.b64encode(raw.body).decode(),
        "isBase64Encoded": True,
    }


def _pivot(event: GatewayEvent) -> dict[str, Any]:
    return _document(read_call(request_of(event, MAX_BYTES)))


def _webhook(event: GatewayEvent) -> dict[str, Any]:
    """Return the event that a receiver gets; no delivery of KAZOO's is refused."""
    content = deliveries.read(deliveries.admitted(event, deliveries.HOOK_METHODS))
    unread = content.unread
    event_read = OtherEvent(reason=unread) if unread else read_event(content.values)
    names = {"hook": event_read.hook, "event": event_read.name, "class": type(event_read).__name__}
    return names | _fields(event_read) | {"cut": content.cut}


def _cdr(event: GatewayEvent) -> dict[str, Any]:
    """Return the CDR that a sink gets, without the call that a real URL names."""
    from pivotkit.deliveries.cdrs import read_cdr  # noqa: PLC0415  (only this needs the SDK)

    content = deliveries.read(deliveries.admitted(event, deliveries.CDR_METHODS))
    reason = {"reason": content.unread} if content.unread else {}
    return _fields(read_cdr(content.values)) | {"cut": content.cut} | reason


_READERS: dict[str, Callable[[GatewayEvent], dict[str, Any]]] = {
    "pivot": _pivot,
    "webhook": _webhook,
    "cdr": _cdr,
}


def _document(call: Call) -> dict[str, Any]:
    values = call._asdict()
    del values["context"]
    return {name: _plain(value) for name, value in values.items()}


def _fields(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass under KAZOO's names."""
    return {each.name.rstrip("_"): _plain(getattr(value, each.name)) for each in fields(value)}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _guessed(body: bytes) -> str:
    return "application/json" if body.lstrip().startswith(b"{") else FORM


def _debug_document(body: bytes) -> dict[str, Any] | None:
    """Return the document of KAZOO's debug log (`pivot_call:store_debug`), or None."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    is_debug = isinstance(document, dict) and "uri" in document and "Call-ID" not in document
    return document if is_debug else None
