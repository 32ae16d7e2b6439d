"""Tokens and keys in a URL's path, as text from outside.

The input is the text. Rule: `Unauthorized`, or the very text that the stack has made.
"""

from __future__ import annotations

from collections.abc import Callable

from fuzz.doors import Door
from fuzz.doors.request import ACCOUNT, CALL
from fuzz.doors.rules import VARIABLES, require
from pivotkit.calls.tokens import FollowUp, NamedCall, Signer, call_digest, is_token
from pivotkit.core.errors import Unauthorized
from pivotkit.http.gateway import request_of
from pivotkit.http.keys import KINDS, Keyring, KeySigner

_EXPIRES = 4_000_000_000
_MAX_BYTES = 256 * 1024


def genuine() -> list[str]:
    """The tokens and keys that the doors accept."""
    secrets = [VARIABLES["SIGNING_SECRETS"]]
    signer = Signer(secrets, "menu")
    follow_up = FollowUp(_EXPIRES, call_digest(ACCOUNT, CALL), "r1", 2, "choice", secret=True)
    keys = [KeySigner(secrets).key(kind, ACCOUNT, 2) for kind in KINDS]
    return [signer.follow_up(follow_up), signer.named_call(NamedCall(ACCOUNT, CALL)), *keys]


def door() -> Door:
    """Return the door."""
    known, secrets = frozenset(genuine()), [VARIABLES["SIGNING_SECRETS"]]
    signer = Signer(secrets, "menu")
    keyrings = [Keyring(kind, "", secrets=secrets) for kind in KINDS]

    def enter(data: bytes) -> None:
        text = data.decode("latin-1")
        for key in (text, request_of({"pathParameters": {"key": text}}, _MAX_BYTES).key):
            accepted = [_accepts(reader, key) for reader in (_follow_up, _named_call)]
            accepted += [keyring.find(key) is not None for keyring in keyrings]
            require(key in known or not any(accepted), f"{key!r} was accepted, and is forged")
            is_token(key)

    def _follow_up(text: str) -> object:
        return signer.read_follow_up(text)

    def _named_call(text: str) -> object:
        return signer.read_named_call(text)

    return enter


def _accepts(reader: Callable[[str], object], text: str) -> bool:
    try:
        reader(text)
    except Unauthorized:
        return False
    return True
