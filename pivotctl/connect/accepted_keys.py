"""The keys of a stack: which of them it accepts, whose they are, and which ones follow them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pivotkit.http.keys import ANY_ACCOUNT, DEVELOPMENT_KEYS, KeySigner, digest_of, proof_of

GENERATION, REVOKED = "KeyGeneration", "RevokedKeys"
HASHES: Mapping[str, str] = {
    "pivot": "PivotKeyHashes",
    "webhooks": "WebhookKeyHashes",
    "cdr": "CdrKeyHashes",
}
"""Options of a stack that say which keys it accepts (docs/guides/deploy.md)."""

KEY = re.compile(r"(?<![\w-])(pivot|webhooks|cdr)-[\w-]+")
"""The form of all keys; what has it may still be something else."""


@dataclass(frozen=True)
class StackKey:
    """A key of a stack. *owner* is its account, `any` for all, or '' if its list does not say.

    *generation* is 0 for a random key, and for the published one. `is_signed_first` is False for a
    key that only the second secret proves.
    """

    text: str
    kind: str
    owner: str = ""
    generation: int = 0
    is_signed_first: bool = True


@dataclass(frozen=True)
class Ending:
    """Keys that end: those of *accounts* up to a generation, or all before *first*.

    Random keys of these accounts end as well; with *first*, all of them.
    """

    accounts: Mapping[str, int]
    first: int = 0


@dataclass(frozen=True)
class StackKeys:
    """The keys that a stack accepts, by its signing secrets, of which the first one signs."""

    secrets: Sequence[str]
    options: Mapping[str, str]
    is_local: bool = False

    def read(self, text: str) -> StackKey | None:
        """Return the key that *text* is, ended or not, or None if it is no key of this stack."""
        kind = text.partition("-")[0]
        proof = proof_of(text)
        if proof is None:
            return StackKey(text, kind) if self._is_listed(text, kind) else None
        proved = [secret for secret in self.secrets if KeySigner([secret]).genuine(proof)]
        if not proved:
            return None
        return StackKey(text, kind, proof.account, proof.generation, proved[0] == self.secrets[0])

    def _is_listed(self, text: str, kind: str) -> bool:
        if self.is_local and text == DEVELOPMENT_KEYS.get(kind):
            return True
        digest = digest_of(text)
        return any(entry.partition(":")[0].lower() == digest for entry in self._hashes(kind))

    def _hashes(self, kind: str) -> list[str]:
        return _entries(self.options.get(HASHES[kind], "")) if kind in HASHES else []

    def make(self, kind: str, owner: str, generation: int) -> str:
        """Return a key, signed with the first secret."""
        return KeySigner(self.secrets[:1]).key(kind, owner, generation)

    def first(self, owner: str) -> int:
        """Return the earliest generation of an owner's keys that has not ended."""
        floor = int(self.options.get(GENERATION) or 1)
        revoked = _revoked(self.options.get(REVOKED, ""))
        return max(floor, revoked.get(owner, 0) + 1)

    def without(self, ending: Ending) -> dict[str, str]:
        """Return the options that end keys; those that do not change are not in it."""
        changed = {REVOKED: self._revoked_with(ending)}
        if ending.first:
            changed[GENERATION] = str(max(ending.first, int(self.options.get(GENERATION) or 1)))
        for kind, name in HASHES.items():
            kept = [each for each in self._hashes(kind) if not _ends(each, ending)]
            changed[name] = ",".join(kept)
        return {name: text for name, text in changed.items() if text != self._entries_of(name)}

    def _entries_of(self, name: str) -> str:
        return ",".join(_entries(self.options.get(name, "")))

    def _revoked_with(self, ending: Ending) -> str:
        """The revoked keys, without those that end with the earliest generation anyway."""
        revoked = _revoked(self.options.get(REVOKED, ""))
        for owner, generation in ending.accounts.items():
            revoked[owner] = max(revoked.get(owner, 0), generation)
        floor = max(ending.first, int(self.options.get(GENERATION) or 1))
        return ",".join(f"{owner}:{last}" for owner, last in revoked.items() if last >= floor)


class Renewal(Protocol):
    """A way to renew keys."""

    def fresh(self, key: StackKey, account: str, *, for_all: bool) -> str:
        """Return the key that takes the place of *key* in a document of *account*.

        It is the same text if the key stays. The document needs a key for all accounts if
        *for_all*.
        """


@dataclass(frozen=True)
class NextGeneration:
    """Renews the keys of accounts: *generations* by account, and *shared* of keys for all.

    Without *shared*, a document that needs a key for all accounts keeps it.
    """

    keys: StackKeys
    generations: Mapping[str, int]
    shared: int = 0

    def fresh(self, key: StackKey, account: str, *, for_all: bool) -> str:
        """Return the key of the account's generation."""
        is_for_all = key.owner in ("", ANY_ACCOUNT)
        if for_all and is_for_all:
            return self.keys.make(key.kind, ANY_ACCOUNT, self.shared) if self.shared else key.text
        return self.keys.make(key.kind, account, self.generations[account])


@dataclass(frozen=True)
class NextSecret:
    """Renews the keys that are signed with the stack's second secret, the old one."""

    keys: StackKeys

    def fresh(self, key: StackKey, account: str, *, for_all: bool) -> str:
        """Return the same key, signed with the new secret; random keys have no signature."""
        del account, for_all
        if not key.generation or key.is_signed_first:
            return key.text
        return self.keys.make(key.kind, key.owner, key.generation)


def next_generation(keys: StackKeys, owner: str, noted: int, found: Collection[int]) -> int:
    """Return the generation that an owner's keys get.

    It is the one of a rotation that was begun and has not ended, by the key file (*noted*) or by
    the keys *found* in documents; otherwise the one after the earliest that the stack accepts.
    """
    first = keys.first(owner)
    latest = max(first, noted, *found)
    return latest if latest > first else first + 1


def _ends(entry: str, ending: Ending) -> bool:
    """Whether the random key of an entry of hashes ends."""
    accounts = {each for each in entry.partition(":")[2].split("+") if each}
    return bool(ending.first) or (bool(accounts) and accounts <= ending.accounts.keys())


def _entries(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _revoked(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in _entries(text):
        owner, _, generation = entry.partition(":")
        found[owner] = max(found.get(owner, 0), int(generation))
    return found
