"""Store which calls were parked, and whether they were picked up or hung up."""

from pivotkit import Fact, Record, webhook
from pivotkit.events import ParkingEvent, ParkParked, ParkRetrieved


@webhook
def handler(event: ParkingEvent) -> Record:
    facts: dict[str, Fact] = {
        "parking_slot": event.parking_slot,
        "caller_id_name": event.caller_id_name,
        "caller_id_number": event.caller_id_number,
        "callee_id_number": event.callee_id_number,
    }
    match event:
        case ParkParked():
            return Record("parked", event.timestamp, facts)
        case ParkRetrieved():
            return Record("retrieved", event.timestamp, facts)
    return Record("abandoned", event.timestamp, facts)
