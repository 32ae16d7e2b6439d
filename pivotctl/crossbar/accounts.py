"""The accounts of local stacks, the credentials, and the tokens (`cb_user_auth.erl`).

These credentials are published, and only the local Crossbar accepts them.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pivotctl.crossbar.envelope import CrossbarRefusal, CrossbarRequest, bad_identifier, validation

ACCOUNT_ID = "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
SECOND_ACCOUNT_ID = "8e1b6d4f20c94a7fb3d5e6c7a8091b2d"
ACCOUNTS = {"first": ACCOUNT_ID, "second": SECOND_ACCOUNT_ID}
"""The accounts with entries in a local stack, by the names that commands know them by."""

ACCOUNT_NAME, REALM = "acme", "acme.sip.example"
OWNER_ID = "0b6e1f2a93c84d57a1e0f3b2c4d5e6f7"
USERNAME, PASSWORD = "operator", "local-development"
API_KEY = hashlib.sha256(b"pivot-functions local development").hexdigest()
CREDENTIALS = hashlib.md5(f"{USERNAME}:{PASSWORD}".encode(), usedforsecurity=False).hexdigest()
_SHA = hashlib.sha1(f"{USERNAME}:{PASSWORD}".encode(), usedforsecurity=False).hexdigest()
_HASHES = {"md5": CREDENTIALS, "sha": _SHA}

TOKEN_SECONDS = 3600
_KEY_LENGTH = 64
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass
class Accounts:
    """Valid tokens. The one account is the master account, so a token opens all accounts."""

    clock: Callable[[], float]
    _tokens: dict[str, float] = field(default_factory=dict)

    def user_auth(self, request: CrossbarRequest) -> str:
        """Issue a token for a user's credentials. Raises `CrossbarRefusal`."""
        data = request.data
        if not isinstance(data.get("credentials"), str):
            raise validation("credentials", "required", "Field is required but missing")
        method = data.get("method", "md5")
        if method not in _HASHES:
            text = "Value not found in enumerated list of values"
            raise validation("method", "enum", text, target=list(_HASHES))
        if not _names_the_account(data) or data["credentials"] != _HASHES[method]:
            raise CrossbarRefusal(401, "invalid_credentials")
        return self._issue()

    def api_auth(self, request: CrossbarRequest) -> str:
        """Issue a token for the account's API key. Raises `CrossbarRefusal`."""
        key = request.data.get("api_key")
        if not isinstance(key, str):
            raise validation("api_key", "required", "Field is required but missing")
        if len(key) != _KEY_LENGTH:
            rule = "minLength" if len(key) < _KEY_LENGTH else "maxLength"
            text = f"String must be exactly {_KEY_LENGTH} characters"
            raise validation("api_key", rule, text, target=_KEY_LENGTH)
        if key != API_KEY:
            raise bad_identifier(key)
        return self._issue()

    def authenticate(self, request: CrossbarRequest) -> str:
        """Return the request's token if it is still valid. Raises `CrossbarRefusal`."""
        token = _token_of(request)
        if token == f"{ACCOUNT_ID}:{CREDENTIALS}":
            return self._issue()
        if self._tokens.get(token, 0.0) <= self.clock():
            raise CrossbarRefusal(401, "invalid_credentials")
        return token

    def _issue(self) -> str:
        token = f"local.{secrets.token_urlsafe(24)}"
        self._tokens[token] = self.clock() + TOKEN_SECONDS
        return token


def signed_in(*, user: bool) -> dict[str, Any]:
    """Return the data of an answer to a sign-in; an API key has no owner."""
    owner = {"owner_id": OWNER_ID} if user else {}
    return owner | {
        "account_id": ACCOUNT_ID,
        "account_name": ACCOUNT_NAME,
        "apps": [],
        "capabilities": {},
        "cluster_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "is_master_account": True,
        "is_reseller": True,
        "language": "en-us",
        "reseller_id": ACCOUNT_ID,
        "ui_config": {},
    }


def account(identifier: str) -> str:
    """Check an Account-ID; every valid one is a descendant. Raises `CrossbarRefusal`."""
    if not _ID.fullmatch(identifier):
        raise bad_identifier(identifier)
    return identifier


def _names_the_account(data: dict[str, Any]) -> bool:
    """Whether name, realm, or ID is the account's; names ignore case and punctuation."""
    name = re.sub(r"[^a-z0-9]", "", str(data.get("account_name", "")).lower())
    realm = data.get("account_realm") or data.get("realm")
    return name == ACCOUNT_NAME or realm == REALM or data.get("account_id") == ACCOUNT_ID


def _token_of(request: CrossbarRequest) -> str:
    """Return the token in X-Auth-Token, the request's values, or Authorization."""
    if given := request.headers.get("x-auth-token") or request.value("auth_token"):
        return str(given)
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return rest.strip()
    return _basic(rest) if kind.lower() == "basic" else ""


def _basic(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        return ""
