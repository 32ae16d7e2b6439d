"""DynamoDB: one client, one way to write, one error."""

from typing import Any, Protocol

type Item = dict[str, dict[str, Any]]
"""An item as DynamoDB holds it: every attribute with its type."""

LIFE = 6 * 60 * 60
"""Seconds for which a call's state lives after its last request, and the tokens that lead to it."""


class Owned(Protocol):
    """Anything that belongs to one account of KAZOO: a call, a delivery, what is made of them."""

    @property
    def account_id(self) -> str:
        """The account's ID; '' is an account of its own, and never that of another."""
        ...
