"""Requests that Crossbar did not do, each with the sentence that a user reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

from pivotctl.kazoo.exchange import CrossbarCall, CrossbarResponse
from pivotctl.kazoo.faults import Fault, faults_of, lines
from pivotkit.services.upstream import UpstreamDown


class CrossbarError(UpstreamDown):
    """A request that Crossbar did not do. `str()` is what a user reads.

    `status` is the HTTP status, or None if there was no response. `request_id` finds the request in
    KAZOO's logs; it is '' if there is none.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int | None = None,
        request_id: str = "",
        faults: tuple[Fault, ...] = (),
        after: float | None = None,
    ) -> None:
        super().__init__("crossbar", sentence, status)
        self.request_id = request_id
        self.faults = faults
        self.after = after

    def __str__(self) -> str:
        support = f"For support: KAZOO's request ID is {self.request_id}."
        return "\n".join([self.reason, *lines(self.faults), *([support] * bool(self.request_id))])


class InvalidRequest(CrossbarError):
    """A request with `faults`, found by Crossbar or before it was sent."""


class SignInNeeded(CrossbarError):
    """There is no token, or Crossbar refuses it (401); or it refuses the credentials."""

    @property
    def is_unknown(self) -> bool:
        """False: an unknown API key (404) says nothing about what was asked for."""
        return False


class PaymentNeeded(CrossbarError):
    """The account has no credit, no payment method, or has to accept charges (402)."""


class NotPermitted(CrossbarError):
    """The sign-in is valid, but has no right to do this (403)."""


class Unknown(CrossbarError):
    """There is no such document, or no such path (404)."""


class NotSupported(CrossbarError):
    """This Crossbar does not support the method or the type of content (405, 415, 501)."""


class Conflict(CrossbarError):
    """Another request has changed the document meanwhile (409, 412)."""


class TooLarge(CrossbarError):
    """The request's body is too large (413)."""


class TooManyRequests(CrossbarError):
    """Crossbar limits requests (429); `after` is the number of seconds that it asks to wait."""


class CrossbarFailed(CrossbarError):
    """Crossbar, its database, or a proxy in front of it failed (5xx)."""


class NotConnected(CrossbarError):
    """There was no connection to a trusted server, so nothing was sent."""


class NoAnswer(CrossbarError):
    """The request was sent, but there was no response: Crossbar may have done it."""


class NoCrossbar(CrossbarError):
    """Something answered that is not Crossbar."""


def unsent(call: CrossbarCall, faults: tuple[Fault, ...]) -> InvalidRequest:
    """The error of a request whose body has *faults*, which was therefore not sent."""
    return InvalidRequest(f"Not sent, because KAZOO would refuse it ({call}):", faults=faults)


# -- responses -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Refused:
    """A refused request, and Crossbar's response to it."""

    call: CrossbarCall
    response: CrossbarResponse

    @property
    def envelope(self) -> Mapping[str, Any]:
        return self.response.envelope or {}

    @property
    def data(self) -> Any:
        return self.envelope.get("data")

    @property
    def message(self) -> str:
        """KAZOO's words: those about the error, or its name."""
        text = self.data.get("message") if isinstance(self.data, Mapping) else None
        return str(text or self.envelope.get("message") or "no reason given").replace("_", " ")

    @property
    def cause(self) -> str:
        """The identifier that KAZOO does not know, or ''."""
        if isinstance(self.data, list) and self.data:
            return str(self.data[0])
        return str(self.data.get("cause") or "") if isinstance(self.data, Mapping) else ""

    @property
    def faults(self) -> tuple[Fault, ...]:
        return faults_of(self.data, self.call.data)

    @property
    def after(self) -> float | None:
        """The seconds of `Retry-After`, which is a number or a date."""
        text = self.response.headers.get("retry-after", "").strip()
        if text.isdecimal():
            return float(text)
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - time())
        except ValueError:
            return None

    @property
    def signs_in(self) -> bool:
        return self.call.path in ("/user_auth", "/api_auth")


def refusal(call: CrossbarCall, response: CrossbarResponse) -> CrossbarError:
    """The error for a response that is no success."""
    refused = _Refused(call, response)
    kind, sentence = _KINDS.get(response.status, (CrossbarFailed, _failed))
    if response.envelope is None and not (kind is CrossbarFailed or response.status in _BY_STATUS):
        kind, sentence = NoCrossbar, _no_envelope
    elif kind is Unknown and refused.signs_in:
        kind, sentence = SignInNeeded, _no_key
    return kind(
        sentence(refused),
        status=response.status,
        request_id=_request_id(response),
        faults=refused.faults,
        after=refused.after,
    )


def no_crossbar(call: CrossbarCall, response: CrossbarResponse) -> NoCrossbar:
    """The error for a success that is not Crossbar's."""
    return NoCrossbar(_no_envelope(_Refused(call, response)), status=response.status)


def _request_id(response: CrossbarResponse) -> str:
    envelope = response.envelope or {}
    return str(envelope.get("request_id") or response.headers.get("x-request-id", ""))


def _invalid(refused: _Refused) -> str:
    if refused.faults:
        return f"Crossbar refused {refused.call}:"
    if refused.envelope.get("message") in ("parse_error", "invalid_request"):
        return f"Crossbar could not read the body of {refused.call}: {refused.message}."
    if "whitelist" in refused.message:
        return (
            f"The click-to-call may not call {refused.data}: no pattern of its whitelist matches. "
            "Add one, or use another click-to-call."
        )
    return f"Crossbar refused {refused.call}: {refused.message}. Change the request."


def _sign_in(refused: _Refused) -> str:
    if refused.signs_in:
        return (
            "Crossbar does not accept this user name, password, and account: check all three. "
            "Names of users and accounts are not case-sensitive; passwords are."
        )
    return "Your sign-in is no longer valid: sign in again with `pivotctl kazoo login`."


def _no_key(_refused: _Refused) -> str:
    return "Crossbar does not know this API key: copy it again from the account in KAZOO."


def _payment(refused: _Refused) -> str:
    name = refused.envelope.get("message")
    fix = {
        "no_credit": "Add credit to the account, and repeat.",
        "no_payment_token": "Add a payment method to the account, and repeat.",
    }.get(str(name), "Accept the charges in KAZOO's own interface, and repeat.")
    return f"The account has to pay for {refused.call}: {refused.message}. {fix}"


def _not_permitted(refused: _Refused) -> str:
    return (
        f"You may not {refused.call}: your user is no administrator, or the account is neither "
        "yours nor below yours. `pivotctl kazoo whoami` shows who you are."
    )


def _unknown(refused: _Refused) -> str:
    if refused.cause:
        return f"Crossbar does not know {refused.cause} ({refused.call}): check ID and account."
    return (
        f"This Crossbar has no {refused.call.path}: check the ID, or ask its operator whether the "
        "module is running."
    )


def _not_supported(refused: _Refused) -> str:
    return f"This Crossbar does not support {refused.call}: it may be older than the command."


def _content_type(refused: _Refused) -> str:
    return (
        f"This Crossbar does not take JSON in {refused.call}: check the URL, and the proxy in "
        "front of it."
    )


def _conflict(refused: _Refused) -> str:
    return f"Someone else changed the document during {refused.call}: look at it, and repeat."


def _too_large(refused: _Refused) -> str:
    fix = "" if refused.faults else " Make it smaller."
    return f"The body of {refused.call} is too large.{fix}"


def _too_many(refused: _Refused) -> str:
    when = "in a minute" if refused.after is None else f"in {refused.after:.0f} seconds"
    return f"Crossbar limits your requests, and refused {refused.call}: repeat it {when}."


def _failed(refused: _Refused) -> str:
    if not refused.envelope:
        return (
            f"The server in front of Crossbar answered {refused.response.status} to "
            f"{refused.call}: Crossbar is down or restarting. Repeat in a minute."
        )
    return (
        f"Crossbar failed at {refused.call}: {refused.message}. Repeat in a minute; if it fails "
        "again, ask KAZOO's operator."
    )


def _database(refused: _Refused) -> str:
    if not refused.envelope:
        return _failed(refused)
    return (
        f"KAZOO's database failed at {refused.call}: {refused.message}. Repeat in a minute; if it "
        "fails again, ask KAZOO's operator."
    )


def _no_envelope(refused: _Refused) -> str:
    response = refused.response
    if location := response.headers.get("location"):
        return f"The server redirects to {location}: give the URL of Crossbar itself with --url."
    kind = response.headers.get("content-type", "").partition(";")[0] or "no content type"
    return (
        f"This is not Crossbar: it answered {response.status} with {kind} to {refused.call}. "
        "Crossbar's URL is like https://kazoo.example.com:8443/v2."
    )


_BY_STATUS = frozenset({412, 413, 415, 429})
"""Statuses that Crossbar's HTTP server, or one in front of it, may give without an envelope."""

_KINDS: Mapping[int, tuple[type[CrossbarError], Callable[[_Refused], str]]] = {
    400: (InvalidRequest, _invalid),
    401: (SignInNeeded, _sign_in),
    402: (PaymentNeeded, _payment),
    403: (NotPermitted, _not_permitted),
    404: (Unknown, _unknown),
    405: (NotSupported, _not_supported),
    409: (Conflict, _conflict),
    412: (Conflict, _conflict),
    413: (TooLarge, _too_large),
    415: (NotSupported, _content_type),
    429: (TooManyRequests, _too_many),
    501: (NotSupported, _not_supported),
    503: (CrossbarFailed, _database),
    **dict.fromkeys((300, 301, 302, 303, 307, 308), (NoCrossbar, _no_envelope)),
}
