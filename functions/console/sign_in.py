"""Sign-in with a console key, and sign-out.

An attempt is counted in DynamoDB, for all execution environments, before the key is compared.
"""

import re
import uuid
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

from access import Access, sign_in_page
from form import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pivotkit.core import telemetry
from pivotkit.core.errors import StateUnavailable
from pivotkit.store.attempts import AccountAttempts, Attempts

ATTEMPTS = 10
ATTEMPT_SECONDS = 15 * 60
"""Wrong keys that an address may send in this time."""

MOST_NAME = 60
WRONG = "Unknown key. Check that it is the console key of this stack."
TOO_MANY = "Too many attempts from your address. Wait 15 minutes, then try again."
UNAVAILABLE = "Sign-in is not available right now. Try again in a minute."

_PLACE = re.compile(r"/(?!/)[\w/?=&%+.-]*", re.ASCII)
"""A page of the console: a path, never another host."""


class SignInError(Exception):
    """A sign-in is refused. The message is for the page."""


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
    response = RedirectResponse(_place(form.text("following")), HTTPStatus.SEE_OTHER)
    request.state.access.keep(response, token)
    return response


async def sign_out(request: Request) -> Response:
    """End the session in this browser."""
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    request.state.access.keep(response, "")
    return response


def _session(request: Request, form: Form) -> str:
    """The token of a new session. Raises `SignInError` with the reason."""
    access: Access = request.state.access
    subject, attempt = f"console#{_network(request)}", uuid.uuid4().hex
    if not _attempts().allow(subject, attempt):
        telemetry.done("sign_in_limited")
        raise SignInError(TOO_MANY)
    token = access.session(form.text("key"), _name(form.text("name")))
    if token is None:
        telemetry.done("sign_in_refused")
        raise SignInError(WRONG)
    _attempts().take_back(subject, [attempt])
    telemetry.done("signed_in")
    return token


def _attempts() -> AccountAttempts:
    return Attempts(ATTEMPTS, ATTEMPT_SECONDS).of_all()


def _network(request: Request) -> str:
    """The address that API Gateway names; of IPv6, what one customer has (/64)."""
    address = ip_address(request.client.host if request.client else "0.0.0.0")  # noqa: S104
    if isinstance(address, IPv6Address):
        return f"{IPv6Address(int(address) >> 64 << 64)}"
    return str(address)


def _name(text: str) -> str:
    """The name that the history of changes shows."""
    plain = "".join(filter(str.isprintable, text)).strip()[:MOST_NAME]
    return f"{plain} (console)" if plain else "console"


def _place(text: str) -> str:
    return text if _PLACE.fullmatch(text) else "/"
