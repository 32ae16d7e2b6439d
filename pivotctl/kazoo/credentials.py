"""Ways to sign in, and the sign-ins that are kept in the user's configuration folder."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from pivotctl.kazoo.checks import faults_in
from pivotctl.kazoo.errors import NoCrossbar, unsent
from pivotctl.kazoo.exchange import CrossbarCall
from pivotctl.kazoo.transport import Transport
from pivotctl.keys import KeyFileError, default_path
from pivotctl.private_file import write_private

TOKEN_SECONDS = 3600
"""Life of a token that does not state it; Crossbar's default."""

EARLY = 30
"""Seconds before its end at which a token is replaced."""

METHODS = {"md5": "md5", "sha1": "sha", "sha": "sha"}
"""Names of a hash, and Crossbar's words for them (`user_auth.json`)."""


class Credentials(Protocol):
    """A way to get a token: the request for it."""

    def request(self) -> CrossbarCall:
        """The sign-in."""


@dataclass(frozen=True)
class UserCredentials:
    """A user's name and password. `account` names it: `account_name`, `account_realm`, or another.

    Crossbar takes the hash of both, and stores user names in lower case (`cb_user_auth.erl`).
    """

    username: str
    password: str = field(repr=False)
    account: Mapping[str, str]
    method: str = "md5"

    def request(self) -> CrossbarCall:
        """The sign-in with the hash, which is as good as the password."""
        method = METHODS[self.method]
        text = f"{self.username.lower()}:{self.password}".encode()
        hashed = hashlib.new("sha1" if method == "sha" else "md5", text, usedforsecurity=False)
        data = {"credentials": hashed.hexdigest(), "method": method, **self.account}
        return CrossbarCall("PUT", "/user_auth", data=data, repeatable=True)


@dataclass(frozen=True)
class ApiKey:
    """The API key of an account."""

    key: str = field(repr=False)

    def request(self) -> CrossbarCall:
        """The sign-in with the key."""
        return CrossbarCall("PUT", "/api_auth", data={"api_key": self.key}, repeatable=True)


@dataclass(frozen=True)
class SignIn:
    """A token, its end in Unix seconds, and whose it is.

    `api_key` renews it; '' if it was got in another way.
    """

    url: str
    token: str = field(repr=False)
    expires: int
    account_id: str
    account_name: str = ""
    owner_id: str = ""
    api_key: str = field(default="", repr=False)

    def ended(self, now: float) -> bool:
        """Whether the token is of no use at *now*, or soon after."""
        return self.expires - EARLY <= now

    @property
    def name(self) -> str:
        """The account's name and ID."""
        return f"{self.account_name} ({self.account_id})" if self.account_name else self.account_id


def sign_in(transport: Transport, credentials: Credentials) -> SignIn:
    """Get a token. Raises `CrossbarError`."""
    call = credentials.request()
    if faults := faults_in(call):
        raise unsent(call, faults)
    envelope = transport.send(call).envelope or {}
    token = envelope.get("auth_token")
    if not isinstance(token, str):
        raise NoCrossbar(f"{transport.url} answered a sign-in without a token: is it Crossbar?")
    found = _signed_in(transport.url, token, envelope.get("data"))
    return replace(found, api_key=credentials.key) if isinstance(credentials, ApiKey) else found


def adopt(transport: Transport, token: str) -> SignIn:
    """Take over a token of another program. Raises `CrossbarError`."""
    call = CrossbarCall("GET", "/token_auth", repeatable=True)
    envelope = transport.send(call, token).envelope or {}
    return _signed_in(transport.url, token, envelope.get("data"))


def _signed_in(url: str, token: str, data: Any) -> SignIn:
    if not isinstance(data, Mapping) or not isinstance(data.get("account_id"), str):
        raise NoCrossbar(f"{url} answered a sign-in without an account: is it Crossbar?")
    texts = {name: str(data.get(name) or "") for name in ("account_name", "owner_id")}
    return SignIn(url, token, expiry(token, time.time()), data["account_id"], **texts)


def expiry(token: str, now: float) -> int:
    """Return the end of a token in Unix seconds: its own claim, or Crossbar's default from *now*.

    KAZOO's tokens are JSON Web Tokens with `exp`. The signature is not checked: only Crossbar can.
    """
    claims = token.split(".")[1] if token.count(".") == 2 else ""  # noqa: PLR2004  (header, claims)
    try:
        end = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        return int(end)
    except (ValueError, TypeError, KeyError, binascii.Error):
        return int(now) + TOKEN_SECONDS


def local_time(seconds: float) -> str:
    """Return Unix seconds as a local time of day, with the date if it is another day."""
    then, now = datetime.fromtimestamp(seconds).astimezone(), datetime.now().astimezone()
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%Y-%m-%d %H:%M}"


class SignIns:
    """The user's sign-ins by Crossbar's URL: `kazoo.json` beside the key file, mode 0600."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path().with_name("kazoo.json")

    def get(self, url: str) -> SignIn | None:
        """Return the sign-in at *url*, or None. Raises `KeyFileError`."""
        return self.all().get(url)

    def put(self, signed_in: SignIn) -> None:
        """Keep a sign-in, in place of another at the same URL."""
        self._write({**self.all(), signed_in.url: signed_in})

    def remove(self, url: str) -> bool:
        """Forget the sign-in at *url*; False if there is none."""
        known = self.all()
        found = known.pop(url, None)
        if found:
            self._write(known)
        return found is not None

    def all(self) -> dict[str, SignIn]:
        """Return all sign-ins by URL. Raises `KeyFileError`."""
        try:
            known = json.loads(self.path.read_text())
            return {url: SignIn(**values) for url, values in known.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise KeyFileError(f"{self.path}: {error}; fix the file or move it away") from error

    def _write(self, known: Mapping[str, SignIn]) -> None:
        write_private(self.path, {url: asdict(each) for url, each in known.items()})
