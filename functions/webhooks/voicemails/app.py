"""Store each voicemail that was left, saved, or deleted, and note full voicemail boxes."""

from pivotkit import Fact, Record, webhook
from pivotkit.events import VoicemailDeleted, VoicemailEvent, VoicemailFull, VoicemailSaved
from pivotkit.events.fields import text


@webhook
def handler(event: VoicemailEvent | VoicemailFull) -> Record:
    match event:
        case VoicemailFull():
            return Record("noted", event.timestamp, {"message_count": event.message_count})
        case VoicemailSaved():
            return Record("saved", event.voicemail_timestamp, message_facts(event))
        case VoicemailDeleted():
            facts = {**message_facts(event), "reason": event.reason}
            return Record("deleted", event.voicemail_timestamp, facts)
    return Record("received", event.voicemail_timestamp, message_facts(event))


def message_facts(event: VoicemailEvent) -> dict[str, Fact]:
    return {
        "call_id": event.call_id,
        "caller_id_name": event.caller_id_name,
        "caller_id_number": event.caller_id_number,
        "to_user": event.to_user,
        "voicemail_box": event.voicemail_box,
        "milliseconds": event.voicemail_length,
        "transcription": text(event.voicemail_transcription.get("text")),
    }
