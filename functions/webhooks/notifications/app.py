"""Keep what KAZOO notifies accounts of: a missed call, a low balance, an emergency call."""

from pivotkit import Record, webhook
from pivotkit.events import MissedCall, Notification
from pivotkit.events.fields import text


@webhook
def handler(event: Notification) -> Record:
    match event:
        case MissedCall():
            missed = {
                "caller_id_name": event.caller_id_name,
                "caller_id_number": event.caller_id_number,
                "to_user": event.to_user,
                "hangup_cause": text(event.notify.get("hangup_cause")),
                "message_left": event.message_left,
            }
            return Record("missed", event.timestamp, missed)
    return Record("noted", event.timestamp, {"notification": event.event_name})
