"""Store what happens to each leg of a call: created, answered, bridged, held, ended."""

from pivotkit import Fact, Record, webhook
from pivotkit.deliveries.legs import ended
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
    match event:
        case ChannelCreate():
            return Record("created", event.timestamp, parties(event))
        case ChannelBridge():
            return Record("bridged", event.timestamp, parties(event))
        case ChannelHold():
            return Record("answered", event.timestamp, {"on_hold": True})
        case ChannelUnhold():
            return Record("answered", event.timestamp, {"on_hold": False})
        case ChannelDestroy() | Cdr():
            return ended(event)
    return Record("answered", event.timestamp, parties(event))


def parties(event: ChannelEvent) -> dict[str, Fact]:
    return {
        "from": event.from_,
        "to": event.to,
        "caller_id_number": event.caller_id_number,
        "callee_id_number": event.callee_id_number,
        "other_leg_call_id": event.other_leg_call_id,
        "call_direction": event.call_direction,
        "owner_id": event.owner_id,
    }
