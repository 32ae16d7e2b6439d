"""Quickcalls: KAZOO rings a user's devices, and connects the user to a number.

Follows `cb_quickcall.erl` of KAZOO master, whose answer has a Call-ID in each endpoint only.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pivotctl.crossbar.accounts import REALM
from pivotctl.crossbar.envelope import CrossbarRequest
from pivotctl.crossbar.numbers import normalized
from pivotctl.crossbar.placed_calls import PlacedCall, PlacedCalls
from pivotctl.switch.scenario import OtherParty

RING_SECONDS = 30
"""Default of `timeout`."""


@dataclass(frozen=True)
class QuickCalls:
    """Places quickcalls. A number without a callflow, or an extension, is not called."""

    calls: PlacedCalls

    def place(
        self, account: str, user: str, number: str, request: CrossbarRequest
    ) -> Mapping[str, Any]:
        """Ring the user, and play the flow of *number*; return the originate request."""
        target = normalized(number)
        originated = originate(account, user, target, request)
        if flow := self.calls.dialed(account, target):
            seconds = originated["timeout"]
            party = OtherParty(f"user {user}", self.calls.phones.outcome(user), seconds=seconds)
            (endpoint,) = originated["endpoints"]
            variables = originated["custom_application_vars"]
            call_id = endpoint["outbound_call_id"]
            call = PlacedCall(account, call_id, flow, target, party, target, variables)
            self.calls.start(call, _unheard)
        return originated


def originate(account: str, user: str, number: str, request: CrossbarRequest) -> dict[str, Any]:
    """Return the originate request, as in KAZOO's answer; the user has one device."""
    call_id = f"{secrets.token_hex(18)}-quickcall"
    return {
        "application_name": "transfer",
        "application_data": {"route": number},
        "continue_on_fail": False,
        "custom_application_vars": dict(request.query),
        "custom_channel_vars": {
            "account_id": account,
            "authorizing_id": user,
            "authorizing_type": "user",
        },
        "dial_endpoint_method": "simultaneous",
        "endpoints": [
            {"invite_format": "username", "to_realm": REALM, "outbound_call_id": call_id}
        ],
        "timeout": int(request.query.get("timeout") or RING_SECONDS),
    }


def _unheard(cause: str) -> None:
    """Take the result of a call that has no history."""
    del cause
