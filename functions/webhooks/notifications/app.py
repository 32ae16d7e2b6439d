"""Store what KAZOO notifies accounts about: a missed call, a low balance, an emergency call."""

from pivotkit import Fact, Record, webhook
from pivotkit.events import MissedCall, Notification
from pivotkit.events.fields import text


@webhook
def handler(event: Notification) -> Record:
    if isinstance(event, MissedCall):
        return Record("missed", event.timestamp, missed_call_facts(event))
    return Record("noted", event.timestamp, {"notification": event.event_name})


def missed_call_facts(event: MissedCall) -> dict[str, Fact]:
    return {
        "caller_id_name": event.caller_id_name,
        "caller_id_number": event.caller_id_number,
        "to_user": event.to_user,
        "hangup_cause": text(event.notify.get("hangup_cause")),
        "message_left": event.message_left,
    }
