"""Accounts of the local Crossbar, and their tree (`cb_accounts.erl`).

The credentials are published, and only the local Crossbar accepts them.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any

from pivotctl.crossbar.envelope import CrossbarRefusal, bad_identifier, forbidden, public_fields
from pivotctl.crossbar.validation import Validation, refuse

ACCOUNT_ID = "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
SECOND_ACCOUNT_ID = "8e1b6d4f20c94a7fb3d5e6c7a8091b2d"
ACCOUNTS = {"first": ACCOUNT_ID, "second": SECOND_ACCOUNT_ID}
"""The accounts with entries in a local stack, by the names that commands know them by."""

ACCOUNT_NAME, REALM = "acme", "acme.sip.example"
SECOND_NAME, SECOND_REALM = "globex", "globex.sip.example"
API_KEY = hashlib.sha256(b"pivot-functions local development").hexdigest()
_KEY_BYTES = 32
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class CrossbarAccount:
    """An account: its document, and the accounts above it, the master account first."""

    id: str
    data: Mapping[str, Any]
    tree: tuple[str, ...] = ()
    api_key: str = field(default_factory=lambda: secrets.token_hex(_KEY_BYTES))
    created: int = 0
    revision: int = 1

    @property
    def name(self) -> str:
        """The name."""
        return str(self.data["name"])

    @property
    def realm(self) -> str:
        """The SIP realm."""
        return str(self.data["realm"])

    @property
    def is_enabled(self) -> bool:
        """Whether users of the account can sign in."""
        return self.data.get("enabled") is not False

    def public(self) -> dict[str, Any]:
        """Return the document as in `GET accounts/ID`."""
        return {
            "language": "en-us",
            "timezone": "UTC",
            **self.data,
            "id": self.id,
            "created": self.created,
            "is_reseller": not self.tree,
            "reseller_id": self.tree[0] if self.tree else self.id,
            "superduper_admin": not self.tree,
            "wnm_allow_additions": False,
        }


def is_account_id(text: str) -> bool:
    """Whether *text* has the form of an Account-ID."""
    return _ID.fullmatch(text) is not None


def comparable(name: str) -> str:
    """Return *name* as KAZOO compares it, without case and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@dataclass
class Accounts:
    """All accounts; the first one is the master account, above all others."""

    validation: Validation
    _all: dict[str, CrossbarAccount] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        first = {"name": ACCOUNT_NAME, "realm": REALM, "enabled": True}
        second = {"name": SECOND_NAME, "realm": SECOND_REALM, "enabled": True}
        self._all[ACCOUNT_ID] = CrossbarAccount(ACCOUNT_ID, first, api_key=API_KEY)
        self._all[SECOND_ACCOUNT_ID] = CrossbarAccount(SECOND_ACCOUNT_ID, second, (ACCOUNT_ID,))

    def all(self) -> list[CrossbarAccount]:
        """Return every account, by name."""
        return sorted(self._all.copy().values(), key=lambda each: (each.name, each.id))

    def one(self, identifier: str) -> CrossbarAccount:
        """Return an account. Raises `CrossbarRefusal`."""
        if identifier not in self._all:
            raise bad_identifier(identifier)
        return self._all[identifier]

    def children(self, identifier: str) -> list[CrossbarAccount]:
        """Return the accounts directly below, by name. Raises `CrossbarRefusal`."""
        parent = self.one(identifier)
        return [each for each in self.all() if each.tree == (*parent.tree, identifier)]

    def descendants(self, identifier: str) -> list[CrossbarAccount]:
        """Return all accounts below, by name. Raises `CrossbarRefusal`."""
        self.one(identifier)
        return [each for each in self.all() if identifier in each.tree]

    def siblings(self, identifier: str) -> list[CrossbarAccount]:
        """Return the accounts with the same parent, itself included. Raises `CrossbarRefusal`."""
        tree = self.one(identifier).tree
        return [each for each in self.all() if each.tree == tree]

    def parents(self, identifier: str) -> list[CrossbarAccount]:
        """Return the accounts above, the master account first. Raises `CrossbarRefusal`."""
        return [self.one(each) for each in self.one(identifier).tree]

    def authorize(self, actor: str, identifier: str) -> None:
        """Raise `CrossbarRefusal` unless *actor* is the account, or above it.

        The master account is above unknown accounts, too.
        """
        known = self._all.get(identifier)
        above = known.tree if known else (ACCOUNT_ID,)
        if actor != identifier and actor not in above:
            raise forbidden()

    def create(self, parent: str, data: Mapping[str, Any], now: int = 0) -> CrossbarAccount:
        """Create an account below *parent*. Raises `CrossbarRefusal`."""
        above = self.one(parent)
        with self._lock:
            identifier = secrets.token_hex(16)
            document = self._checked(identifier, data)
            made = CrossbarAccount(identifier, document, (*above.tree, parent), created=now)
            self._all[identifier] = made
        return made

    def replace(self, identifier: str, data: Mapping[str, Any]) -> CrossbarAccount:
        """Replace an account's document. Raises `CrossbarRefusal`."""
        known = self.one(identifier)
        with self._lock:
            document = self._checked(identifier, {"realm": known.realm, **data})
            made = replace(known, data=document, revision=known.revision + 1)
            self._all[identifier] = made
        return made

    def delete(self, identifier: str) -> CrossbarAccount:
        """Delete an account without descendants. Raises `CrossbarRefusal`."""
        known = self.one(identifier)
        if not known.tree:
            raise CrossbarRefusal(405, "invalid_method", {"message": "method not allowed"})
        if self.descendants(identifier):
            raise CrossbarRefusal(500, "account_has_descendants")
        return self._all.pop(identifier)

    def renew_key(self, identifier: str) -> CrossbarAccount:
        """Give an account a new API key. Raises `CrossbarRefusal`."""
        made = replace(self.one(identifier), api_key=secrets.token_hex(_KEY_BYTES))
        self._all[identifier] = made
        return made

    def _checked(self, identifier: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return a valid document, with a realm; names and realms are unique."""
        given = public_fields(data)
        given.setdefault("realm", f"{secrets.token_hex(3)}.sip.example")
        document, faults = self.validation.examined("accounts", given)
        others = [each for each in self.all() if each.id != identifier]
        taken = {
            "name": {comparable(each.name) for each in others},
            "realm": {comparable(each.realm) for each in others},
        }
        refuse(faults, *(_unique(name, document.get(name), taken[name]) for name in taken))
        return document


def _unique(name: str, value: Any, taken: set[str]) -> dict[str, Any]:
    if not isinstance(value, str) or comparable(value) not in taken:
        return {}
    return {name: {"unique": {"message": f"Account {name} already in use", "cause": value}}}
