"""Voicemails and faxes that a notification announces: fetched from Crossbar, and put into S3.

KAZOO announces a voicemail when it is stored (`kvm_message.erl`), a fax when it has come in
(`fax_request.erl`) or was sent and moved to the outbox (`fax_worker.erl`). The file is
`.../vmboxes/BOX/messages/ID/raw` or `.../faxes/inbox|outbox/ID/attachment`.
"""

import os
import re
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from types import MappingProxyType
from typing import IO
from urllib.parse import quote

from pivotkit.core import telemetry
from pivotkit.core.gregorian import to_gregorian
from pivotkit.core.settings import SettingError, setting
from pivotkit.deliveries.media_notes import MediaNote
from pivotkit.events import InboundFax, OutboundFax, VoicemailNew
from pivotkit.services.crossbar import Crossbar, accounts
from pivotkit.store.call_records import CallRecords
from pivotkit.store.client import client
from pivotkit.store.records import Delivery
from pivotkit.workers.once import Once

MEGABYTE = 1024 * 1024

SOUNDS = MappingProxyType(
    {
        "audio/mp3": "mp3",
        "audio/mpeg": "mp3",
        "audio/ogg": "ogg",
        "audio/wav": "wav",
        "audio/x-wav": "wav",
    }
)
"""What a message may be (`crossbar_types.hrl`), and how its name ends."""

DOCUMENTS = MappingProxyType({"application/pdf": "pdf", "image/tiff": "tiff"})
"""What a fax may be, by KAZOO's setting `attachment_format` (`kz_fax_attachment.erl`)."""

_BASE = re.compile(r"https://[A-Za-z0-9.:/_~=&?%-]+")
_IN_MEMORY = MEGABYTE
_S3_SECONDS = 10.0


@dataclass(frozen=True)
class Announced:
    """A file that KAZOO has: its `path` in Crossbar, and the place that it gets in the bucket.

    `endings` are the content types that it may have, and how the name of each ends. `note` is what
    is known of it before it is fetched.
    """

    path: str
    place: str
    endings: Mapping[str, str]
    note: MediaNote


class MediaKeeper:
    """Puts the files of *wanted* accounts into the bucket MEDIA_BUCKET, each once.

    *link* is `console`, `s3`, `none`, or an address that shows what lies in the bucket. A file of
    more than *megabytes* is not kept, and that is noted.
    """

    def __init__(
        self, crossbar: Crossbar, wanted: Container[str] | None, *, link: str, megabytes: int
    ) -> None:
        self._crossbar = crossbar
        self._wanted = wanted
        self._megabytes = megabytes
        self._bucket = os.environ["MEDIA_BUCKET"]
        self._link = linked(link, self._bucket, os.environ.get("AWS_REGION", "us-east-1"))
        self._s3 = client("s3", _S3_SECONDS)
        self._records = CallRecords()
        self._once = Once()

    def keep(self, delivery: Delivery) -> None:
        """Keep the file that *delivery* announces, if it does.

        Raises `UpstreamDown` when Crossbar does not give it, a 404 included: it may be there soon.
        """
        found = announced(delivery)
        if found and (self._wanted is None or delivery.account_id in self._wanted):
            self._once(found.path, lambda: self._fetch(delivery.key, found))

    def _fetch(self, key: str, found: Announced) -> None:
        with SpooledTemporaryFile(_IN_MEMORY) as file:
            most = self._megabytes * MEGABYTE
            download = self._crossbar.download(
                found.path, file, kinds=found.endings, max_bytes=most
            )
            note = replace(found.note, media_bytes=download.size, media_type=download.content_type)
            note = self._stored(found, note, file) if download.whole else self._refused(note)
        self._records.keep(note.item(key, int(time.time())))

    def _stored(self, found: Announced, note: MediaNote, file: IO[bytes]) -> MediaNote:
        """The note of *file*, when it lies in the bucket: at the same place, however often."""
        place = f"{found.place}.{found.endings[note.media_type]}"
        file.seek(0)
        self._s3.put_object(
            Bucket=self._bucket,
            Key=place,
            Body=file,
            ContentLength=note.media_bytes,
            ContentType=note.media_type,
            Metadata=_metadata(note),
        )
        return replace(note, media=place, media_link=self._link(place))

    def _refused(self, note: MediaNote) -> MediaNote:
        """The note of a file that is too large: to ask for it again would not help."""
        telemetry.logger.warning("file too large", extra={"bytes": note.media_bytes})
        telemetry.count("MediaTooLarge")
        return replace(note, media_problem=f"larger than {self._megabytes} MB")


def wanted_accounts(name: str) -> Container[str] | None:
    """The account ids in the setting *name*; `None` for the word `all`."""
    return None if setting(name, "") == "all" else accounts(name)


def linked(style: str, bucket: str, region: str) -> Callable[[str], str]:
    """What makes a link of a place in *bucket*, '' for none. Raises `SettingError`."""
    page = f"https://{region}.console.aws.amazon.com/s3/object/{bucket}?region={region}&prefix="
    bases = {"console": page, "s3": f"s3://{bucket}/", "none": ""}
    if style not in bases and not _BASE.fullmatch(style):
        raise SettingError("LINK", style, "must be console, s3, none or begin with https://")
    base = bases.get(style, f"{style.rstrip('/')}/")

    def link(place: str) -> str:
        return f"{base}{quote(place)}" if base else ""

    return link


def announced(delivery: Delivery) -> Announced | None:
    """The file that *delivery* announces; `None` for any other."""
    event = delivery.event
    match event:
        case VoicemailNew():
            box, message = _part(event.voicemail_box), _part(event.voicemail_id)
            path = f"vmboxes/{box}/messages/{message}/raw"
            return _announced(delivery, event, "voicemail", path, event.voicemail_timestamp)
        case InboundFax():
            path = f"faxes/inbox/{_part(event.fax_id)}/attachment"
            return _announced(delivery, event, "fax", path, event.fax_timestamp)
        case OutboundFax():
            path = f"faxes/outbox/{_part(event.fax_id)}/attachment"
            return _announced(delivery, event, "sent_fax", path, event.fax_timestamp)
    return None


def _announced(
    delivery: Delivery,
    event: VoicemailNew | InboundFax | OutboundFax,
    kind: str,
    path: str,
    at: datetime | None,
) -> Announced:
    at = at or datetime.fromtimestamp(delivery.received_at, UTC)
    account = _part(event.account_id)
    folder, endings = ("voicemails", SOUNDS) if kind == "voicemail" else ("faxes", DOCUMENTS)
    identifier = path.split("/")[-2]
    note = MediaNote(
        account_id=event.account_id,
        kind=kind,
        timestamp=to_gregorian(at),
        call_id=event.call_id,
        caller_id_name=event.caller_id_name,
        caller_id_number=event.caller_id_number,
        to=event.callee_id_number if isinstance(event, OutboundFax) else event.to_user,
    )
    place = f"{account}/{folder}/{at:%Y/%m/%d}/{identifier}"
    return Announced(f"/accounts/{account}/{path}", place, endings, note)


def _part(text: str | None) -> str:
    """*text* as a part of a path."""
    return quote(text or "", safe="")


def _metadata(note: MediaNote) -> dict[str, str]:
    """What stands on the file itself: ids, and no caller."""
    found = {"account-id": note.account_id, "call-id": note.call_id or "", "kind": note.kind}
    return {name: quote(text, safe="@") for name, text in found.items() if text}
