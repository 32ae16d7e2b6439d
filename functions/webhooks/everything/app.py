"""Keep everything that one hook on `all` tells."""

from pivotkit import Record, webhook
from pivotkit.deliveries.legs import ended
from pivotkit.events import Cdr, ChannelDestroy, Event
from pivotkit.store.records import State

STATES: dict[State, tuple[str, ...]] = {
    "created": ("channel_create", "doc_created"),
    "answered": ("channel_answer", "channel_hold", "channel_unhold"),
    "bridged": ("channel_bridge",),
    "parked": ("park_parked",),
    "retrieved": ("park_retrieved",),
    "abandoned": ("park_abandoned",),
    "missed": ("missed_call",),
    "failed": ("inbound_fax_error", "outbound_fax_error", "outbound_smtp_fax_error"),
    "received": ("inbound_fax", "voicemail_new", "sms", "mms"),
    "sent": ("outbound_fax",),
    "edited": ("doc_edited",),
    "saved": ("voicemail_saved",),
    "deleted": ("voicemail_deleted", "doc_deleted"),
}
HOLD = {"channel_hold": True, "channel_unhold": False}
TIMES = ("timestamp", "fax_timestamp", "voicemail_timestamp")
FACTS = (
    *("from_", "to", "caller_id_number", "callee_id_number", "call_direction", "owner_id"),
    *("other_leg_call_id", "parking_slot", "faxbox_id", "voicemail_box", "id", "type"),
)


@webhook
def handler(event: Event) -> Record:
    if isinstance(event, ChannelDestroy | Cdr):
        return ended(event)
    state: State = next((state for state, names in STATES.items() if event.name in names), "noted")
    at = next((at for name in TIMES if (at := getattr(event, name, None))), None)
    told = {name.rstrip("_"): getattr(event, name, None) for name in FACTS}
    told["on_hold"] = HOLD.get(event.name)
    facts = {name: value for name, value in told.items() if isinstance(value, str | int)}
    return Record(state, at, facts)
