"""The security headers of every response."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "media-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


def content_security_policy(**more: str) -> str:
    """The policy of the pages: their own origin alone, without anything inline.

    *more* are further sources by directive, such as `connect_src="wss://sockets.example.com"`.
    """
    further = {name.replace("_", "-"): sources for name, sources in more.items() if sources}
    merged = {name: " ".join((own, further.get(name, ""))) for name, own in _SOURCES.items()}
    return "; ".join(f"{name} {sources}".strip() for name, sources in merged.items())


class Guard:
    """Sets the security headers on every response, and removes the body of responses to HEAD.

    A response that says itself how long it may be kept is left its `Cache-Control`. *sources* are
    those that the policy names besides the pages' own origin.
    """

    def __init__(self, app: ASGIApp, **sources: str) -> None:
        self._app = app
        self._headers = {**HEADERS, "Content-Security-Policy": content_security_policy(**sources)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._set(MutableHeaders(scope=message))
            elif scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        await self._app(scope, receive, guarded_send)

    def _set(self, headers: MutableHeaders) -> None:
        kept = headers.get("Cache-Control")
        headers.update(self._headers)
        if kept:
            headers["Cache-Control"] = kept
