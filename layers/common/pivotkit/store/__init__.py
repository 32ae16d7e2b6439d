"""DynamoDB: one client, one way to write, one error."""

from typing import Any

type Item = dict[str, dict[str, Any]]
"""An item as DynamoDB holds it: every attribute with its type."""

LIFE = 6 * 60 * 60
"""Seconds for which a call's state lives after its last request, and the tokens that lead to it."""
