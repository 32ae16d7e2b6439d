"""Credentials of services: access tokens of OAuth 2.0 (RFC 6749), and passwords.

A token is requested when the first request needs it, kept until shortly before it expires, and
requested anew after a service has refused it.
"""

import time
from base64 import b64encode
from typing import NamedTuple

from pivotkit.core.secret import Secret, SecretUnavailable
from pivotkit.services.upstream import (
    ServiceUrl,
    Upstream,
    UpstreamAnswer,
    UpstreamDown,
    report_missing,
)

MARGIN = 60
"""Seconds before its end at which a token is not used any more."""

UNSTATED = 600
"""Seconds for which a token is used whose life the service does not state."""

_NO_SECRET = Secret()


class _Token(NamedTuple):
    """A token, used *until* a Unix time: a monotonic clock does not count a snapshot's time."""

    text: str
    until: float
    answer: UpstreamAnswer


_tokens: dict["AccessToken", _Token] = {}
"""The tokens of this environment, by their credentials: those of accounts differ."""


class AccessToken(NamedTuple):
    """The access token that an authorization server issues for these credentials.

    With a *refresh_token* it acts for the user who granted it; without one, for the application
    itself (`client_credentials`). The server is asked at *url* plus `/token`.
    """

    url: ServiceUrl
    client_id: str
    client_secret: Secret
    refresh_token: Secret | None = None
    scope: str = ""

    def header(self) -> str:
        """Return the header Authorization. Raises `UpstreamDown`."""
        return f"Bearer {self._current().text}"

    def answer(self) -> UpstreamAnswer:
        """Return the server's answer with the token: some servers say there where the API is."""
        return self._current().answer

    def refused(self) -> bool:
        """Forget the token: another is requested."""
        return _tokens.pop(self, None) is not None

    def _current(self) -> _Token:
        token = _tokens.get(self)
        if token is None or time.time() >= token.until:
            token = _tokens[self] = self._requested()
        return token

    def _requested(self) -> _Token:
        try:
            answer = Upstream.at("login", self.url).post_form("/token", self._form())
        except SecretUnavailable as error:
            raise UpstreamDown("login", f"the secret {error} cannot be read") from error
        except UpstreamDown as error:
            # Not the refusal of a request: the service itself was not asked.
            raise UpstreamDown("login", f"no access token: {error.reason}") from error
        text = answer.text("access_token")
        if not (text and text.isascii() and text.isprintable() and " " not in text):
            raise UpstreamDown("login", "access_token is not a token")
        return _Token(text, time.time() + _life(answer), answer)

    def _form(self) -> dict[str, str]:
        fields = {"client_id": self.client_id, "client_secret": _read(self.client_secret)}
        if self.scope:
            fields["scope"] = self.scope
        if self.refresh_token is None:
            return fields | {"grant_type": "client_credentials"}
        refresh_token = _read(self.refresh_token)
        return fields | {"grant_type": "refresh_token", "refresh_token": refresh_token}


class Password(NamedTuple):
    """A user and a password, as HTTP's Basic authentication sends them (RFC 7617)."""

    user: str
    password: Secret

    def header(self) -> str:
        """Return the header Authorization. Raises `SecretUnavailable`."""
        pair = f"{self.user}:{_read(self.password)}"
        return f"Basic {b64encode(pair.encode()).decode()}"

    def refused(self) -> bool:
        """Return `False`: there is no other password."""
        return False


def _read(secret: Secret) -> str:
    text = secret.read()
    if not text and secret.name:
        report_missing(secret)
    return text


def _life(answer: UpstreamAnswer) -> int:
    """The seconds for which the token in *answer* may be used."""
    stated = isinstance(answer.value, dict) and "expires_in" in answer.value
    return max(answer.number("expires_in") - MARGIN, 0) if stated else UNSTATED
