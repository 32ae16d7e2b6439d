"""`pivotctl parse`: what a template gets from a raw request."""

import base64
import json
import sys
from collections.abc import Iterable, Mapping
from typing import IO, Any, NamedTuple

import click

from pivotctl.jsonl import each_line, text_of
from pivotkit.call import MAX_BYTES, Call, read_call
from pivotkit.errors import RequestError
from pivotkit.gateway import request_of

FORM = "application/x-www-form-urlencoded"


class RawRequest(NamedTuple):
    """A request as it stands in a log: `url` may be '' for a POST."""

    method: str
    url: str
    content_type: str
    body: bytes


@click.command(
    epilog="Example: pivotctl parse body.txt    or    pivotctl parse --url 'https://...'"
)
@click.option("--method", type=click.Choice(["GET", "POST"], case_sensitive=False))
@click.option("--url", default="", help="The whole URL; its query is read, too.")
@click.option("--content-type", default="", help="Of the body; guessed when not given.")
@click.option(
    "--jsonl",
    "many",
    is_flag=True,
    help="Read many requests from standard input, one JSON object a line with method, url,"
    " content_type and body; print one result object a line.",
)
@click.argument("file", type=click.File("rb"), required=False)
@click.pass_context
def command(
    ctx: click.Context,
    method: str | None,
    url: str,
    content_type: str,
    file: IO[bytes] | None,
    *,
    many: bool,
) -> None:
    """Show what a template gets from a raw Pivot request, as JSON.

    FILE is the request's body, or - for standard input; a document of KAZOO's pivot debug log
    will do as well. For a GET request give its --url instead. A request that would be refused
    gives an object with `status`, `error` and `message`, and exit status 1; with --jsonl only a
    line that is no request does so.
    """
    if many:
        ctx.exit(1 if parse_lines(sys.stdin.buffer) else 0)
    if file is None and not url:
        raise click.UsageError("give the body as FILE (or -), or the URL of a GET request as --url")
    body = file.read() if file else b""
    found = raw_request(method or ("POST" if file else "GET"), url, content_type, body)
    document, good = parsed(found)
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    ctx.exit(0 if good else 1)


def raw_request(method: str, url: str, content_type: str, body: bytes) -> RawRequest:
    """The request that was given, in whichever way."""
    debug = _debug_document(body)
    if debug:
        body = str(debug.get("req_body", "")).encode()
        url, method = str(debug["uri"]), str(debug.get("method", method))
    return RawRequest(method.upper(), url, content_type or _guessed(body), body.rstrip(b"\r\n"))


def parsed(raw: RawRequest) -> tuple[dict[str, Any], bool]:
    """The call in *raw* by its fields' names; or the refusal, and False."""
    try:
        call = read_call(request_of(_event(raw), MAX_BYTES))
    except RequestError as error:
        name = type(error).__name__
        return {"status": error.status, "error": name, "message": str(error)}, False
    return _document(call), True


def parse_lines(lines: Iterable[bytes]) -> int:
    """Print the call in each line, or its refusal; returns how many lines were no requests."""
    return each_line(lines, lambda line: parsed(request_in(line))[0])


def request_in(line: Mapping[str, Any]) -> RawRequest:
    """The request that an object describes: `method`, `url`, `content_type` and `body`.

    Without a method it is a POST when there is a body. Raises `LineError`.
    """
    body = text_of(line, "body").encode("utf-8", "surrogatepass")
    method = text_of(line, "method", "POST" if body else "GET").upper()
    content_type = text_of(line, "content_type") or _guessed(body)
    return RawRequest(method, text_of(line, "url"), content_type, body)


def _event(raw: RawRequest) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawQueryString": raw.url.partition("#")[0].partition("?")[2],
        "headers": {"content-type": raw.content_type},
        "requestContext": {"http": {"method": raw.method}},
        "body": base64.b64encode(raw.body).decode(),
        "isBase64Encoded": True,
    }


def _document(call: Call) -> dict[str, Any]:
    values = call._asdict()
    del values["context"]
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _guessed(body: bytes) -> str:
    return "application/json" if body.lstrip().startswith(b"{") else FORM


def _debug_document(body: bytes) -> dict[str, Any] | None:
    """A request of KAZOO's debug log (`pivot_call:store_debug`), if *body* is one."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    is_debug = isinstance(document, dict) and "uri" in document and "Call-ID" not in document
    return document if is_debug else None
