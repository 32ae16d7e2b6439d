"""Fetch the voicemails and faxes that notifications announce, and put them into S3."""

import os
import time
from collections.abc import Container
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import quote

from announcements import AnnouncedFile, announced_file
from links import link_maker
from pivotkit.core import telemetry
from pivotkit.core.settings import setting
from pivotkit.deliveries.media_notes import MediaNote
from pivotkit.services.crossbar import Crossbar, accounts
from pivotkit.store.call_records import CallRecords
from pivotkit.store.client import client
from pivotkit.store.records import Delivery
from pivotkit.workers.once import Once

MEGABYTE = 1024 * 1024

_IN_MEMORY = MEGABYTE
_S3_SECONDS = 10.0


class MediaKeeper:
    """Puts the files of some *accounts* into the bucket MEDIA_BUCKET, each once.

    *accounts* is `None` for all accounts. *link* is `console`, `s3`, `none`, or the address of a
    page that shows files of the bucket. A file of more than *megabytes* is noted, and not stored.
    """

    def __init__(
        self, crossbar: Crossbar, accounts: Container[str] | None, *, link: str, megabytes: int
    ) -> None:
        self._crossbar = crossbar
        self._accounts = accounts
        self._megabytes = megabytes
        self._bucket = os.environ["MEDIA_BUCKET"]
        self._link = link_maker(link, self._bucket, os.environ.get("AWS_REGION", "us-east-1"))
        self._s3 = client("s3", _S3_SECONDS)
        self._records = CallRecords()
        self._once = Once()

    def keep(self, delivery: Delivery) -> None:
        """Store the file that *delivery* announces, if it announces one.

        Raises `UpstreamDown` if Crossbar does not return it, also after a 404: the file may be
        there soon.
        """
        file = announced_file(delivery)
        if file and (self._accounts is None or delivery.account_id in self._accounts):
            self._once(file.path, lambda: self._fetch(delivery.key, file))

    def _fetch(self, key: str, file: AnnouncedFile) -> None:
        """Download *file*, store it, and add a note to the record under *key*."""
        with SpooledTemporaryFile(_IN_MEMORY) as content:
            download = self._crossbar.download(
                file.path, content, kinds=file.extensions, max_bytes=self._megabytes * MEGABYTE
            )
            note = replace(file.note, media_bytes=download.size, media_type=download.content_type)
            note = self._stored(file, note, content) if download.whole else self._too_large(note)
        self._records.keep(note.item(key, int(time.time())))

    def _stored(self, file: AnnouncedFile, note: MediaNote, content: IO[bytes]) -> MediaNote:
        """Put *content* into the bucket, always at the same place; return the note of it."""
        place = f"{file.place}.{file.extensions[note.media_type]}"
        content.seek(0)
        self._s3.put_object(
            Bucket=self._bucket,
            Key=place,
            Body=content,
            ContentLength=note.media_bytes,
            ContentType=note.media_type,
            Metadata=_metadata(note),
        )
        return replace(note, media=place, media_link=self._link(place))

    def _too_large(self, note: MediaNote) -> MediaNote:
        """Return the note of a file that is too large: fetching it again would not help."""
        telemetry.logger().warning("file too large", extra={"bytes": note.media_bytes})
        telemetry.count("MediaTooLarge")
        return replace(note, media_problem=f"larger than {self._megabytes} MB")


def media_accounts(name: str) -> Container[str] | None:
    """Return the account IDs in the setting *name*; `None` for the word `all`."""
    if setting(name, "") == "all":
        return None
    return tuple(each.account_id for each in accounts(name))


def _metadata(note: MediaNote) -> dict[str, str]:
    """Return the metadata of the file in S3: IDs, and nothing about the caller."""
    ids = {"account-id": note.account_id, "call-id": note.call_id or "", "kind": note.kind}
    return {name: quote(text, safe="@") for name, text in ids.items() if text}
