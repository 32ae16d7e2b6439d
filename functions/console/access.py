"""Access to the console: the only place that says who asks, and which accounts they may see.

Operators sign in with a console key, of which the stack has the hash. Their session is a cookie
that is signed with a key derived from this hash: a key that is no longer in the stack ends its
sessions. A key has roles: see `viewer`. Whatever is sent to the console, except a sign-in and a
sign-out, needs the role `change`, so that a new form is locked without a line of its own.
"""

import os
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from pages import page
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from viewer import CHANGE, ROLES, SEE, Viewer, roles_of

from pivotkit.http.keys import AccessKey, Keyring, is_local
from pivotpages.assets import PREFIX

__all__ = ["Access", "Locked", "Viewer", "sign_in_page"]

KIND = "console"
SESSION_SECONDS = 12 * 60 * 60
SIGN_IN = "/sign-in"
OWN = frozenset({SIGN_IN, "/sign-out"})
"""Paths that a form may be sent to without the role `change`: it is about the session alone."""

_ROLES_OF = "/"
"""What separates a key's hash and accounts from its roles; a key without roles has them all."""

_READING = frozenset({"GET", "HEAD"})
_SAME_ORIGIN = frozenset({"same-origin", "none"})


class Access:
    """The console's keys and sessions. A local run without keys is open to all."""

    def __init__(self, hashes: str, *, local: bool) -> None:
        keys = [each.partition(_ROLES_OF) for each in hashes.replace(",", " ").split()]
        self._keyring = Keyring(KIND, " ".join(key.removesuffix(":") for key, _, _ in keys))
        self._roles = [roles_of(roles.split("+")) if roles else ROLES for _, _, roles in keys]
        self._local = local
        self.cookie = "session" if local else "__Host-session"

    @classmethod
    def from_environment(cls) -> "Access":
        """The access that the function's environment describes."""
        return cls(os.environ.get("KEY_HASHES", ""), local=is_local())

    @property
    def has_keys(self) -> bool:
        """Whether anybody can sign in."""
        return bool(self._keyring.listed)

    @property
    def is_open(self) -> bool:
        """Whether nobody has to sign in: on a developer's machine."""
        return self._local and not self.has_keys

    def viewer(self, request: Request) -> Viewer | None:
        """Return the viewer that a request comes from, or None for a stranger."""
        if self.is_open:
            return Viewer(KIND, roles=ROLES)
        token = request.cookies.get(self.cookie, "")
        keys = zip(self._keyring.listed, self._roles, strict=True)
        found = (_opened(key, roles, token) for key, roles in keys)
        return next(filter(None, found), None)

    def session(self, key: str, name: str) -> str | None:
        """Return a new session's token for a right *key*, or None."""
        found = self._keyring.find(key)
        return str(_serializer(found).dumps(name)) if found else None

    def keep(self, response: Response, token: str) -> None:
        """Set the session's cookie. An empty *token* ends the session in this browser."""
        response.set_cookie(
            self.cookie,
            token,
            max_age=SESSION_SECONDS if token else 0,
            secure=not self._local,
            httponly=True,
            samesite="strict",
        )


def _opened(key: AccessKey, roles: frozenset[str], token: str) -> Viewer | None:
    """The viewer of a session that was signed with *key* and has not expired."""
    try:
        name: Any = _serializer(key).loads(token, max_age=SESSION_SECONDS)
    except BadSignature:
        return None
    return Viewer(str(name), key.accounts, roles)


def _serializer(key: AccessKey) -> URLSafeTimedSerializer:
    derived = {"key_derivation": "hmac", "digest_method": sha256}
    return URLSafeTimedSerializer(key.digest, salt="console session", signer_kwargs=derived)


class Locked:
    """Passes on the requests of viewers, and those for the sign-in page; no others.

    It stands before all routes, so that a new page is locked without a line of its own.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request, with its viewer in `request.state`."""
        request = Request(scope)
        request.state.viewer = self._access.viewer(request)
        request.state.access = self._access
        app = self._refusal(request) or self._app
        await app(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        """The response to a request that goes no further."""
        path = request.scope["path"]  # a URL would be put together with the Host header
        if path.startswith(PREFIX):  # without any information, and the sign-in page needs them
            return None
        if not self._access.is_open and not self._access.has_keys:
            return page("locked.html", status=HTTPStatus.FORBIDDEN)
        if request.method not in _READING and not _same_origin(request):
            return page("error.html", status=HTTPStatus.FORBIDDEN, text=OTHER_SITE)
        if path == SIGN_IN:
            return None
        if request.state.viewer is None:
            return sign_in_page(request, status=HTTPStatus.UNAUTHORIZED)
        return None if path in OWN else _missing_role(request)


def _missing_role(request: Request) -> Response | None:
    """The response to a viewer without the role that a request needs."""
    viewer: Viewer = request.state.viewer
    needed = SEE if request.method in _READING else CHANGE
    if needed in viewer.roles:
        return None
    return page("error.html", status=HTTPStatus.FORBIDDEN, text=ROLE_MISSING.format(needed))


OTHER_SITE = "This request came from another site, so nothing was changed. Send the form from here."
ROLE_MISSING = "This needs the role {}, which you do not have. Nothing was changed."


def sign_in_page(request: Request, *, status: HTTPStatus, fault: str = "") -> Response:
    """The form to sign in, which leads back to the page that was asked for."""
    wanted, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    if query:
        wanted += f"?{query}"
    following = "/" if wanted.startswith(SIGN_IN) or request.method not in _READING else wanted
    return page("sign_in.html", status=status, following=following, fault=fault)


def _same_origin(request: Request) -> bool:
    """Tell whether a page of the console sent the request.

    Every current browser says so in `Sec-Fetch-Site`, which no page can change. An older one, or
    one without TLS, sends the page's origin.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in _SAME_ORIGIN
    scheme, _, host = request.headers.get("origin", "").partition("://")
    return scheme in {"https", "http"} and host == request.headers.get("host")
