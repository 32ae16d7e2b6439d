"""Access to the console: the only place that says who asks, and which accounts they may see.

Operators sign in with a console key, of which the stack has the hash, or at an issuer of OpenID
Connect (`oidc`); scripts send a bearer token of that issuer. All of them are a `Viewer` with
accounts and roles. Whatever is sent to the console, except a sign-in and a sign-out, needs the role
`change`, so that a new form is locked without a line of its own.
"""

import os
from collections.abc import Iterator
from http import HTTPStatus

from oidc import Config, Issuer, IssuerDownError, TokenRefusedError
from pages import error, page
from sessions import ISSUER_SECONDS, KEY_SECONDS, STARTED_SECONDS, IssuerSessions, KeySessions
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from viewer import CHANGE, ROLES, SEE, Viewer, roles_of

from pivotkit.core import telemetry
from pivotkit.http.keys import Keyring, is_local
from pivotpages.assets import PREFIX

__all__ = ["Access", "Locked", "Viewer", "sign_in_page"]

KIND = "console"
SESSION_SECONDS = KEY_SECONDS
SIGN_IN = "/sign-in"
TO_ISSUER = "/sign-in/issuer"
FROM_ISSUER = "/sign-in/callback"
SIGNED_OUT = "/signed-out"
OPEN = frozenset({SIGN_IN, TO_ISSUER, FROM_ISSUER, SIGNED_OUT})
"""Pages that need no session: they begin one, or follow its end."""

OWN = frozenset({SIGN_IN, "/sign-out"})
"""Paths that a form may be sent to without the role `change`: it is about the session alone."""

OTHER_SITE = "This request came from another site, so nothing was changed. Send the form from here."
ROLE_MISSING = "This needs the role {}, which you do not have. Nothing was changed."
ISSUER_DOWN = "The issuer that confirms who you are cannot be reached. Try again in a minute."

_ROLES_OF = "/"
"""The text between a key's hash and accounts from its roles; a key without roles has them all."""

_BEARER = "bearer"
_READING = frozenset({"GET", "HEAD"})
_SAME_ORIGIN = frozenset({"same-origin", "none"})


class Access:
    """The console's keys, its issuer, and the sessions of both.

    A local run with neither of them is open to all.
    """

    def __init__(self, hashes: str, *, local: bool, config: Config | None = None) -> None:
        keys = [each.partition(_ROLES_OF) for each in hashes.replace(",", " ").split()]
        self._keyring = Keyring(KIND, " ".join(key.removesuffix(":") for key, _, _ in keys))
        roles = [roles_of(names.split("+")) if names else ROLES for _, _, names in keys]
        self._by_key = list(map(KeySessions, self._keyring.listed, roles))
        self._local = local
        usable = config if config and (config.client_secret or hashes) else None
        self.issuer = Issuer(usable) if usable else None
        self.by_issuer = IssuerSessions(usable, hashes) if usable else None
        self.cookie = "session" if local else "__Host-session"
        self.started_cookie = "started" if local else "__Host-started"

    @classmethod
    def from_environment(cls) -> "Access":
        """The access that the function's environment describes."""
        hashes = os.environ.get("KEY_HASHES", "")
        return cls(hashes, local=is_local(), config=Config.from_environment())

    @property
    def has_keys(self) -> bool:
        """Whether anybody can sign in with a key."""
        return bool(self._by_key)

    @property
    def is_locked(self) -> bool:
        """Whether nobody can sign in at all."""
        return not (self.is_open or self.has_keys or self.issuer)

    @property
    def is_open(self) -> bool:
        """Whether nobody has to sign in: on a developer's machine."""
        return self._local and not self.has_keys and not self.issuer

    def viewer(self, request: Request) -> Viewer | None:
        """Return the viewer that a request comes from, or None for a stranger.

        A request with a token is judged by it alone, whatever cookies it has. Raises
        `TokenRefusedError` and `IssuerDownError`.
        """
        if self.is_open:
            return Viewer(KIND, roles=ROLES)
        if "authorization" in request.headers:
            return self._bearer(request.headers["authorization"])
        token = request.cookies.get(self.cookie, "")
        return next(filter(None, self._viewers(token)), None)

    def session(self, key: str, name: str) -> str | None:
        """Return a new session's token for a right *key*, or None."""
        found = self._keyring.find(key)
        own = (each for each in self._by_key if each.key == found)
        return next((each.begin(name) for each in own), None)

    def keep(self, response: Response, token: str, seconds: int = KEY_SECONDS) -> None:
        """Set the session's cookie. An empty *token* ends the session in this browser."""
        self._keep(response, self.cookie, token, seconds, "strict")

    def keep_issued(self, response: Response, token: str) -> None:
        """Set the cookie of a session that began at the issuer, and forget the sign-in."""
        self.keep(response, token, ISSUER_SECONDS)
        self.keep_started(response, "")

    def keep_started(self, response: Response, token: str) -> None:
        """Set the cookie of a sign-in at the issuer, which leads back here from another site."""
        self._keep(response, self.started_cookie, token, STARTED_SECONDS, "lax")

    def _keep(self, response: Response, name: str, token: str, seconds: int, site: str) -> None:
        response.set_cookie(
            name,
            token,
            max_age=seconds if token else 0,
            secure=not self._local,
            httponly=True,
            samesite="lax" if site == "lax" else "strict",
        )

    def _viewers(self, token: str) -> Iterator[Viewer | None]:
        """The viewer of a session, by each way to begin one."""
        for each in self._by_key:
            yield each.viewer(token)
        if self.by_issuer:
            yield self.by_issuer.viewer(token)

    def _bearer(self, header: str) -> Viewer:
        kind, _, token = header.partition(" ")
        if self.issuer is None or kind.lower() != _BEARER:
            raise TokenRefusedError("only bearer tokens of a configured issuer are accepted")
        return self.issuer.bearer(token.strip())


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
        request.state.access = self._access
        request.state.viewer = None
        app = self._answer(request) or self._app
        await app(scope, receive, send)

    def _answer(self, request: Request) -> Response | None:
        """The response to a request that goes no further."""
        path = request.scope["path"]  # a URL would be put together with the Host header
        if path.startswith(PREFIX):  # without any information, and the sign-in page needs them
            return None
        if self._access.is_locked:
            return page("locked.html", status=HTTPStatus.FORBIDDEN)
        try:
            request.state.viewer = self._access.viewer(request)
        except TokenRefusedError as refusal:
            return _token_refused(str(refusal))
        except IssuerDownError as fault:
            return issuer_down(fault)
        return _refusal(request, path)


def _refusal(request: Request, path: str) -> Response | None:
    """The response to a form of another site, a stranger, or a viewer without a role."""
    by_token = "authorization" in request.headers  # which no page of another site can send
    if request.method not in _READING and not by_token and not _same_origin(request):
        return error(HTTPStatus.FORBIDDEN, OTHER_SITE)
    if path in OPEN:
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
    return error(HTTPStatus.FORBIDDEN, ROLE_MISSING.format(needed))


def _token_refused(reason: str) -> Response:
    telemetry.done("token_refused", reason=reason)
    return PlainTextResponse(
        f"The token is refused: {reason}.\n",
        HTTPStatus.UNAUTHORIZED,
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


def issuer_down(fault: IssuerDownError) -> Response:
    """The page for a sign-in that the issuer cannot confirm."""
    telemetry.done("issuer_down", reason=str(fault))
    return error(HTTPStatus.SERVICE_UNAVAILABLE, ISSUER_DOWN)


def sign_in_page(request: Request, *, status: HTTPStatus, fault: str = "") -> Response:
    """The form to sign in, which leads back to the page that was asked for."""
    access: Access = request.state.access
    wanted, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    if query:
        wanted += f"?{query}"
    is_page = request.scope["path"] not in OPEN and request.method in _READING
    return page(
        "sign_in.html",
        status=status,
        following=wanted if is_page else "/",
        fault=fault,
        has_keys=access.has_keys,
        issuer=access.issuer.config.issuer if access.issuer else "",
    )


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
