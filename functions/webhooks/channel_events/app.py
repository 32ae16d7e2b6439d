"""Keep what happens to each leg of a call: created, answered, bridged, held, ended."""

from pivotkit import Fact, Record, webhook
from pivotkit.events import (
    Cdr,
    ChannelBridge,
    ChannelCreate,
    ChannelDestroy,
    ChannelEvent,
    ChannelHold,
    ChannelUnhold,
)


@webhook
def handler(event: ChannelEvent) -> Record:
    parties: dict[str, Fact] = {
        "from": event.from_,
        "to": event.to,
        "caller_id_number": event.caller_id_number,
        "callee_id_number": event.callee_id_number,
        "other_leg_call_id": event.other_leg_call_id,
        "call_direction": event.call_direction,
        "owner_id": event.owner_id,
    }
    match event:
        case ChannelCreate():
            return Record("created", event.timestamp, parties)
        case ChannelBridge():
            return Record("bridged", event.timestamp, parties)
        case ChannelHold() | ChannelUnhold():
            return Record("answered", event.timestamp, {"on_hold": isinstance(event, ChannelHold)})
        case ChannelDestroy() | Cdr():
            result: dict[str, Fact] = {
                "hangup_cause": event.hangup_cause,
                "duration_seconds": event.duration_seconds,
                "billing_seconds": event.billing_seconds,
            }
            return Record("ended", event.timestamp, parties | result)
    return Record("answered", event.timestamp, parties)
