"""Store which configuration documents were created, edited, or deleted."""

from pivotkit import Record, webhook
from pivotkit.events import DocCreated, DocDeleted, ObjectEvent


@webhook
def handler(event: ObjectEvent) -> Record:
    document = {"id": event.id, "type": event.type}
    match event:
        case DocCreated():
            return Record("created", event.timestamp, document)
        case DocDeleted():
            return Record("deleted", event.timestamp, document)
    return Record("edited", event.timestamp, document)
