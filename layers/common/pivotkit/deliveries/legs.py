"""One form for the CDR of a leg from three sources: a `cdr_url`, a hook, and Crossbar's CDR API.

Facts have the names of KAZOO's hooks and documents. Each source knows some of them:

    all                 call_direction, callee_id_number, caller_id_number, caller_id_name, from, to
                        hangup_cause, duration_seconds, billing_seconds, other_leg_call_id
    cdr_url, API        callee_id_name, request, channel_created_time
    cdr_url, hook       hangup_code, ringing_seconds
    hook, API           authorizing_id, owner_id
    API                 bridge_id (the call's first leg), interaction_id, recording_url
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from pivotkit.events import fields
from pivotkit.store.records import UNNAMED, Fact, Record

if TYPE_CHECKING:
    from pivotkit.deliveries.cdrs import CallDetail
    from pivotkit.events import Cdr, ChannelDestroy
    from pivotkit.events.fields import Gregorian
    from pivotkit.http.parameters import Value

FACTS = (
    "authorizing_id", "billing_seconds", "bridge_id", "call_direction", "callee_id_name",
    "callee_id_number", "caller_id_name", "caller_id_number", "channel_created_time",
    "duration_seconds", "from_", "hangup_cause", "hangup_code", "interaction_id",
    "other_leg_call_id", "owner_id", "recording_url", "request", "ringing_seconds", "to",
)  # fmt: skip
"""The facts of a leg, as fields of its sources. Durations are seconds."""

MAX_ID = 512
"""Limit on the characters of a row's two IDs together. KAZOO's have about a hundred."""

_MICROSECONDS = re.compile(r"[0-9]{1,12}\.[0-9]{6}")


@dataclass(frozen=True, kw_only=True)
class CdrRow:
    """A row of Crossbar's list of CDRs. Any field but the IDs may be missing.

    `timestamp` is the end of the leg. Crossbar's own is its start (`cb_cdrs:normalize_cdr/3`).
    """

    id: str = ""
    call_id: str = ""
    authorizing_id: str | None = None
    billing_seconds: int | None = None
    bridge_id: str | None = None
    callee_id_name: str | None = None
    callee_id_number: str | None = None
    caller_id_name: str | None = None
    caller_id_number: str | None = None
    channel_created_time: datetime | None = None
    direction: str | None = None
    duration_seconds: int | None = None
    from_: str | None = None
    hangup_cause: str | None = None
    interaction_id: str | None = None
    other_leg_call_id: str | None = None
    owner_id: str | None = None
    recording_url: str | None = None
    request: str | None = None
    timestamp: Gregorian | None = None
    to: str | None = None
    unix_timestamp_micro: str | None = None
    other: Mapping[str, Value] = MappingProxyType({})

    @property
    def call_direction(self) -> str | None:
        """`inbound` or `outbound`, as the switch sees it."""
        return self.direction

    @property
    def has_ids(self) -> bool:
        """Whether the row names its call: both IDs are present and fit into a key."""
        return bool(self.id and self.call_id) and len(self.id) + len(self.call_id) <= MAX_ID


def read_row(values: Mapping[str, Value]) -> CdrRow:
    """The row in *values*. Empty texts count as missing."""
    row = fields.read(CdrRow, values)
    micro = row.unix_timestamp_micro or ""
    created = fields.microseconds(micro.replace(".", "") if _MICROSECONDS.fullmatch(micro) else "")
    return replace(row, channel_created_time=created, timestamp=_end(row))


def _end(row: CdrRow) -> datetime | None:
    """The end of the leg. `None` if start and duration make no time."""
    try:
        lasted = timedelta(seconds=row.duration_seconds or 0)
        return row.timestamp + lasted if row.timestamp else None
    except OverflowError:
        return None


def ended(leg: CallDetail | ChannelDestroy | Cdr | CdrRow) -> Record:
    """The record of a leg that has ended. Facts from Crossbar are verified.

    A bridged leg posted to a `cdr_url` belongs to the call under whose key it is stored.
    """
    name = UNNAMED if getattr(leg, "leg", "") == "b" else ""
    return Record("ended", leg.timestamp, facts(leg), name, isinstance(leg, CdrRow))


def facts(leg: object) -> dict[str, Fact]:
    """The facts of *leg* that are present."""
    found = {name.rstrip("_"): _fact(getattr(leg, name, None)) for name in FACTS}
    return {name: fact for name, fact in found.items() if fact is not None}


def _fact(value: str | int | datetime | None) -> Fact:
    return value.isoformat() if isinstance(value, datetime) else value
