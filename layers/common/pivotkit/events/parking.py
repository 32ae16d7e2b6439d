"""What happens to a parked call (`webhooks_parking.erl`, `cf_park:publish_event/3`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pivotkit.events.base import Event


@dataclass(frozen=True, kw_only=True)
class ParkingEvent(Event):
    """The fields that all parking events have; `parking_slot` is a number dialled, as text.

    KAZOO does not say when it was, so `timestamp` is missing but in version 2.
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
        """The call that is parked."""
        return self.call_id


@dataclass(frozen=True, kw_only=True)
class ParkParked(ParkingEvent):
    """A call was put into a slot."""


@dataclass(frozen=True, kw_only=True)
class ParkRetrieved(ParkingEvent):
    """Somebody took the call from its slot."""


@dataclass(frozen=True, kw_only=True)
class ParkAbandoned(ParkingEvent):
    """The caller hung up in the slot."""
