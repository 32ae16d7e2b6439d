"""Recordings: the name in the path, the query, and the sound.

Words: name, query, content type, and method. Rule: a refusal with the status of a typed error, or
200 for a file whose key and metadata S3 takes and whose delivery is like any other.
"""

from __future__ import annotations

import os
from typing import Any

from fuzz.doors import Door
from fuzz.doors.rules import Given, event, keep_in_memory, refused_or, require
from fuzz.doors.webhook import KEY, accepted
from tests import functions

MOST_NAME, MOST_METADATA = 1024, 2048
"""S3's limits on the bytes of a key, and of a file's metadata."""


class Bucket:
    """A bucket that takes what S3 takes."""

    def put_object(self, **given: Any) -> None:
        """Require a key and metadata within S3's limits."""
        name, metadata = str(given["Key"]), given["Metadata"]
        require(0 < len(name.encode()) <= MOST_NAME, f"a key has at most {MOST_NAME} bytes")
        text = "".join(f"{key}{value}" for key, value in metadata.items())
        require(text.isascii() and text.isprintable(), "metadata are headers")
        require(len(text) <= MOST_METADATA, f"metadata have at most {MOST_METADATA} bytes")


def door() -> Door:
    """Return the door."""
    os.environ["POWERTOOLS_SERVICE_NAME"] = "recordings"
    handler = functions.load("webhooks/recordings")
    keep_in_memory(handler)
    handler._s3 = Bucket()  # noqa: SLF001  (S3 takes no thousand files a second)

    def enter(data: bytes) -> None:
        given = Given.read(data)
        asked = event(
            given.word(3, "PUT"),
            KEY,
            given.content,
            query=given.word(1),
            headers={"content-type": given.word(2)},
            path={"name": given.word(0)},
        )
        refused_or(handler(asked, None), accepted)

    return enter
