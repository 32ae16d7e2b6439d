"""A client for Crossbar, KAZOO's REST API, for workers: signs in with an API key.

Requests have the limits of `Upstream`, and none is repeated. The operations are those of
`pivotkit.services.crossbar_api`.
"""

import re
from collections.abc import Callable, Container, Mapping
from hashlib import sha256
from typing import IO, NamedTuple

from pivotkit.core import dry_run
from pivotkit.core.secret import Secret, SecretUnavailable
from pivotkit.core.settings import SettingError, setting
from pivotkit.http.keys import is_local
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar_api import (
    MAX_PAGES,
    PAGE_SIZE,
    UNAUTHORIZED,
    CrossbarApi,
    CrossbarPage,
    CrossbarRow,
    Window,
    renewed,
)
from pivotkit.services.upstream import Download, Upstream, UpstreamAnswer, UpstreamDown

__all__ = [
    "LOCAL_ACCOUNT",
    "LOCAL_KEY",
    "MAX_PAGES",
    "PAGE_SIZE",
    "Account",
    "Crossbar",
    "CrossbarPage",
    "CrossbarRow",
    "Window",
    "accounts",
]

LOCAL_ACCOUNT = "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
LOCAL_KEY = sha256(b"pivot-functions local development").hexdigest()
"""Account and API key of the local Crossbar, used only by local runs without these settings."""

_ACCOUNT = re.compile(r"[0-9a-f]{32}")
_SERVICE = "crossbar"


class Account(NamedTuple):
    """An account that a scheduled worker acts for, because its owner's settings name it."""

    account_id: str


def accounts(name: str) -> tuple[Account, ...]:
    """Return the accounts in the setting *name*, separated by spaces or commas; may be empty.

    Raises `SettingError`.
    """
    text = setting(name, LOCAL_ACCOUNT if is_local() else "")
    found = tuple(text.replace(",", " ").split())
    if not all(_ACCOUNT.fullmatch(each) for each in found):
        raise SettingError(name, text, "must be account ids (32 hexadecimal digits)")
    return tuple(map(Account, found))


class Crossbar(CrossbarApi):
    """The API at CROSSBAR_URL, with the rights of the API key in the secret `crossbar_api_key`.

    The account that is asked for may have a key of its own. Every method raises `UpstreamDown`. A
    token is valid for an hour (`cb_api_auth`); an expired one is replaced.
    """

    def __init__(self, *, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._key = Secret.named("crossbar_api_key")
        self._door = self._upstream("")
        self._inside: dict[str, Upstream] = {}

    def get(self, path: str, **query: str) -> UpstreamAnswer:
        """Return Crossbar's whole response envelope to a GET of *path*."""
        return self._tried(path, lambda inside: inside.get(path, **query))

    def get_once(self, path: str, **query: str) -> UpstreamAnswer:
        """Return the envelope of a GET that has an effect; `Upstream` repeats no request."""
        dry_run.refuse(f"{_SERVICE} GET with an effect")
        return self.get(path, **query)

    def put(self, path: str, body: Mapping[str, Value]) -> UpstreamAnswer:
        """Return the envelope of the response to a PUT of *body*, an envelope itself."""
        return self._tried(path, lambda inside: inside.put(path, body))

    def patch(self, path: str, **data: Value) -> None:
        """Change fields of the document at *path*; `None` removes a field."""
        self._tried(path, lambda inside: inside.send("PATCH", path, {"data": data}))

    def download(
        self, path: str, file: IO[bytes], *, kinds: Container[str], max_bytes: int
    ) -> Download:
        """Write the file at *path* into *file*; its content type must be one of *kinds*.

        See `Upstream.download`. Crossbar streams files itself, wherever the storage plan keeps
        them, and never redirects (`cb_vmboxes.erl`, `cb_faxes.erl`).
        """
        return self._tried(
            path, lambda inside: inside.download(path, file, kinds=kinds, max_bytes=max_bytes)
        )

    def _tried[T](self, path: str, ask: Callable[[Upstream], T]) -> T:
        """Return what *ask* returns; if the token has expired, sign in and ask once more."""
        key = self._api_key(path)
        return renewed(lambda: ask(self._signed_in(key)), renew=lambda: self._inside.pop(key, None))

    def _signed_in(self, key: str) -> Upstream:
        if key not in self._inside:
            self._inside[key] = self._upstream(self._new_token(key))
        return self._inside[key]

    def _new_token(self, key: str) -> str:
        """Sign in. An unknown key (404) is no unknown document: it is refused as a token is."""
        try:
            answer = self._door.put("/api_auth", {"data": {"api_key": key}})
        except UpstreamDown as error:
            if not error.is_unknown:
                raise
            raise UpstreamDown(_SERVICE, "does not know the API key", UNAUTHORIZED) from error
        return answer.text("auth_token")

    def _api_key(self, path: str) -> str:
        """Return the key of the account in *path*, or else the one that all accounts share."""
        try:
            key = self._key.of(_account_in(path)).read()
        except SecretUnavailable as error:
            raise UpstreamDown(_SERVICE, f"the secret {error} cannot be read") from error
        if not key and is_local():
            return LOCAL_KEY
        if not key:
            fix = "the secret crossbar_api_key is not set: use `pivotctl secret`"
            raise UpstreamDown(_SERVICE, fix)
        return key

    def _upstream(self, token: str) -> Upstream:
        default = "https://crossbar.example.com/v2"
        return Upstream("CROSSBAR_URL", default, seconds=self._seconds, token=token)


def _account_in(path: str) -> str:
    found = re.match("/accounts/([0-9a-f]{32})(?:/|$)", path)
    return found[1] if found else ""
