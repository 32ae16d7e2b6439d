"""Authentication by key: in the URL's path, or in the `X-Pivot-Key` header (KAZOO 5).

A function holds only SHA-256 hashes of its keys, in the environment variable KEY_HASHES: entries
separated by spaces or commas, each `<sha256 hex>` or `<sha256 hex>:<account>[+<account>...]`.
With two entries, a key can be rotated without rejecting a request.
"""

import hmac
import os
from hashlib import sha256
from typing import NamedTuple

from pivotkit.core.errors import Unauthorized
from pivotkit.http.gateway import GatewayRequest

HEADER_WORD = "header"
HEADER = "x-pivot-key"
DEVELOPMENT_KEYS = {kind: f"{kind}-development" for kind in ("pivot", "webhooks", "cdr")}
"""Published keys that the sample events use. Only a local run accepts them."""


class AccessKey(NamedTuple):
    """A known key: its hash, and the accounts it is valid for (all if the set is empty)."""

    digest: str
    accounts: frozenset[str]

    @property
    def only(self) -> str:
        """The account of a key that is for a single one; '' for any other key."""
        return next(iter(self.accounts)) if len(self.accounts) == 1 else ""

    def account(self, claimed: str) -> str:
        """Return the account that a request with this key speaks for; '' for none.

        It is the *claimed* one or, for a request that claims none, the key's `only` one. Raises
        `Unauthorized` if the key is not valid for it.
        """
        account_id = claimed or self.only
        self.require(account_id)
        return account_id

    def require(self, account_id: str) -> None:
        """Raise `Unauthorized` unless the key is valid for *account_id*."""
        if self.accounts and account_id not in self.accounts:
            raise Unauthorized("the key is not valid for this account")


class Keyring:
    """The keys of one function, of one kind (`pivot`, `webhooks` or `cdr`)."""

    def __init__(self, kind: str, hashes: str, *, local: bool = False) -> None:
        self._prefix = f"{kind}-"
        self._keys = tuple(_key(entry) for entry in hashes.replace(",", " ").split())
        if local:
            self._keys += (AccessKey(digest_of(DEVELOPMENT_KEYS[kind]), frozenset()),)

    @classmethod
    def from_environment(cls, kind: str) -> "Keyring":
        """Return the keyring described by the function's environment."""
        return cls(kind, os.environ.get("KEY_HASHES", ""), local=is_local())

    def authenticate(self, request: GatewayRequest) -> AccessKey:
        """Return the key that *request* presents. Raises `Unauthorized`.

        Every known key is compared, in constant time, so that timing reveals nothing.
        """
        presented = request.key
        if presented == HEADER_WORD:
            presented = request.headers.get(HEADER, "")
        digest = digest_of(presented)
        found = None
        for key in self._keys:
            if hmac.compare_digest(key.digest, digest):
                found = key
        if found is None or not presented.startswith(self._prefix):
            raise Unauthorized("unknown key")
        return found


def digest_of(key: str) -> str:
    """Return the SHA-256 hash of *key* in hex, the form that KEY_HASHES holds."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def is_local() -> bool:
    """Tell whether the function runs on a developer's machine.

    SAM CLI sets AWS_SAM_LOCAL there; Lambda never does.
    """
    return os.environ.get("AWS_SAM_LOCAL") == "true"


def _key(entry: str) -> AccessKey:
    digest, _, accounts = entry.partition(":")
    return AccessKey(digest.lower(), frozenset(filter(None, accounts.split("+"))))
