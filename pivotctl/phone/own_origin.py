"""Only the phone's own pages may use its server: no page of another site dials.

A browser sends any site's requests to this machine. One whose Host is another name comes from a
site that has pointed its own name here (DNS rebinding); one with another Origin, or from another
site by `Sec-Fetch-Site`, comes from a page that is not the phone's (CSRF).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_SAFE = frozenset({"GET", "HEAD"})
_OWN_SITES = frozenset({"same-origin", "none"})
_WRONG_HOST = "This is the softphone of `pivotctl serve`. Open it as {}."
_WRONG_ORIGIN = "Only the softphone's own pages may use this address."


class OwnOrigin:
    """Refuses requests that do not come from the pages at 127.0.0.1 or localhost with `port`."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        self._origins = frozenset(f"http://{host}" for host in self._hosts)
        self._url = f"http://127.0.0.1:{port}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request, or answer it with 403 or 421."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("host") not in self._hosts:
            text = _WRONG_HOST.format(self._url)
            await PlainTextResponse(text, 421)(scope, receive, send)
        elif not self._admits(scope["method"], scope["path"], headers):
            await PlainTextResponse(_WRONG_ORIGIN, 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _admits(self, method: str, path: str, headers: Headers) -> bool:
        """Whether a request comes from the phone's own pages; anyone may open the page itself."""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
        if method not in _SAFE:
            return origin in self._origins and site in _OWN_SITES
        own = origin is None or origin in self._origins
        return own and (site in _OWN_SITES or path == "/")
