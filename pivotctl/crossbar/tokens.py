"""Signing in: sessions, and their tokens.

Follows `cb_user_auth.erl`, `cb_api_auth.erl`, and `cb_token_auth.erl`.

A token is a JSON Web Token with the claims and the length of KAZOO's, valid for an hour by the
clock of this Crossbar. Its signature is random: only this Crossbar accepts it, and knows it.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pivotctl.crossbar import users
from pivotctl.crossbar.accounts import Accounts, CrossbarAccount, comparable
from pivotctl.crossbar.documents import Documents
from pivotctl.crossbar.envelope import (
    CrossbarRefusal,
    CrossbarRequest,
    bad_identifier,
    forbidden,
    validation,
)
from pivotctl.crossbar.numbers import normalized

TOKEN_SECONDS = 3600
_KEY_LENGTH = 64
_HEADER = {"alg": "RS256", "kid": "c4b9s2kqTnWm1zJx7Yh3Ug", "typ": "JWT"}
_SIGNATURE_BYTES = 256


@dataclass(frozen=True)
class Session:
    """A signed-in account, and its user, or '' for an API key; `expires` is in Unix seconds."""

    token: str
    account_id: str
    owner_id: str
    expires: float


@dataclass
class Tokens:
    """Valid tokens. `clock` returns Unix seconds."""

    accounts: Accounts
    documents: Documents
    clock: Callable[[], float]
    _sessions: dict[str, Session] = field(default_factory=dict)

    def user_auth(self, request: CrossbarRequest) -> Session:
        """Issue a token for a user's credentials. Raises `CrossbarRefusal`."""
        data = self.accounts.validation.checked("user_auth", request.data)
        for account in self._named(data):
            user = users.found(self.documents, account.id, data["method"], data["credentials"])
            if user and user.data.get("enabled") is not False:
                return self._issue(_enabled(account), user.id, "cb_user_auth")
        raise CrossbarRefusal(401, "invalid_credentials")

    def api_auth(self, request: CrossbarRequest) -> Session:
        """Issue a token for an account's API key. Raises `CrossbarRefusal`."""
        key = request.data.get("api_key")
        if not isinstance(key, str):
            raise validation("api_key", "required", "Field is required but missing")
        if len(key) != _KEY_LENGTH:
            rule = "minLength" if len(key) < _KEY_LENGTH else "maxLength"
            text = f"String must be exactly {_KEY_LENGTH} characters"
            raise validation("api_key", rule, text, target=_KEY_LENGTH)
        for account in self.accounts.all():
            if account.api_key == key:
                return self._issue(_enabled(account), "", "cb_api_auth")
        raise bad_identifier(key)

    def authenticate(self, request: CrossbarRequest) -> Session:
        """Return the request's session if its token is still valid. Raises `CrossbarRefusal`."""
        token = _token_of(request)
        account, colon, given = token.partition(":")
        if colon and (user := users.found(self.documents, account, "md5", given)):
            return self._issue(self.accounts.one(account), user.id, "cb_basic_auth")
        session = self._sessions.get(token)
        if session is None or session.expires <= self.clock():
            raise CrossbarRefusal(401, "invalid_credentials")
        return session

    def of(self, session: Session, token: str) -> Session:
        """Return the session of another token of the same account. Raises `CrossbarRefusal`."""
        found = self._sessions.get(token)
        if found is None or found.expires <= self.clock():
            raise bad_identifier(token)
        if found.account_id != session.account_id:
            raise forbidden()
        return found

    def revoke(self, session: Session) -> None:
        """End a session."""
        self._sessions.pop(session.token, None)

    def described(self, session: Session) -> dict[str, Any]:
        """Return the data of an answer to a sign-in (`crossbar_util:response_auth/1`)."""
        account = self.accounts.one(session.account_id)
        owner = {"owner_id": session.owner_id} if session.owner_id else {}
        public = account.public()
        return owner | {
            "account_id": account.id,
            "account_name": account.name,
            "apps": [],
            "capabilities": {},
            "cluster_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "is_master_account": not account.tree,
            "is_reseller": public["is_reseller"],
            "language": public["language"],
            "reseller_id": public["reseller_id"],
            "ui_config": {},
        }

    def _named(self, data: Mapping[str, Any]) -> Iterator[CrossbarAccount]:
        """Yield the accounts that a sign-in names by number, realm, name, or ID."""
        number = normalized(data.get("phone_number", ""))
        owners = {
            each.account_id
            for each in self.documents.everywhere("phone_numbers")
            if each.id == number
        }
        realm = data.get("account_realm") or data.get("realm")
        name = comparable(data.get("account_name", ""))
        for each in self.accounts.all():
            named = name and comparable(each.name) == name
            if (
                each.id in owners
                or each.realm == realm
                or named
                or each.id == data.get("account_id")
            ):
                yield each

    def _issue(self, account: CrossbarAccount, owner: str, method: str) -> Session:
        expires = self.clock() + TOKEN_SECONDS
        claims = {
            "account_id": account.id,
            **({"owner_id": owner} if owner else {}),
            "method": method,
            "iss": "kazoo",
            "exp": int(expires),
            "identity_sig": secrets.token_urlsafe(32),
        }
        session = Session(_token(claims), account.id, owner, expires)
        self._sessions[session.token] = session
        return session


def _enabled(account: CrossbarAccount) -> CrossbarAccount:
    """Return the account. Raises `CrossbarRefusal` if it is disabled."""
    if not account.is_enabled:
        raise validation("account", "disabled", "account disabled")
    return account


def _token(claims: Mapping[str, Any]) -> str:
    parts = (
        *(json.dumps(each).encode() for each in (_HEADER, claims)),
        secrets.token_bytes(_SIGNATURE_BYTES),
    )
    return ".".join(map(_encoded, parts))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


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
