"""Everything stored of one call, read for its page: at most so much of each source."""

import os
from itertools import islice
from typing import Any

from call_rows import CallRows, Row
from call_story import Story, story_of
from form import whole
from viewer import Viewer

from pivotkit.store import Item
from pivotkit.store.call_index import STEP, CallKey
from pivotkit.store.client import client
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.table import Table

MOST_DELIVERIES = 200
"""Deliveries of a call that its page shows."""

READ_SECONDS = 1.5
MOST_BYTES = 3 * 1024 * 1024
"""Bytes of a recording in one response. Lambda's limit is 6 MB, and Base64 takes a third more."""


def story(viewer: Viewer, key: CallKey) -> Story | None:
    """The story of a call, or `None` if there is none, or not for this viewer.

    Raises `StateUnavailable`.
    """
    if not viewer.may_see(key.account):
        return None
    row, kept = CallRows.from_environment().call(key)
    records = _records(key)
    if row is None and not records:
        return None
    steps = [each for each in kept if each["sk"]["S"].startswith(STEP)]
    documents = [each["document"]["S"] for each in kept if "document" in each]
    return story_of(row or Row(key.account, key.call_id, 0), steps, records, documents)


def _records(key: CallKey) -> list[Item]:
    """The deliveries about a call, and its record."""
    name = os.environ.get("CALL_RECORDS_TABLE")
    if not name:
        return []
    found = Table(name, dynamodb()).query(
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"{key.account}#{key.call_id}"}},
    )
    return list(islice(found, MOST_DELIVERIES))


def recording(story: Story, number: int, wanted: str) -> dict[str, Any]:
    """S3's answer for a part of a recording: of one that the call's own record names.

    *wanted* is the header Range. Raises `IndexError`, and botocore's errors.
    """
    key = story.recordings[number]
    s3 = client("s3", READ_SECONDS)
    found: dict[str, Any] = s3.get_object(
        Bucket=os.environ["RECORDINGS_BUCKET"], Key=key, Range=limited(wanted)
    )
    return found


def limited(wanted: str) -> str:
    """A header Range that asks for no more than a response can have: `bytes=0-3145727`."""
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    begin, end = whole(first) or 0, whole(last)
    most = begin + MOST_BYTES - 1
    return f"bytes={begin}-{most if end is None else min(max(end, begin), most)}"
