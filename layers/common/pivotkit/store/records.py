"""Deliveries as they came, and the one record that those about the same subject add up to.

A delivery is stored once, under a digest of its content. The record of a call, fax, message, or
document is made from all deliveries about it, and is the same whatever their order and however
often each arrived.
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
    from pivotkit.events.envelope import Sent

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
"""The states of a call, fax, voicemail, or document, in the order in which it reaches them."""

type Fact = str | int | float | bool | None

STATES: tuple[str, ...] = get_args(State.__value__)

CREATED = "channel_created_time"
"""The fact that identifies a leg whose call ID is missing."""

UNNAMED = "b"
"""The leg of a record about a bridged leg with an unknown call ID."""

NO_ACCOUNT = "unknown"
"""The account of a delivery that names none."""

SOURCES = {"event": "hook", "cdr": "cdr_url", "api": "cdr_api"}
"""The sources of a call's deliveries, by the start of the sort key."""


@dataclass(frozen=True)
class Record:
    """The contribution of one delivery: the state of its subject, the time, and facts.

    Of two deliveries that differ about a fact, the `verified` one counts; else the one of the later
    state; else the later one. `noted` is the state of deliveries that change none. `leg` is the
    call ID of the leg, `b` for a leg with an unknown ID, or '' for the subject itself.
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
        """The record as the text of an attribute."""
        at = self.at.isoformat() if self.at else None
        facts = {name: value for name, value in self.facts.items() if value is not None}
        parts: dict[str, object] = {"state": self.state, "at": at, "facts": facts}
        parts |= {"leg": self.leg} if self.leg else {}
        parts |= {"verified": True} if self.verified else {}
        return canonical(parts)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record in *text*. A state that only a later layer knows counts as `noted`."""
        parts = json.loads(text)
        state: State = parts["state"] if parts["state"] in STATES else "noted"
        at = datetime.fromisoformat(parts["at"]) if parts["at"] else None
        leg, verified = parts.get("leg", ""), parts.get("verified", False)
        return cls(state, at, parts["facts"], leg, verified)


@dataclass(frozen=True)
class Delivery:
    """A stored delivery, as workers receive it.

    `key` is `account#call`, or `account#<kind>-<id>` for a delivery that is not about a call. Its
    account is the one that was authenticated when the delivery arrived, and nothing in the content
    can change it. `sent` is the content of a delivery that came over the event bus.
    """

    key: str
    item: Item
    sent: "Sent | None" = None

    @property
    def id(self) -> str:
        """32 hexadecimal digits, the same whenever this delivery comes: an idempotency key."""
        again = self.item["received_at"]["N"] if "untimed" in self.item else ""
        return sha256(f"{self.key} {self.item['sk']['S']} {again}".encode()).hexdigest()[:32]

    @property
    def name(self) -> str:
        """KAZOO's name of the event, such as `missed_call`.

        A CDR is `cdr_url` if it was posted there, and `cdr_api` if it came from Crossbar.
        """
        sort: str = self.item["sk"]["S"]
        kind, _, rest = sort.partition("#")
        return rest.rpartition("#")[0] or rest if kind == "event" else SOURCES.get(kind, kind)

    @property
    def account_id(self) -> str:
        """The authenticated account; `unknown` if the delivery named none."""
        return self.key.partition("#")[0]

    @property
    def received_at(self) -> int:
        """The time of arrival in Unix seconds, or 0 if unknown."""
        return int(self.item.get("received_at", {}).get("N", 0))

    @property
    def content(self) -> "Sent":
        """The values that KAZOO sent, out of their envelope, as those of the account.

        Empty but for the account if they cannot be read.
        """
        from pivotkit.events.envelope import sent_in  # noqa: PLC0415  (only those who read it again)

        sent = sent_in(self._raw) if self.sent is None else self.sent
        return sent.of(self._account)

    @property
    def values(self) -> dict[str, Value]:
        """KAZOO's own values in `content`, without what the hook added in an envelope."""
        return self.content.values

    @property
    def event(self) -> "Event":
        """The typed event. An event that cannot be read is an `OtherEvent`."""
        from pivotkit.events import event_of  # noqa: PLC0415  (CDR sinks have no events)

        return event_of(self.content, self._account)

    @property
    def _account(self) -> str:
        return "" if self.account_id == NO_ACCOUNT else self.account_id

    @property
    def _raw(self) -> dict[str, Value]:
        from pivotkit.http.deliveries import values_in  # noqa: PLC0415  (only those who read it again)

        method, kind = (self.item.get(name, {}).get("S", "") for name in ("method", "content_type"))
        try:
            return values_in(method, kind, self._content)
        except Malformed:
            return {}

    @property
    def _content(self) -> bytes:
        encoded = self.item.get("body_base64", {}).get("S", "")
        return b64decode(encoded) if encoded else self.item.get("body", {}).get("S", "").encode()

    @property
    def record(self) -> Record | None:
        """The record made by the receiver's template, or `None` if it made none."""
        text = self.item.get("record", {}).get("S")
        return Record.from_json(text) if text else None


def subject_key(account_id: str, about: str) -> str:
    """Return the key of the subject *about* in an account, '' for none, which holds no `#`."""
    return f"{account_id.replace('#', '%23') or NO_ACCOUNT}#{about}"


def merged(records: Iterable[Record]) -> dict[str, Value]:
    """Merge *records* into one. Order and repetition do not matter.

    `state` is the furthest state reached, `<state>_at` the first time of each, and `verified` true
    once the CDR API has confirmed the call. Of each fact the verified value counts; else that of
    the latest state; else the latest; and among equals the one that sorts last. `legs` holds the
    same for each bridged leg by call ID. A leg with an unknown ID is `b-<time of creation>`.
    """
    found = list(records)
    result = _merged(record for record in found if not record.leg)
    legs = _by_leg(record for record in found if record.leg)
    if legs:
        result["legs"] = {name: _merged(leg) for name, leg in sorted(legs.items())}
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
            weight = (record.verified, rank, at, canonical(value))
            facts[name] = max(facts.get(name, weight), weight)
    return {name: json.loads(text) for name, (*_, text) in sorted(facts.items())}


def _by_leg(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Group by leg. A record without an ID joins the leg created at its time, if there is one."""
    legs: dict[str, list[Record]] = {}
    unnamed = []
    for record in records:
        if record.leg == UNNAMED:
            unnamed.append(record)
        else:
            legs.setdefault(record.leg, []).append(record)
    created = {name: {record.facts.get(CREATED) for record in leg} for name, leg in legs.items()}
    for record in unnamed:
        time = record.facts.get(CREATED)
        same = [name for name, times in created.items() if time and time in times]
        name = same[0] if len(same) == 1 else f"{UNNAMED}-{time or 'unknown'}"
        legs.setdefault(name, []).append(record)
    return legs


def as_leg(records: Iterable[Record], call_id: str) -> Record:
    """The share of the leg *call_id*, described by *records*, in the record of its call."""
    facts: dict[str, Any] = _merged(record for record in records if not record.leg)
    state: State = facts.pop("state")
    at = facts.pop(f"{state}_at", None)
    verified = bool(facts.pop("verified", False))
    return Record(state, datetime.fromisoformat(at) if at else None, facts, call_id, verified)


def callers(call_id: str, records: Iterable[Record]) -> set[str]:
    """The call IDs of the callers to whom the leg *call_id* was bridged.

    A leg that KAZOO rings is outbound, and its other leg is the caller's (`other_leg_call_id`).
    The CDR API also names the first leg of a call (`bridge_id`).
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
