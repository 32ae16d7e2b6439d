"""The files that notifications announce, and their places in Crossbar and in the bucket.

KAZOO announces a voicemail when it is stored (`kvm_message.erl`), and a fax when it was received
(`fax_request.erl`) or sent and moved to the outbox (`fax_worker.erl`). The file is at
`.../vmboxes/BOX/messages/ID/raw` or `.../faxes/inbox|outbox/ID/attachment`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import quote

from pivotkit.core.gregorian import to_gregorian
from pivotkit.deliveries.media_notes import MediaNote
from pivotkit.events import InboundFax, OutboundFax, VoicemailNew
from pivotkit.store.records import Delivery

SOUNDS = MappingProxyType(
    {
        "audio/mp3": "mp3",
        "audio/mpeg": "mp3",
        "audio/ogg": "ogg",
        "audio/wav": "wav",
        "audio/x-wav": "wav",
    }
)
"""Content types of voicemails (`crossbar_types.hrl`), with their file extensions."""

DOCUMENTS = MappingProxyType({"application/pdf": "pdf", "image/tiff": "tiff"})
"""Content types of faxes, by KAZOO's setting `attachment_format` (`kz_fax_attachment.erl`)."""


@dataclass(frozen=True)
class AnnouncedFile:
    """A file that KAZOO has.

    `path` is its path in Crossbar. `place` is its key in the bucket, without the extension, which
    is one of `extensions` by content type. `note` has what is known before the file is fetched.
    """

    path: str
    place: str
    extensions: Mapping[str, str]
    note: MediaNote


def announced_file(delivery: Delivery) -> AnnouncedFile | None:
    """Return the file that *delivery* announces; `None` if it announces none."""
    event = delivery.event
    match event:
        case VoicemailNew():
            return _voicemail(delivery, event)
        case InboundFax():
            return _fax(delivery, event, "inbox", "fax", event.to_user)
        case OutboundFax():
            return _fax(delivery, event, "outbox", "sent_fax", event.callee_id_number)
    return None


def _voicemail(delivery: Delivery, event: VoicemailNew) -> AnnouncedFile:
    box = _quoted(event.voicemail_box)
    message = _quoted(event.voicemail_id)
    at = event.voicemail_timestamp or _received(delivery)
    return AnnouncedFile(
        path=f"{_account_path(event)}/vmboxes/{box}/messages/{message}/raw",
        place=f"{_quoted(event.account_id)}/voicemails/{at:%Y/%m/%d}/{message}",
        extensions=SOUNDS,
        note=_note(event, "voicemail", at, event.to_user),
    )


def _fax(
    delivery: Delivery, event: InboundFax | OutboundFax, folder: str, kind: str, to: str | None
) -> AnnouncedFile:
    fax = _quoted(event.fax_id)
    at = event.fax_timestamp or _received(delivery)
    return AnnouncedFile(
        path=f"{_account_path(event)}/faxes/{folder}/{fax}/attachment",
        place=f"{_quoted(event.account_id)}/faxes/{at:%Y/%m/%d}/{fax}",
        extensions=DOCUMENTS,
        note=_note(event, kind, at, to),
    )


def _account_path(event: VoicemailNew | InboundFax | OutboundFax) -> str:
    return f"/accounts/{_quoted(event.account_id)}"


def _note(
    event: VoicemailNew | InboundFax | OutboundFax, kind: str, at: datetime, to: str | None
) -> MediaNote:
    return MediaNote(
        account_id=event.account_id,
        kind=kind,
        timestamp=to_gregorian(at),
        call_id=event.call_id,
        caller_id_name=event.caller_id_name,
        caller_id_number=event.caller_id_number,
        to=to,
    )


def _received(delivery: Delivery) -> datetime:
    return datetime.fromtimestamp(delivery.received_at, UTC)


def _quoted(text: str | None) -> str:
    """Return *text* as one segment of a path."""
    return quote(text or "", safe="")
