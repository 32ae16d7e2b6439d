"""Store every event that a single webhook on `all` delivers."""

from datetime import datetime

from pivotkit import Fact, Record, webhook
from pivotkit.deliveries.legs import ended
from pivotkit.events import Cdr, ChannelDestroy, Event
from pivotkit.store.records import State

STATES: dict[str, State] = {
    "channel_create": "created",
    "channel_answer": "answered",
    "channel_hold": "answered",
    "channel_unhold": "answered",
    "channel_bridge": "bridged",
    "park_parked": "parked",
    "park_retrieved": "retrieved",
    "park_abandoned": "abandoned",
    "missed_call": "missed",
    "inbound_fax": "received",
    "inbound_fax_error": "failed",
    "outbound_fax": "sent",
    "outbound_fax_error": "failed",
    "outbound_smtp_fax_error": "failed",
    "voicemail_new": "received",
    "voicemail_saved": "saved",
    "voicemail_deleted": "deleted",
    "sms": "received",
    "mms": "received",
    "doc_created": "created",
    "doc_edited": "edited",
    "doc_deleted": "deleted",
}
"""The state of the record after an event; after any other event it is `noted`."""

ON_HOLD = {"channel_hold": True, "channel_unhold": False}

TIMES = ("timestamp", "fax_timestamp", "voicemail_timestamp")
"""Fields that hold the time of an event; the first one that is set counts."""

FACTS = (
    "from_",
    "to",
    "caller_id_number",
    "callee_id_number",
    "call_direction",
    "owner_id",
    "other_leg_call_id",
    "parking_slot",
    "faxbox_id",
    "voicemail_box",
    "id",
    "type",
)
"""Fields that become facts of the record; an event has some of them."""


@webhook
def handler(event: Event) -> Record:
    if isinstance(event, ChannelDestroy | Cdr):
        return ended(event)
    state = STATES.get(event.name, "noted")
    return Record(state, time_of(event), facts_of(event))


def time_of(event: Event) -> datetime | None:
    times = (getattr(event, name, None) for name in TIMES)
    return next((time for time in times if time), None)


def facts_of(event: Event) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for name in FACTS:
        value = getattr(event, name, None)
        if isinstance(value, str | int):
            facts[name.removesuffix("_")] = value
    if event.name in ON_HOLD:
        facts["on_hold"] = ON_HOLD[event.name]
    return facts
