"""Files in Crossbar: voicemail messages, and faxes received and sent.

Follows `cb_vmboxes:load_message_binary/3` and `cb_faxes:load_fax_binary/3`. Crossbar sends a file
itself, wherever the storage plan keeps it, and never redirects. A type in `Accept` that is not the
file's gets 406 there; `*/*` works.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pivotctl.crossbar.envelope import GREGORIAN_OFFSET, CrossbarAnswer, CrossbarRefusal

ANNOUNCED = ("voicemail_new", "voicemail_saved", "inbound_fax", "outbound_fax")
"""Notifications that announce a file."""

MPEG, WAV, PDF, TIFF = "audio/mpeg", "audio/x-wav", "application/pdf", "image/tiff"
_SILENT_FRAME = bytes.fromhex("fffb10c4") + bytes(100)
"""26 ms of silence: MPEG-1 Layer III, 32 kbit/s, 44.1 kHz, one channel."""

_FRAMES = 40
_WIDTH, _HEIGHT = 64, 16
_PAGE, _FONTS = b"[0 0 612 792]", b"<</Font<</F 5 0 R>>>>"


@dataclass(frozen=True)
class MediaFile:
    """A file: its bytes, its content type, and the name that `content-disposition` gives it."""

    content: bytes
    kind: str
    name: str

    @property
    def answer(self) -> CrossbarAnswer:
        """The answer with which Crossbar sends the file."""
        headers = {"content-disposition": f"attachment; filename={self.name}"}
        return CrossbarAnswer(200, self.content, self.kind, headers)


@dataclass
class Media:
    """Files by account and path.

    `fax_kind` is the system's setting `attachment_format`: PDF or TIFF.
    """

    fax_kind: str = PDF
    _files: dict[tuple[str, str], MediaFile] = field(default_factory=dict)

    def announced(self, hook: str, event: Mapping[str, Any]) -> None:
        """Store the file of an announced message or fax; its content is the ID."""
        if hook.startswith("voicemail_"):
            path = f"vmboxes/{event['voicemail_box']}/messages/{event['voicemail_id']}/raw"
            self._keep(event, path, _message(event))
        else:
            folder = "inbox" if hook == "inbound_fax" else "outbox"
            path = f"faxes/{folder}/{event['fax_id']}/attachment"
            self._keep(event, path, _fax(event, self.fax_kind))

    def _keep(self, event: Mapping[str, Any], path: str, file: MediaFile) -> None:
        self._files.setdefault((str(event["account_id"]), path), file)

    def put(self, account: str, path: str, file: MediaFile) -> None:
        """Store *file* at *path*, replacing any other."""
        self._files[account, path] = file

    def get(self, account: str, path: str) -> CrossbarAnswer:
        """Return the file at *path*. Raises `CrossbarRefusal`."""
        file = self._files.get((account, path))
        if file is None:
            identifier = path.split("/")[-2]
            data = {"message": "bad identifier", "cause": identifier}
            raise CrossbarRefusal(404, "bad_identifier", data)
        return file.answer


def _message(event: Mapping[str, Any]) -> MediaFile:
    """Return a message as KAZOO stores it by default: an MP3 named after caller and time."""
    number = event.get("caller_id_number") or "unknown"
    name = f"{number}_{_moment(event.get('voicemail_timestamp'))}.mp3"
    return MediaFile(mpeg(str(event["voicemail_id"])), MPEG, name)


def _fax(event: Mapping[str, Any], kind: str) -> MediaFile:
    name = f"fax_document_{_moment(event.get('fax_timestamp'))}"
    if kind == TIFF:
        return MediaFile(tiff(str(event["fax_id"])), TIFF, f"{name}.tiff")
    return MediaFile(pdf(str(event["fax_id"])), PDF, f"{name}.pdf")


def _moment(gregorian: Any) -> str:
    """Format a time as KAZOO does in file names."""
    seconds = int(gregorian or GREGORIAN_OFFSET) - GREGORIAN_OFFSET
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d_%H-%M-%S}"


def mpeg(title: str) -> bytes:
    """Return a second of silence, as an MP3 with a title (ID3v2.3)."""
    text = b"\x00" + title.encode("latin-1", "replace")
    frame = b"TIT2" + struct.pack(">IH", len(text), 0) + text
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + frame + _SILENT_FRAME * _FRAMES


def pdf(title: str) -> bytes:
    """Return a PDF page with a line of text."""
    line = f"BT /F 12 Tf 72 720 Td ({title}) Tj ET".encode("ascii", "replace")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox%b/Contents 4 0 R/Resources%b>>" % (_PAGE, _FONTS),
        b"<</Length %d>>stream\n%b\nendstream" % (len(line), line),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    written, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(written))
    return written + b"xref\n0 %d\n%b" % (count, table) + trailer


def tiff(title: str) -> bytes:
    """Return a small white page (bilevel, uncompressed) with a name (tag DocumentName)."""
    name, image = title.encode("ascii", "replace") + b"\x00", bytes(_WIDTH // 8 * _HEIGHT)
    entries = 9
    name_at = 8 + 2 + entries * 12 + 4
    tags = (
        (256, 3, 1, _WIDTH), (257, 3, 1, _HEIGHT), (258, 3, 1, 1), (259, 3, 1, 1), (262, 3, 1, 0),
        (269, 2, len(name), name_at), (273, 4, 1, name_at + len(name)), (278, 3, 1, _HEIGHT),
        (279, 4, 1, len(image)),
    )  # fmt: skip
    head = struct.pack("<2sHIH", b"II", 42, 8, entries)
    return head + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4) + name + image
