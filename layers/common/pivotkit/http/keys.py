"""Authentication by key: in the URL's path, or in the `X-Pivot-Key` header (KAZOO 5).

A key of the stack proves its account by itself: `pivot-a<account>-g<generation>-<mac>`, or
`pivot-any-g<generation>-<mac>` for all accounts. Its MAC is made with a secret of SIGNING_SECRETS,
so that no list limits the number of accounts. KEY_GENERATION ends all keys of earlier generations;
REVOKED_KEYS (`<account>:<generation>`, separated by spaces or commas) ends those of an account up
to a generation.

A random key is known by its SHA-256 hash in KEY_HASHES: entries separated by spaces or commas, each
`<sha256 hex>` or `<sha256 hex>:<account>[+<account>...]`. With two entries, or two secrets, a key
can be rotated without rejecting a request.
"""

import base64
import hmac
import os
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from pivotkit.core.errors import Unauthorized
from pivotkit.http.gateway import GatewayRequest

HEADER_WORD = "header"
HEADER = "x-pivot-key"
KINDS = ("pivot", "webhooks", "cdr", "sockets", "commands")
DEVELOPMENT_KEYS = {kind: f"{kind}-development" for kind in KINDS}
"""Published keys that the sample events use. Only a local run accepts them."""

ANY_ACCOUNT = "any"
"""The account in a key that is valid for all accounts."""

DEVELOPMENT_SECRET = "signing-development"  # noqa: S105  (public: only a local run uses it)
"""Published secret of a local run that has none of its own."""

_SIGNED = re.compile(r"([a-z]+)-(?:a([0-9a-f]{32})|any)-g([1-9][0-9]{0,5})-([A-Za-z0-9_-]{32})")
_MAC_BYTES = 24
"""192 bits, which are 32 characters of Base64 without a spare bit: each key has one spelling."""


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


class Proof(NamedTuple):
    """The claims of a key of the stack, and its MAC. *account* is `any` for all accounts."""

    kind: str
    account: str
    generation: int
    mac: str


class KeySigner:
    """Makes and verifies the keys of a stack that prove their account by themselves."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = [_derived(secret) for secret in secrets]

    def key(self, kind: str, account: str = ANY_ACCOUNT, generation: int = 1) -> str:
        """Return the key for *kind* of an account (32 hex characters) and *generation*."""
        content = _content(kind, account, generation)
        return f"{content}-{_mac(self._secrets[0], content)}"

    def genuine(self, proof: Proof) -> bool:
        """Tell whether the MAC of *proof* is right, in constant time for each secret."""
        content = _content(proof.kind, proof.account, proof.generation)
        right = [hmac.compare_digest(_mac(key, content), proof.mac) for key in self._secrets]
        return any(right)


class Ended(NamedTuple):
    """The keys that are no longer valid.

    *first* is the earliest generation that is; *accounts* have the latest that is not, by account.
    """

    first: int = 1
    accounts: Mapping[str, int] = {}

    @classmethod
    def from_environment(cls) -> "Ended":
        """Return what KEY_GENERATION and REVOKED_KEYS say. Raises `ValueError` with the entry."""
        return cls(_generation(), _revoked(os.environ.get("REVOKED_KEYS", "")))

    def includes(self, proof: Proof) -> bool:
        """Tell whether the key of *proof* has ended."""
        return proof.generation < self.first or proof.generation <= self.accounts.get(
            proof.account, 0
        )


class Keyring:
    """The keys of one function, of one kind of `KINDS`."""

    def __init__(
        self,
        kind: str,
        hashes: str,
        *,
        local: bool = False,
        secrets: Sequence[str] = (),
        ended: Ended = Ended(),  # noqa: B008  (immutable)
    ) -> None:
        self._kind = kind
        self._keys = tuple(_key(entry) for entry in hashes.replace(",", " ").split())
        self._signer = KeySigner(secrets)
        self._ended = ended
        if local:
            self._keys += (AccessKey(digest_of(DEVELOPMENT_KEYS[kind]), frozenset()),)

    @classmethod
    def from_environment(cls, kind: str) -> "Keyring":
        """Return the keyring described by the function's environment."""
        return cls(
            kind,
            os.environ.get("KEY_HASHES", ""),
            local=is_local(),
            secrets=signing_secrets(),
            ended=Ended.from_environment(),
        )

    def authenticate(self, request: GatewayRequest) -> AccessKey:
        """Return the key that *request* presents. Raises `Unauthorized`."""
        presented = request.key
        if presented == HEADER_WORD:
            presented = request.headers.get(HEADER, "")
        found = self.find(presented)
        if found is None:
            raise Unauthorized("unknown key")
        return found

    @property
    def listed(self) -> tuple[AccessKey, ...]:
        """The random keys, of which the stack has the hashes."""
        return self._keys

    def find(self, presented: str) -> AccessKey | None:
        """Return the key that is *presented*, or None if it is unknown or of another kind."""
        proof = proof_of(presented)
        found = self._proved(proof) if proof else self._listed(presented)
        return found if presented.startswith(f"{self._kind}-") else None

    def _proved(self, proof: Proof) -> AccessKey | None:
        """The key that *proof* proves, at the cost of one MAC a secret, or None."""
        if not self._signer.genuine(proof) or self._ended.includes(proof):
            return None
        accounts = () if proof.account == ANY_ACCOUNT else (proof.account,)
        return AccessKey("", frozenset(accounts))

    def _listed(self, presented: str) -> AccessKey | None:
        """The random key that is *presented*, or None.

        Every known key is compared, in constant time, so that timing reveals nothing.
        """
        digest = digest_of(presented)
        found = None
        for key in self._keys:
            if hmac.compare_digest(key.digest, digest):
                found = key
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


def signing_secrets() -> list[str]:
    """Return the stack's secrets, the first of which signs; locally the published one."""
    secrets = os.environ.get("SIGNING_SECRETS", "").replace(",", " ").split()
    return secrets or ([DEVELOPMENT_SECRET] if is_local() else [])


def _generation() -> int:
    text = os.environ.get("KEY_GENERATION") or "1"
    if not text.isdecimal():
        raise ValueError(f"KEY_GENERATION: {text!r} is not a number: use 1 or more")
    return int(text)


def _revoked(entries: str) -> dict[str, int]:
    """The latest revoked generation by account."""
    revoked: dict[str, int] = {}
    for entry in entries.replace(",", " ").split():
        account, _, generation = entry.partition(":")
        if not generation.isdecimal():
            raise ValueError(f"REVOKED_KEYS: {entry!r}: use <account>:<generation>")
        revoked[account] = max(revoked.get(account, 0), int(generation))
    return revoked


def proof_of(key: str) -> Proof | None:
    """Return the claims of *key*, or None unless it has the form of a key that proves them."""
    found = _SIGNED.fullmatch(key)
    if found is None:
        return None
    kind, account, generation, mac = found.groups()
    return Proof(kind, account or ANY_ACCOUNT, int(generation), mac)


def _content(kind: str, account: str, generation: int) -> str:
    marked = account if account == ANY_ACCOUNT else f"a{account}"
    return f"{kind}-{marked}-g{generation}"


def _derived(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"pivot-functions key", "sha256")


def _mac(secret: bytes, content: str) -> str:
    digest = hmac.digest(secret, content.encode(), "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).decode()
