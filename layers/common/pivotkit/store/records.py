"""Deliveries as they came, and the one record that those about one thing add up to.

A delivery is stored once, under a digest of its content. The record of a call, a fax, a message or
a document is made from all deliveries about it: the same whatever the order and however often each
arrived.
"""

import json
import math
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from pivotkit.core.errors import Malformed
from pivotkit.http.parameters import Value
from pivotkit.store import Item

if TYPE_CHECKING:
    from pivotkit.events import Event

type State = Literal[
    "noted",
    "created",
    "answered",
    "bridged",
    "parked",
    "retrieved",
    "abandoned",
    "missed",
    "failed",
    "received",
    "sent",
    "edited",
    "saved",
    "deleted",
    "ended",
]
"""In the order in which one thing passes through them: a call, a fax, a voicemail, a document."""

type Fact = str | int | float | bool | None

STATES: tuple[str, ...] = get_args(State.__value__)

CREATED = "channel_created_time"
"""The fact by which a leg that was told without its call id is known."""

UNNAMED = "b"
"""The leg of a record that tells of a bridged one, and not of its call id."""

SOURCES = {"event": "hook", "cdr": "cdr_url", "api": "cdr_api"}
"""Who tells of a call, by how the sort key of a delivery begins."""


@dataclass(frozen=True)
class Record:
    """What one delivery says of a call or another thing: its state, since when, and facts.

    Where two deliveries differ about a fact, the one that is `verified` is believed, then the one
    of the later state, and in one state the later one. `noted` is the state of what changes none.
    `leg` is the call id of the leg that is told of, or `b` for one whose id is not known; '' for
    what the key itself names.
    """

    state: State
    at: datetime | None
    facts: Mapping[str, Fact]
    leg: str = ""
    verified: bool = False

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"state is {self.state!r}: must be one of {', '.join(STATES)}")

    def as_json(self) -> str:
        """The record as text for an attribute."""
        at = self.at.isoformat() if self.at else None
        facts = {name: value for name, value in self.facts.items() if value is not None}
        parts: dict[str, object] = {"state": self.state, "at": at, "facts": facts}
        parts |= {"leg": self.leg} if self.leg else {}
        parts |= {"verified": True} if self.verified else {}
        return canonical(parts)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record in *text*."""
        parts = json.loads(text)
        at = datetime.fromisoformat(parts["at"]) if parts["at"] else None
        leg, verified = parts.get("leg", ""), parts.get("verified", False)
        return cls(parts["state"], at, parts["facts"], leg, verified)


@dataclass(frozen=True)
class Delivery:
    """One stored delivery, as a worker gets it.

    `key` is `account#call`, or `account#<kind>-<id>` for what is about no call.
    """

    key: str
    item: Item

    @property
    def id(self) -> str:
        """32 hexadecimal digits, the same whenever this delivery comes: the key of an effect."""
        again = self.item["received_at"]["N"] if "untimed" in self.item else ""
        return sha256(f"{self.key} {self.item['sk']['S']} {again}".encode()).hexdigest()[:32]

    @property
    def name(self) -> str:
        """What KAZOO calls the event (`missed_call`).

        A CDR is `cdr_url` when it was posted there, `cdr_api` when it comes from Crossbar.
        """
        sort: str = self.item["sk"]["S"]
        kind, _, rest = sort.partition("#")
        return rest.partition("#")[0] if kind == "event" else SOURCES.get(kind, kind)

    @property
    def account_id(self) -> str:
        """The account in which it happened."""
        return self.key.partition("#")[0]

    @property
    def received_at(self) -> int:
        """When it came, in Unix seconds; 0 if that is not known."""
        return int(self.item.get("received_at", {}).get("N", 0))

    @property
    def values(self) -> dict[str, Value]:
        """The values that KAZOO sent; none where they cannot be read."""
        from pivotkit.http.deliveries import values_in  # noqa: PLC0415  (only those who read it again)

        method, kind = (self.item.get(name, {}).get("S", "") for name in ("method", "content_type"))
        try:
            return values_in(method, kind, self._content)
        except Malformed:
            return {}

    @property
    def event(self) -> "Event":
        """The event, typed. One that cannot be read is an `OtherEvent`."""
        from pivotkit.events import read_event  # noqa: PLC0415  (CDR sinks have no events)

        return read_event(self.values)

    @property
    def _content(self) -> bytes:
        encoded = self.item.get("body_base64", {}).get("S", "")
        return b64decode(encoded) if encoded else self.item.get("body", {}).get("S", "").encode()

    @property
    def record(self) -> Record | None:
        """What the receiver's template made of it; `None` where it could not be read."""
        text = self.item.get("record", {}).get("S")
        return Record.from_json(text) if text else None


def merged(records: Iterable[Record]) -> dict[str, Value]:
    """One record out of many: order and repetition do not matter.

    `state` is the furthest reached, `<state>_at` the first time each was, `verified` true once the
    CDR API has confirmed it. Of every fact the value that is verified counts, then that from the
    latest state, in one state the latest, and among equals the one that sorts last. `legs` has the
    same for each bridged leg, by its call id; one whose id nobody told is `b-<when created>`.
    """
    found = list(records)
    result = _merged(record for record in found if not record.leg)
    legs = _by_leg(record for record in found if record.leg)
    if legs:
        result["legs"] = {name: _merged(told) for name, told in sorted(legs.items())}
    return result


def _merged(records: Iterable[Record]) -> dict[str, Value]:
    found = list(records)
    result: dict[str, Value] = {}
    for state in STATES:
        times = [record.at for record in found if record.state == state and record.at]
        if times:
            result[f"{state}_at"] = min(times).isoformat()
        if any(record.state == state for record in found):
            result["state"] = state
    if any(record.verified for record in found):
        result["verified"] = True
    return _facts(found) | result


def _facts(records: Iterable[Record]) -> dict[str, Value]:
    facts: dict[str, tuple[bool, int, float, str]] = {}
    for record in records:
        rank, at = STATES.index(record.state), record.at.timestamp() if record.at else -math.inf
        for name, value in record.facts.items():
            told = (record.verified, rank, at, canonical(value))
            facts[name] = max(facts.get(name, told), told)
    return {name: json.loads(text) for name, (*_, text) in sorted(facts.items())}


def _by_leg(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Records by leg. An unnamed one is the only leg that was created at its time, if there is."""
    legs: dict[str, list[Record]] = {}
    unnamed = []
    for record in records:
        if record.leg == UNNAMED:
            unnamed.append(record)
        else:
            legs.setdefault(record.leg, []).append(record)
    created = {name: {told.facts.get(CREATED) for told in leg} for name, leg in legs.items()}
    for record in unnamed:
        time = record.facts.get(CREATED)
        same = [name for name, times in created.items() if time and time in times]
        name = same[0] if len(same) == 1 else f"{UNNAMED}-{time or 'unknown'}"
        legs.setdefault(name, []).append(record)
    return legs


def as_leg(records: Iterable[Record], call_id: str) -> Record:
    """What the leg *call_id*, of which *records* tell, adds to the record of its call."""
    facts: dict[str, Any] = _merged(record for record in records if not record.leg)
    state: State = facts.pop("state")
    at = facts.pop(f"{state}_at", None)
    verified = bool(facts.pop("verified", False))
    return Record(state, datetime.fromisoformat(at) if at else None, facts, call_id, verified)


def callers(call_id: str, records: Iterable[Record]) -> set[str]:
    """The call ids of those in whose call the leg *call_id* is a bridged one.

    A leg that KAZOO rings is outbound, and its other leg is the caller's (`other_leg_call_id`).
    The CDR API names that of a call's first leg besides (`bridge_id`).
    """
    found = set()
    for facts in (record.facts for record in records if not record.leg):
        found.add(facts.get("bridge_id"))
        if facts.get("call_direction") == "outbound":
            found.add(facts.get("other_leg_call_id"))
    return {name for name in found if name and isinstance(name, str)} - {call_id}


def canonical(value: object) -> str:
    """Write *value* as JSON, the same text for equal values."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
