"""Limits on attempts to sign in, by address: counted in DynamoDB, for all environments."""

import uuid
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple, Self

from starlette.requests import Request

from pivotkit.core import telemetry
from pivotkit.store.attempts import AccountAttempts, Attempts

ATTEMPTS = 10
ATTEMPT_SECONDS = 15 * 60
"""Wrong keys, or sign-ins that an issuer does not confirm, from an address in this time."""

TOO_MANY = "Too many attempts from your address. Wait 15 minutes, then try again."


class SignInError(Exception):
    """A sign-in is refused. The message is for the page."""


class Attempt(NamedTuple):
    """An attempt to sign in, counted before it is judged."""

    subject: str
    id: str

    @classmethod
    def of(cls, request: Request) -> Self:
        """Count an attempt. Raises `SignInError` beyond the limit, and `StateUnavailable`."""
        made = cls(f"console#{network(request)}", uuid.uuid4().hex)
        if not _attempts().allow(made.subject, made.id):
            telemetry.done("sign_in_limited")
            raise SignInError(TOO_MANY)
        return made

    def take_back(self) -> None:
        """Count a right attempt no longer. Raises `StateUnavailable`."""
        _attempts().take_back(self.subject, [self.id])


def _attempts() -> AccountAttempts:
    return Attempts(ATTEMPTS, ATTEMPT_SECONDS).of_all()


def address(request: Request) -> str:
    """The address that API Gateway names."""
    return request.client.host if request.client else "0.0.0.0"  # noqa: S104


def network(request: Request) -> str:
    """The address that API Gateway names; of IPv6, what one customer has (/64)."""
    found = ip_address(address(request))
    if isinstance(found, IPv6Address):
        return f"{IPv6Address(int(found) >> 64 << 64)}"
    return str(found)
