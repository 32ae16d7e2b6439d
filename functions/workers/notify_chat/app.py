"""Tell a chat of missed calls, new voicemails and faxes, and of suspicious calls."""

from messages import alarm, caller, harmless, kept_file, message
from pivotkit import Delivery, events, worker
from pivotkit.services.upstream import Upstream
from pivotkit.workers.once import Once

chat = Upstream("CHAT_URL", "https://chat.example.com/services/T0/B0/secret", seconds=5)
once = Once()


@worker
def handler(delivery: Delivery) -> None:
    text = kept_file(delivery) or alarm(delivery) or line(delivery.event)
    if text:
        once(delivery.id, lambda: chat.send("POST", "", message(text)))


def line(event: events.Event) -> str:
    match event:
        case events.MissedCall() if not event.message_left:  # else its voicemail is told
            return f"Missed call from {caller(event)} to {harmless(event.to_user)}."
        case events.VoicemailNew():
            words = harmless(event.voicemail_transcription.get("text"), 300)
            return f"New voicemail from {caller(event)} to {harmless(event.to_user)}. {words}"
        case events.InboundFax():
            return f"Fax from {caller(event)} to {harmless(event.to_user)}."
        case events.InboundFaxError():
            return f"A fax from {caller(event)} failed: {harmless(event.fax_error)}."
        case events.OutboundFaxError():
            return f"A fax to {harmless(event.callee_id_number)} failed."
    return ""
