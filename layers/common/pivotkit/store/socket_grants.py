"""Tokens of WebSocket clients: keys of the kinds `sockets` and `commands`, and tickets.

A key of the kind `sockets` shows events, one of the kind `commands` also commands calls. Both prove
their accounts as the keys of KAZOO's URLs do, and show whole phone numbers. A ticket is what the
console gives its own pages: it counts once, and for a minute.
"""

import os
from collections.abc import Mapping

from pivotkit.http.keys import AccessKey, Ended, Keyring, digest_of, is_local, signing_secrets
from pivotkit.store.sockets import COMMANDS, NUMBERS, TICKET, Grant, Sockets

PERMISSIONS = {"sockets": frozenset({NUMBERS}), "commands": frozenset({NUMBERS, COMMANDS})}
"""The permissions of a key, by its kind."""

_HASHES = {"sockets": "KEY_HASHES", "commands": "COMMAND_KEY_HASHES"}
_LONGEST = 200


class Grants:
    """The tokens that the function's environment describes, and the tickets in the table."""

    def __init__(self, sockets: Sockets | None = None) -> None:
        self._sockets = sockets
        self._rings = {kind: _keyring(kind, variable) for kind, variable in _HASHES.items()}

    def of(self, token: str) -> Grant | None:
        """Return the grant of *token*, or `None`. A ticket is used up. Raises `StateUnavailable`.

        Tickets count where there is a table, that is, for WebSockets and not over HTTP.
        """
        if len(token) > _LONGEST:
            return None
        if token.startswith(TICKET):
            return self._sockets.redeem(token) if self._sockets else None
        for kind, ring in self._rings.items():
            if found := ring.find(token):
                return _grant(kind, token, found)
        return None


def token_in(headers: Mapping[str, str]) -> str:
    """Return the token of a request with *headers* (lower case), as Crossbar finds it; or ''."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return headers.get("x-auth-token", "") or (token if scheme.lower() == "bearer" else "")


def _keyring(kind: str, variable: str) -> Keyring:
    return Keyring(
        kind,
        os.environ.get(variable, ""),
        local=is_local(),
        secrets=signing_secrets(),
        ended=Ended.from_environment(),
    )


def _grant(kind: str, token: str, key: AccessKey) -> Grant:
    """The grant of a key. Its name tells keys apart in the audit, and is no secret."""
    return Grant(f"{kind} key {digest_of(token)[:8]}", key.accounts, PERMISSIONS[kind])
