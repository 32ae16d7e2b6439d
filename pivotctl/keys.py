"""Keys: created here, hashed for the stack, and saved in the user's key file."""

import json
import os
import secrets
from pathlib import Path

from pivotctl.private_file import write_private
from pivotkit.http.keys import ANY_ACCOUNT, DEVELOPMENT_KEYS, KeySigner, digest_of

KINDS = ("pivot", "webhooks", "cdr")
SOCKET_KINDS = ("sockets", "commands")
"""The kinds of the keys of programs: to get events, and also to command calls."""

SIGNING = "signing"
CONSOLE = "console"
"""The kind of the key that operators sign in to the console with."""

ROLES = ("see", "see-numbers", "change")
"""Roles of a console's key: see pages, see phone numbers in full, and change what can be changed.

A key without any has them all.
"""

BITS = 192
_GENERATION = "generation of"
"""Beginning of an entry of the key file: the generation of an account's keys."""


class KeyFileError(Exception):
    """The key file cannot be read, or lacks something; the message names it and the fix."""


def new_key(kind: str) -> str:
    """Return a new key of 192 random bits, in URL-safe characters."""
    return f"{kind}-{secrets.token_urlsafe(BITS // 8)}"


def new_secret() -> str:
    """Return a new signing secret."""
    return secrets.token_urlsafe(32)


def entry(key: str, accounts: tuple[str, ...], roles: tuple[str, ...] = ()) -> str:
    """Return the value of the stack's parameter: the key's hash, its accounts, and its roles.

    Only keys of the console have roles.
    """
    limits = "+".join(accounts) + (f"/{'+'.join(roles)}" if roles else "")
    digest = digest_of(key)
    return f"{digest}:{limits}" if limits else digest


def development_key(kind: str) -> str:
    """Return the published key that local runs accept."""
    return DEVELOPMENT_KEYS[kind]


class KeyFile:
    """The user's keys by stack and kind, and each stack's signing secrets; for this user only."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()

    def get(self, stack: str, kind: str) -> str | None:
        """Return the key for *kind* of *stack*, or None."""
        key = self._read().get(stack, {}).get(kind)
        return str(key) if key else None

    def key(self, stack: str, kind: str, account: str = "", first: int = 1) -> str | None:
        """Return a key for *kind* of *stack*, of an account or of all, or None.

        A saved key for all accounts takes precedence over one made with the stack's secret. That
        one is of the current generation, and not of one before *first*.
        """
        saved = None if account else self.get(stack, kind)
        if saved or not self.get(stack, SIGNING):
            return saved
        generation = max(first, self.generation(stack, account or ANY_ACCOUNT))
        return self.proving(stack, kind, account, generation)

    def proving(self, stack: str, kind: str, account: str = "", generation: int = 0) -> str:
        """Make the key that proves its account, or is for all. Raises `KeyFileError`.

        Without *generation* it is of the account's current one.
        """
        generation = generation or self.generation(stack, account or ANY_ACCOUNT)
        return KeySigner(self.secrets(stack)).key(kind, account or ANY_ACCOUNT, generation)

    def secrets(self, stack: str) -> list[str]:
        """Return the stack's signing secrets, the first of which signs. Raises `KeyFileError`."""
        secrets = (self.get(stack, SIGNING) or "").replace(",", " ").split()
        if not secrets:
            fix = f"deploy with `pivotctl deploy`, or `pivotctl key --for signing --save {stack}`"
            raise KeyFileError(f"{self.path} has no signing secret of the stack {stack}: {fix}")
        return secrets

    def generation(self, stack: str, owner: str) -> int:
        """Return the latest generation of an account's keys, or of `any`, that was made here."""
        return int(self.get(stack, f"{_GENERATION} {owner}") or 1)

    def note_generation(self, stack: str, owner: str, generation: int) -> None:
        """Make keys of an account, or of `any`, from *generation* on."""
        if generation > self.generation(stack, owner):
            self.put(stack, f"{_GENERATION} {owner}", str(generation))

    def put(self, stack: str, kind: str, key: str) -> None:
        """Save *key*. The whole file is replaced, with mode 0600."""
        known = self._read()
        known.setdefault(stack, {})[kind] = key
        write_private(self.path, known)

    def remove(self, stack: str, kind: str) -> None:
        """Forget the saved key for *kind*, if there is one."""
        known = self._read()
        if known.get(stack, {}).pop(kind, None):
            write_private(self.path, known)

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            known: dict[str, dict[str, str]] = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise KeyFileError(f"{self.path}: {error}; fix the file or move it away") from error
        return known


def default_path() -> Path:
    """Return `PIVOTCTL_KEYS`, or a file in the user's configuration folder."""
    named = os.environ.get("PIVOTCTL_KEYS")
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(named) if named else home / "pivot-functions" / "keys.json"
