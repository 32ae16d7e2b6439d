"""Outcomes of calls that KAZOO places: from a click-to-call's history, live channels, and CDRs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pivotctl.kazoo.client import KazooClient
from pivotctl.whole_numbers import whole
from pivotkit.core.gregorian import to_gregorian
from pivotkit.services.crossbar_api import CrossbarRow, Window

GAVE_UP = "timed out"
"""The cause in a history if KAZOO no longer waits for the party, which may still answer."""

_BEFORE, _AFTER = 300, 3600
"""Seconds around now in which CDRs are looked for: clocks may differ."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_SUCCESSES = frozenset({"", "NORMAL_CLEARING", "ORIGINATOR_CANCEL", "SUCCESS"})
"""Hangup causes of calls that KAZOO takes for successful (`cb_clicktocall.erl`)."""

_NAMES = ("call_id", "bridge_id", "other_leg_call_id")


@dataclass(frozen=True)
class Leg:
    """A leg of a call that is over; `answered` are the seconds after its answer."""

    number: str
    is_outbound: bool
    answered: int
    cause: str

    @property
    def is_reached(self) -> bool:
        """Whether the leg ended as a call does that was connected."""
        return self.cause in _SUCCESSES

    @property
    def is_connected(self) -> bool:
        """Whether somebody could talk on the leg."""
        talked = self.answered and (self.is_outbound or self.is_reached)
        return bool(talked) or self.cause == "NORMAL_CLEARING"

    @classmethod
    def of(cls, row: CrossbarRow) -> Leg:
        """Return the leg of a row of CDRs."""
        callee = str(row.get("callee_id_number") or "")
        is_outbound = row.get("direction") == "outbound"
        number = callee if is_outbound and callee else str(row.get("to") or "").partition("@")[0]
        return cls(
            number,
            is_outbound,
            _whole(row.get("billing_seconds")),
            str(row.get("hangup_cause") or ""),
        )


@dataclass(frozen=True)
class CallOutcome:
    """The outcome of a call: its legs, outbound ones first, or the cause of one without legs.

    Without both, KAZOO has reported nothing yet.
    """

    legs: tuple[Leg, ...] = ()
    cause: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether a called party has answered, and the call has reached what it was placed for."""
        answered = any(leg.answered for leg in self.legs if leg.is_outbound)
        return answered and all(leg.is_reached for leg in self.legs if not leg.is_outbound)

    @property
    def is_known(self) -> bool:
        """Whether KAZOO has reported something."""
        return bool(self.legs or self.cause)


@dataclass
class PlacedCall:
    """A call that KAZOO is asked to place in an account; `call_ids` are those of its first legs.

    *button* is the click-to-call, or ''. `sleep` and `clock` are replaced in tests.
    """

    client: KazooClient
    account: str
    button: str = ""
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    call_ids: frozenset[str] = frozenset()
    _known: list[CrossbarRow] = field(default_factory=list)

    def place(self, place: Callable[[], Iterable[str]]) -> frozenset[str]:
        """Place the call by *place*, and return the IDs of its legs. Raises `CrossbarError`."""
        self._known = self._history()
        self.call_ids = frozenset(place())
        return self.call_ids

    def outcome(self, seconds: float) -> CallOutcome:
        """Wait for the end of the call, *seconds* at most. Raises `CrossbarError`."""
        deadline, pause, before = self.clock() + seconds, _FIRST_PAUSE, -1
        while True:
            found, is_live = self._looked_at()
            is_over = found.is_known and not is_live and len(found.legs) == before
            if is_over or self.clock() >= deadline:
                return found
            before = -1 if is_live else len(found.legs)
            self.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _looked_at(self) -> tuple[CallOutcome, bool]:
        """The outcome so far, and whether a leg is live."""
        rows = self._cdrs()
        ids = self.call_ids.union(str(row.get("call_id")) for row in rows)
        live = any(ids & _ids(row) for row in self.client.channels(self.account))
        legs = sorted(map(Leg.of, rows), key=lambda leg: not leg.is_outbound)
        return CallOutcome(tuple(legs), self._cause()), live

    def _cdrs(self) -> list[CrossbarRow]:
        """The CDRs of the call and of those in the same interaction."""
        rows = list(self.client.all_cdrs(self.account, self._window))
        own = [row for row in rows if self.call_ids & {str(row.get(name)) for name in _NAMES}]
        interactions = {row.get("interaction_id") for row in own} - {None, ""}
        return [row for row in rows if row in own or row.get("interaction_id") in interactions]

    def _cause(self) -> str:
        """The cause in the history of a call that failed, '' for any other."""
        new = [row for row in self._history() if row not in self._known]
        causes = [str(row.get("cause") or "") for row in new if row.get("result") == "error"]
        return next((cause for cause in causes if cause != GAVE_UP), "")

    def _history(self) -> list[CrossbarRow]:
        if not self.button:
            return []
        return list(self.client.connections(self.account, self.button, self._window))

    @property
    def _window(self) -> Window:
        now = to_gregorian(datetime.fromtimestamp(self.clock(), UTC))
        return now - _BEFORE, now + _AFTER


def _ids(row: Mapping[str, Any]) -> set[str]:
    """The Call-IDs of a live channel, and of the one it is bridged to."""
    names = ("uuid", "call_id", "other_leg", "other_leg_call_id", "bridge_id")
    return {str(row[name]) for name in names if row.get(name)}


def _whole(value: object) -> int:
    """A number of seconds, which KAZOO also writes as text, or as ''."""
    return whole(str(value)) or 0
