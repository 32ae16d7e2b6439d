"""The messages for the chat, and the request that posts one.

The request has the shape of Slack's incoming webhooks, which Mattermost and Rocket.Chat accept as
well. Anything that a caller chose goes through `plain`, so that nobody can put markup into a chat.
"""

from collections.abc import Mapping

from pivotkit import Delivery, events
from pivotkit.deliveries.media_notes import MediaNote
from pivotkit.http.parameters import Value
from plain_text import caller, plain

MOST_TRANSCRIBED = 300
"""Characters of a transcription that a message shows."""


def request(text: str) -> Mapping[str, Value]:
    """Return a request that posts *text*; the chat looks for no markup and follows no links."""
    return {"text": text, "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}


def text_for(delivery: Delivery) -> str:
    """Return the message about *delivery*, or '' if the chat does not need one."""
    return stored_file(delivery) or alarm(delivery) or call_or_fax(delivery.event)


def call_or_fax(event: events.Event) -> str:
    """Return the message about a missed call, a new voicemail, or a fax; else ''."""
    match event:
        case events.MissedCall() if not event.message_left:  # the voicemail has its own message
            return f"Missed call from {caller(event)}{_to(event.to_user)}."
        case events.VoicemailNew():
            transcription = plain(event.voicemail_transcription.get("text"), MOST_TRANSCRIBED)
            quoted = f": “{transcription}”" if transcription else "."
            return f"New voicemail from {caller(event)}{_for(event.to_user)}{quoted}"
        case events.InboundFax():
            return f"New fax from {caller(event)}{_for(event.to_user)}."
        case events.InboundFaxError():
            reason = plain(event.fax_error)
            return f"A fax from {caller(event)} failed{f': {reason}' if reason else ''}."
        case events.OutboundFaxError():
            return f"A fax{_to(event.callee_id_number)} failed."
    return ""


def stored_file(delivery: Delivery) -> str:
    """Return the message with the link to a stored voicemail or fax; else ''.

    The link is our own: nothing in it comes from a caller.
    """
    note = MediaNote.of(delivery)
    if note is None:
        return ""
    file = {
        "voicemail": f"Voicemail from {caller(note)}{_for(note.to)}",
        "fax": f"Fax from {caller(note)}{_for(note.to)}",
        "sent_fax": f"Fax sent{_to(note.to)}",
    }[note.kind]
    if note.media_problem:
        return f"{file} was not stored: {plain(note.media_problem)}."
    return f"{file}: {note.media_link}" if note.media_link else ""


def alarm(delivery: Delivery) -> str:
    """Return the message about an alarm of `cdr_alarms`; else ''.

    The sentence is our own: a webhook that calls itself an alarm has another sort key.
    """
    if not delivery.item["sk"]["S"].startswith("cdr_alarm#"):
        return ""
    return f"Suspicious calls in account {delivery.account_id}: {delivery.values.get('summary')}"


def _to(recipient: str | None) -> str:
    return f" to {plain(recipient)}" if plain(recipient) else ""


def _for(recipient: str | None) -> str:
    return f" for {plain(recipient)}" if plain(recipient) else ""
