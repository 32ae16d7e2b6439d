"""Sign-in with a console key, and sign-out."""

import re
from http import HTTPStatus

from access import SIGN_IN, SIGNED_OUT, Access, sign_in_page
from attempts import Attempt, SignInError
from form import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pivotkit.core import telemetry
from pivotkit.core.errors import StateUnavailable

MOST_NAME = 60
WRONG = "Unknown key. Check that it is the console key of this stack."
UNAVAILABLE = "Sign-in is not available right now. Try again in a minute."

_PLACE = re.compile(r"/(?!/)[\w/?=&%+.-]*", re.ASCII)
"""A page of the console: a path, never another host."""


async def sign_in(request: Request) -> Response:
    """Show the form, or start a session."""
    if request.method != "POST":
        return sign_in_page(request, status=HTTPStatus.OK)
    form = await Form.of(request)
    try:
        token = _session(request, form)
    except StateUnavailable:
        return sign_in_page(request, status=HTTPStatus.SERVICE_UNAVAILABLE, fault=UNAVAILABLE)
    except SignInError as error:
        return sign_in_page(request, status=HTTPStatus.UNAUTHORIZED, fault=str(error))
    response = RedirectResponse(place(form.text("following")), HTTPStatus.SEE_OTHER)
    request.state.access.keep(response, token)
    return response


async def sign_out(request: Request) -> Response:
    """End the session in this browser."""
    access: Access = request.state.access
    target = SIGNED_OUT if access.issuer else SIGN_IN
    response = RedirectResponse(target, HTTPStatus.SEE_OTHER)
    access.keep(response, "")
    return response


def _session(request: Request, form: Form) -> str:
    """The token of a new session. Raises `SignInError` with the reason."""
    access: Access = request.state.access
    attempt = Attempt.of(request)
    token = access.session(form.text("key"), _name(form.text("name")))
    if token is None:
        telemetry.done("sign_in_refused")
        raise SignInError(WRONG)
    attempt.take_back()
    telemetry.done("signed_in")
    return token


def _name(text: str) -> str:
    """The name that the history of changes shows."""
    plain = "".join(filter(str.isprintable, text)).strip()[:MOST_NAME]
    return f"{plain} (console)" if plain else "console"


def place(text: str) -> str:
    """Return *text* if it is a page of the console, and otherwise the first page."""
    return text if _PLACE.fullmatch(text) else "/"
