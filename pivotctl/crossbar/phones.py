"""Phones that Crossbar calls, and the carriers of numbers (`cb_resources.erl`, stepswitch)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pivotctl.crossbar.accounts import REALM
from pivotctl.crossbar.cdrs import Cdrs
from pivotctl.crossbar.documents import Documents
from pivotctl.switch.player.channel import CAUSES
from pivotctl.switch.world import Rung

GLOBAL = "global"
"""The account of the cluster's own carriers, `/v2/resources`."""


@dataclass
class Phones:
    """Phones that Crossbar calls; numbers without `outcomes` answer.

    `outcomes` has an entry for each attempt at a number, of which the last one repeats. `rung` are
    the numbers called so far, in order. `keys` are pressed by the person at a number, an entry for
    each time they are asked.
    """

    cdrs: Cdrs
    outcomes: dict[str, tuple[Rung, ...]] = field(default_factory=dict)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rung: list[str] = field(default_factory=list)

    def outcome(self, number: str) -> Rung:
        """Ring *number*, and return the outcome of this attempt."""
        outcomes = self.outcomes.get(number, (Rung.ANSWERED,))
        rung = outcomes[min(self.rung.count(number), len(outcomes) - 1)]
        self.rung.append(number)
        return rung

    def ring(self, account: str, number: str, call_id: str, now: int) -> Rung:
        """Ring *number*, and store the CDR of the leg at *now*, in Gregorian seconds."""
        rung = self.outcome(number)
        answered = rung is Rung.ANSWERED
        leg = {
            "account_id": account,
            "billing_seconds": int(answered),
            "call_direction": "outbound",
            "call_id": f"{call_id}-{len(self.rung)}",
            "callee_id_number": number,
            "duration_seconds": 1,
            "hangup_cause": "NORMAL_CLEARING" if answered else CAUSES[rung][0],
            "timestamp": now,
            "to": f"{number}@{REALM}",
        }
        self.cdrs.store(leg, now)
        return rung


def is_carried(documents: Documents, account: str, number: str) -> bool:
    """Whether a carrier of the account, or of the cluster, takes *number*."""
    return any(
        each.data.get("enabled") is not False
        and any(_matches(rule, number) for rule in _rules(each.data))
        for owner in (account, GLOBAL)
        for each in documents.of(owner, "resources")
    )


def _rules(data: Any) -> list[str]:
    rules = data.get("rules")
    return [each for each in rules if isinstance(each, str)] if isinstance(rules, list) else []


def _matches(rule: str, number: str) -> bool:
    """Whether a rule matches; KAZOO skips one that is no regular expression."""
    try:
        return re.search(rule, number) is not None
    except re.error:
        return False
