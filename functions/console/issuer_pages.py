"""Sign-in at an issuer of OpenID Connect: the way there, the way back, and its end.

The way back begins at another site, so a browser sends none of the console's strict cookies with
it, and would send none after a redirect. Its answer is therefore a page that goes on by itself.
"""

import secrets
from http import HTTPStatus

from access import FROM_ISSUER, SIGNED_OUT, Access, issuer_down, sign_in_page
from attempts import Attempt, SignInError
from oidc import Issuer, IssuerDownError, Started, TokenRefusedError
from pages import page
from sessions import IssuerSessions
from sign_in import UNAVAILABLE, place
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from viewer import Viewer

from pivotkit.core import telemetry
from pivotkit.core.errors import StateUnavailable
from pivotkit.http.keys import is_local

NOT_STARTED = "This sign-in was not begun in this browser, or took too long. Sign in again."
NOT_CONFIRMED = "The issuer did not confirm the sign-in. Sign in again."
NOT_ADMITTED = "You are signed in at the issuer, but this console does not admit you: {}."


async def to_issuer(request: Request) -> Response:
    """Send somebody to the issuer, to sign in there."""
    issuer, sessions = _configured(request)
    following = place(request.query_params.get("following", "/"))
    state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    started = Started(state, nonce, secrets.token_urlsafe(48), following)
    try:
        url = issuer.authorization(started, _here(request, FROM_ISSUER))
    except IssuerDownError as fault:
        return issuer_down(fault)
    response = RedirectResponse(url, HTTPStatus.SEE_OTHER)
    request.state.access.keep_started(response, sessions.start(started))
    return response


async def from_issuer(request: Request) -> Response:
    """Begin a session for somebody whom the issuer has sent back."""
    _, sessions = _configured(request)
    access: Access = request.state.access
    started = sessions.started(request.cookies.get(access.started_cookie, ""))
    if started is None or not _is_answer_to(request, started):
        return sign_in_page(request, status=HTTPStatus.BAD_REQUEST, fault=NOT_STARTED)
    try:
        viewer = _confirmed(request, started)
    except SignInError as refusal:
        return sign_in_page(request, status=HTTPStatus.UNAUTHORIZED, fault=str(refusal))
    except StateUnavailable:
        return sign_in_page(request, status=HTTPStatus.SERVICE_UNAVAILABLE, fault=UNAVAILABLE)
    except IssuerDownError as fault:
        return issuer_down(fault)
    response = page("signed_in.html", name=viewer.name, following=started.following)
    access.keep_issued(response, sessions.begin(viewer))
    return response


async def signed_out(request: Request) -> Response:
    """Say that the session here has ended, and how to end the one at the issuer."""
    issuer, _ = _configured(request)
    try:
        there = issuer.end_session(_here(request, SIGNED_OUT))
    except IssuerDownError:
        there = ""
    return page("signed_out.html", there=there)


def _confirmed(request: Request, started: Started) -> Viewer:
    """Whom the issuer has confirmed. Raises `SignInError` with the reason."""
    issuer, _ = _configured(request)
    attempt = Attempt.of(request)
    code = request.query_params.get("code", "")
    if not code:
        raise SignInError(NOT_CONFIRMED)
    try:
        viewer = issuer.redeem(code, started, _here(request, FROM_ISSUER))
    except TokenRefusedError as refusal:
        telemetry.done("sign_in_refused", reason=str(refusal))
        raise SignInError(NOT_ADMITTED.format(refusal)) from refusal
    attempt.take_back()
    telemetry.done("signed_in")
    return viewer


def _is_answer_to(request: Request, started: Started) -> bool:
    state = request.query_params.get("state", "")
    return secrets.compare_digest(state.encode(), started.state.encode())


def _configured(request: Request) -> tuple[Issuer, IssuerSessions]:
    """The issuer and its sessions. Raises `HTTPException` if none is configured."""
    access: Access = request.state.access
    if access.issuer is None or access.by_issuer is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return access.issuer, access.by_issuer


def _here(request: Request, path: str) -> str:
    """The absolute URL of a page: of the domain that API Gateway names, never of a header."""
    if is_local():
        return f"http://{request.headers['host']}{path}"
    context = request.scope["aws.event"]["requestContext"]
    return f"https://{context['domainName']}{path}"
