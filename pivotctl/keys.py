"""Keys: made here, hashed for the stack, and kept in the owner's own file."""

import json
import os
import secrets
from pathlib import Path

from pivotkit.http.keys import DEVELOPMENT_KEYS, digest_of

KINDS = ("pivot", "webhooks", "cdr")
BITS = 192


class KeyFileError(Exception):
    """The key file cannot be read; the message says which and what to do."""


def new_key(kind: str) -> str:
    """A fresh key of 192 random bits, of characters that a URL leaves alone."""
    return f"{kind}-{secrets.token_urlsafe(BITS // 8)}"


def new_secret() -> str:
    """A fresh signing secret."""
    return secrets.token_urlsafe(32)


def entry(key: str, accounts: tuple[str, ...]) -> str:
    """What goes into the stack's parameter: the key's hash, and the accounts it is good for."""
    digest = digest_of(key)
    return f"{digest}:{'+'.join(accounts)}" if accounts else digest


def development_key(kind: str) -> str:
    """The published key that a local run accepts."""
    return DEVELOPMENT_KEYS[kind]


class KeyFile:
    """The owner's keys by stack and kind, readable by nobody else."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()

    def get(self, stack: str, kind: str) -> str | None:
        """The key for *kind* of *stack*, or `None`."""
        key = self._read().get(stack, {}).get(kind)
        return str(key) if key else None

    def put(self, stack: str, kind: str, key: str) -> None:
        """Keep *key*. The file is written whole, with mode 0600."""
        known = self._read()
        known.setdefault(stack, {})[kind] = key
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self.path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(known, file, indent=2)
        fresh.replace(self.path)

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            known: dict[str, dict[str, str]] = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise KeyFileError(f"{self.path}: {error}; mend it or move it away") from error
        return known


def default_path() -> Path:
    """`PIVOTCTL_KEYS`, or a file in the user's configuration."""
    named = os.environ.get("PIVOTCTL_KEYS")
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(named) if named else home / "pivot-functions" / "keys.json"
