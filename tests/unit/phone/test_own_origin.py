"""Requests to the softphone's server: only its own pages may use it."""

import asyncio
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from pivotctl.phone.own_origin import OwnOrigin

PORT = 8088
HERE = "http://127.0.0.1:8088"
EVIL = "http://evil.example"


def status(method: str, path: str, **headers: str) -> int:
    """The status of a request with headers."""
    sent: list[Any] = []
    named = {"host": "127.0.0.1:8088", **headers}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [
            (name.replace("_", "-").encode(), text.encode()) for name, text in named.items()
        ],
    }

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(OwnOrigin(PlainTextResponse("ok"), PORT)(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("GET", "/", {}, 200),
        ("GET", "/", {"host": "localhost:8088"}, 200),
        ("GET", "/", {"sec_fetch_site": "cross-site"}, 200),
        ("GET", "/", {"host": "evil.example:8088"}, 421),
        ("GET", "/", {"host": "127.0.0.1"}, 421),
        ("GET", "/", {"host": "127.0.0.1:8088.evil.example"}, 421),
        ("GET", "/calls/x", {"origin": EVIL}, 403),
        ("GET", "/calls/x/events", {"sec_fetch_site": "cross-site"}, 403),
        ("GET", "/speech", {"sec_fetch_site": "same-site"}, 403),
        ("GET", "/speech", {"sec_fetch_site": "same-origin"}, 200),
        ("POST", "/calls", {"origin": HERE, "sec_fetch_site": "same-origin"}, 200),
        ("POST", "/calls", {"origin": "http://localhost:8088", "host": "localhost:8088"}, 200),
        ("POST", "/calls", {}, 403),
        ("POST", "/calls", {"origin": "null"}, 403),
        ("POST", "/calls", {"origin": EVIL}, 403),
        ("POST", "/calls", {"origin": "http://127.0.0.1:9999"}, 403),
        ("POST", "/calls", {"origin": HERE, "sec_fetch_site": "cross-site"}, 403),
        ("POST", "/calls", {"origin": HERE, "host": "evil.example"}, 421),
        ("PUT", "/upstreams/crm", {"origin": EVIL}, 403),
        ("DELETE", "/calls/x", {}, 403),
    ],
)
def test_only_own_pages_are_answered(
    method: str, path: str, headers: dict[str, str], expected: int
) -> None:
    """No page of another site dials, reads a call, or changes anything; all may open it."""
    assert status(method, path, **headers) == expected
