"""Carriers of an account: the resource documents through which it calls numbers (`cb_resources`).

A carrier's rules take numbers in E.164. What a rule captures is sent, after the prefix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WITH_PLUS, DIGITS_ONLY = r"^(\+\d{7,15})$", r"^\+(\d{7,15})$"
"""Rules that take every number, and send it with its plus sign, or without."""

FLOWROUTE = "us-west-or.sip.flowroute.com"
"""A point of presence of Flowroute."""

PORT = 5060


@dataclass(frozen=True)
class Carrier:
    """A carrier: its SIP server, how KAZOO signs in there, and how numbers are sent.

    With `digits_only`, numbers have no plus sign. `rules` replace those for every number.
    """

    name: str
    server: str
    username: str = ""
    password: str = field(default="", repr=False)
    prefix: str = ""
    port: int = PORT
    digits_only: bool = False
    rules: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of its resource document."""
        rule = DIGITS_ONLY if self.digits_only else WITH_PLUS
        return {
            "name": self.name,
            "gateways": [self._gateway],
            "rules": list(self.rules or (rule,)),
        }

    @property
    def _gateway(self) -> Mapping[str, Any]:
        given = {"username": self.username, "password": self.password, "prefix": self.prefix}
        texts = {name: text for name, text in given.items() if text}
        port = {} if self.port == PORT else {"port": self.port}
        return {"server": self.server, **texts, **port}


def flowroute(
    name: str = "flowroute",
    server: str = FLOWROUTE,
    *,
    username: str = "",
    password: str = "",
    tech_prefix: str = "",
) -> Carrier:
    """Return Flowroute, signed in to by user name, or by address with the account's tech prefix."""
    prefix = f"{tech_prefix}*" if tech_prefix else ""
    return Carrier(name, server, username, password, prefix, digits_only=True)
