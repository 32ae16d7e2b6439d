"""Store the text messages that carriers deliver."""

from pivotkit import Record, webhook
from pivotkit.events import MessageEvent


@webhook
def handler(event: MessageEvent) -> Record:
    message = {
        "type": event.type,
        "from": event.from_,
        "to": event.to,
        "body": event.body,
        "charges": event.charges,
    }
    return Record("received", event.timestamp, message)
