"""Keep each voicemail: left, saved, deleted; and which box is full."""

from pivotkit import Record, webhook
from pivotkit.events import VoicemailDeleted, VoicemailEvent, VoicemailFull, VoicemailSaved
from pivotkit.events.fields import text


@webhook
def handler(event: VoicemailEvent | VoicemailFull) -> Record:
    if isinstance(event, VoicemailFull):
        return Record("noted", event.timestamp, {"message_count": event.message_count})
    facts = {
        "call_id": event.call_id,
        "caller_id_name": event.caller_id_name,
        "caller_id_number": event.caller_id_number,
        "to_user": event.to_user,
        "voicemail_box": event.voicemail_box,
        "milliseconds": event.voicemail_length,
        "transcription": text(event.voicemail_transcription.get("text")),
    }
    match event:
        case VoicemailSaved():
            return Record("saved", event.voicemail_timestamp, facts)
        case VoicemailDeleted():
            return Record("deleted", event.voicemail_timestamp, facts | {"reason": event.reason})
    return Record("received", event.voicemail_timestamp, facts)
