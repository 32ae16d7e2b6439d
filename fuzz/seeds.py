"""Seeds: what KAZOO sends to each door, from the sample events, and what was found before.

`tests/fuzz/<door>/` has the inputs that once broke a rule. They are tried again with every test
run, and each run of the fuzzer begins with them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fuzz.doors.token import genuine

ROOT = Path(__file__).resolve().parents[1]
FOUND = ROOT / "tests/fuzz"
_EVENTS = ROOT / "events"
_FORM = "application/x-www-form-urlencoded"
_XML = (
    '<Response><Say voice="woman">Hi</Say><Gather numDigits="1" action="next"><Play>a.mp3</Play>'
    "</Gather><Set><Variable key='a' value='b'/></Set><Dial><Number>+14155550142</Number></Dial>"
    "</Response>"
)
_FLOW = '{"module": "tts", "data": {"text": "Hi"}, "children": {"_": {"module": "response"}}}'
_SPOOLED = {
    "pk": {"S": "a#b"},
    "sk": {"S": "event#sms#0"},
    "item": {"S": "delivery"},
    "received_at": {"N": "1768469400"},
    "method": {"S": "POST"},
    "content_type": {"S": _FORM},
    "body": {"S": "hook_event=sms"},
}


def of(door: str) -> Iterator[bytes]:
    """Yield the seeds of a door."""
    yield from _SENT[door]()
    yield from (file.read_bytes() for file in found(door))


def found(door: str) -> list[Path]:
    """The files of inputs that once broke the rule of a door."""
    return sorted((FOUND / door).glob("*"))


def _request() -> Iterator[bytes]:
    for event in _samples("pivot/menu", "pivot/say_hello"):
        for template in ("say_hello", "menu", "next"):
            yield _given(event, template, query=True)


def _webhook() -> Iterator[bytes]:
    for event in _samples("webhooks/everything", "webhooks/channel_events", "webhooks/faxes"):
        headers = event["headers"]
        hook, account = (headers.get(name, "") for name in ("x-hook-id", "x-account-id"))
        for kind in ("open", "signed"):
            line = _line(kind, _method(event), _type(event), hook, account, _query(event))
            yield line + _body(event)


def _cdr() -> Iterator[bytes]:
    for event in _samples("cdr/cdr_url"):
        for kind in ("key", "token"):
            yield _given(event, kind)


def _recording() -> Iterator[bytes]:
    for event in _samples("webhooks/recordings"):
        name = event["pathParameters"]["name"]
        yield _line(name, _query(event), _type(event), _method(event)) + _body(event)


def _token() -> Iterator[bytes]:
    yield from (text.encode() for text in genuine())


def _header() -> Iterator[bytes]:
    for event in _samples("webhooks/everything", "pivot/say_hello"):
        yield "\n".join(f"{name}: {value}" for name, value in event["headers"].items()).encode()


def _lint() -> Iterator[bytes]:
    for mode in ("k50", "k5"):
        yield _line("text/xml", mode) + _XML.encode()
        yield _line("application/json", mode) + _FLOW.encode()


def _replay() -> Iterator[bytes]:
    line = json.dumps({"level": "ERROR", "message": "SPOOL", "item": _SPOOLED})
    yield line.encode()
    yield f'"@timestamp","@message"\n"2026","{line.replace('"', '""')}"\n'.encode()
    yield json.dumps({"events": [{"message": line}]}).encode("utf-16")


_SENT = {
    "request": _request,
    "webhook": _webhook,
    "cdr": _cdr,
    "recording": _recording,
    "token": _token,
    "header": _header,
    "lint": _lint,
    "replay": _replay,
}


def _samples(*folders: str) -> Iterator[dict[str, Any]]:
    for folder in folders:
        for file in sorted((_EVENTS / folder).glob("*.json")):
            yield json.loads(file.read_text(encoding="utf-8"))


def _given(event: dict[str, Any], kind: str, *, query: bool = False) -> bytes:
    words = (kind, _method(event), _type(event), *((_query(event),) if query else ()))
    return _line(*words) + _body(event)


def _line(*words: str) -> bytes:
    return " ".join(words).encode() + b"\n"


def _method(event: dict[str, Any]) -> str:
    http = event["requestContext"].get("http") or {}
    return str(http.get("method") or event.get("httpMethod") or "POST")


def _type(event: dict[str, Any]) -> str:
    return str(event["headers"].get("content-type", "")).partition(";")[0]


def _query(event: dict[str, Any]) -> str:
    return str(event.get("rawQueryString") or "")


def _body(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
