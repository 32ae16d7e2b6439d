"""Events of parked calls (`webhooks_parking.erl`, `cf_park:publish_event/3`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pivotkit.events.base import Event


@dataclass(frozen=True, kw_only=True)
class ParkingEvent(Event):
    """Fields that all parking events share; `parking_slot` is the number dialed, as text.

    KAZOO sends no time, so `timestamp` is missing except in version 2.
    """

    hook: ClassVar[str] = "parking"
    required: ClassVar[tuple[str, ...]] = ("account_id", "call_id")

    call_id: str
    event_name: str | None = None
    callee_id_name: str | None = None
    callee_id_number: str | None = None
    caller_id_name: str | None = None
    caller_id_number: str | None = None
    parking_slot: str | None = None

    @property
    def about(self) -> str:
        """The parked call's ID."""
        return self.call_id


@dataclass(frozen=True, kw_only=True)
class ParkParked(ParkingEvent):
    """A call was parked in a slot."""


@dataclass(frozen=True, kw_only=True)
class ParkRetrieved(ParkingEvent):
    """A parked call was retrieved from its slot."""


@dataclass(frozen=True, kw_only=True)
class ParkAbandoned(ParkingEvent):
    """The caller hung up while parked."""
