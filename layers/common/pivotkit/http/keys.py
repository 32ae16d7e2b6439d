"""Who may ask: the key in a URL's path, or in KAZOO 5's `X-Pivot-Key` header.

A function knows only SHA-256 hashes of its keys, in the environment variable KEY_HASHES: entries
separated by blanks or commas, each `<sha256 hex>` or `<sha256 hex>:<account>[+<account>...]`.
Two entries at a time let a key be rotated without a refused request.
"""

import hmac
import os
from hashlib import sha256
from typing import NamedTuple

from pivotkit.core.errors import Unauthorized
from pivotkit.http.gateway import Request

HEADER_WORD = "header"
HEADER = "x-pivot-key"
DEVELOPMENT_KEYS = {kind: f"{kind}-development" for kind in ("pivot", "webhooks", "cdr")}
"""Published keys, as in the sample events. Only a local run accepts them."""


class Key(NamedTuple):
    """A key that is known: its hash, and the accounts it is good for (none named: all)."""

    digest: str
    accounts: frozenset[str]

    def require(self, account_id: str) -> None:
        """Raise `Unauthorized` when the key is not good for *account_id*."""
        if self.accounts and account_id not in self.accounts:
            raise Unauthorized("the key is for other accounts")


class Keyring:
    """The keys of one function, of one kind (`pivot`, `webhooks` or `cdr`)."""

    def __init__(self, kind: str, hashes: str, *, local: bool = False) -> None:
        self._prefix = f"{kind}-"
        self._keys = tuple(_key(entry) for entry in hashes.replace(",", " ").split())
        if local:
            self._keys += (Key(digest_of(DEVELOPMENT_KEYS[kind]), frozenset()),)

    @classmethod
    def from_environment(cls, kind: str) -> "Keyring":
        """The keyring that the function's environment describes."""
        return cls(kind, os.environ.get("KEY_HASHES", ""), local=is_local())

    def authenticate(self, request: Request) -> Key:
        """The key that *request* carries, compared in constant time. Raises `Unauthorized`."""
        presented = request.key
        if presented == HEADER_WORD:
            presented = request.headers.get(HEADER, "")
        digest = digest_of(presented)
        found = None
        for key in self._keys:
            if hmac.compare_digest(key.digest, digest):
                found = key
        if found is None or not presented.startswith(self._prefix):
            raise Unauthorized("no such key")
        return found


def digest_of(key: str) -> str:
    """The SHA-256 of *key*, in hex: what KEY_HASHES holds."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def is_local() -> bool:
    """Whether this is a run on the developer's machine. Lambda never sets the variable."""
    return os.environ.get("AWS_SAM_LOCAL") == "true"


def _key(entry: str) -> Key:
    digest, _, accounts = entry.partition(":")
    return Key(digest.lower(), frozenset(filter(None, accounts.split("+"))))
