"""Users of accounts: the hashes that they sign in with (`cb_users_v2.erl`, `cb_user_auth.erl`)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from pivotctl.crossbar.accounts import ACCOUNT_ID
from pivotctl.crossbar.documents import Documents, StoredDocument

USERS = "users"
OWNER_ID = "0b6e1f2a93c84d57a1e0f3b2c4d5e6f7"
USERNAME, PASSWORD = "operator", "local-development"

METHODS = {"md5": hashlib.md5, "sha": hashlib.sha1}
"""The hashes by the names that `user_auth` knows; `sha` is SHA-1."""


def credentials(username: str, password: str, method: str = "md5") -> str:
    """Return the hash of a user's name, in lower case, and password."""
    text = f"{username.lower()}:{password}".encode()
    return METHODS[method](text, usedforsecurity=False).hexdigest()


CREDENTIALS = credentials(USERNAME, PASSWORD)


def hashes(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the private fields of a user with name and password, or {}."""
    username, password = data.get("username"), data.get("password")
    if not isinstance(username, str) or not isinstance(password, str):
        return {}
    return {method: credentials(username, password, method) for method in METHODS}


def operator() -> StoredDocument:
    """Return the user that the local account has from the start."""
    data = {
        "first_name": "Local",
        "last_name": "Operator",
        "username": USERNAME,
        "priv_level": "admin",
        "enabled": True,
    }
    private = hashes({"username": USERNAME, "password": PASSWORD})
    return StoredDocument(OWNER_ID, ACCOUNT_ID, USERS, data, private=private)


def found(documents: Documents, account: str, method: str, given: str) -> StoredDocument | None:
    """Return the user of an account whose hash is *given*, or None."""
    users = documents.of(account, USERS)
    return next((user for user in users if user.private.get(method) == given), None)
