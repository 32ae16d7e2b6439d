"""Recordings: a file that KAZOO sends is stored in S3 once, and the call's record has its key."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

import pivotctl.stack
from pivotctl.project import Project
from pivotctl.stack import Stack
from pivotctl.switch.http.exchange import HttpResponse, post, send
from pivotkit.calls.tokens import FollowUp, Signer, call_digest
from pivotkit.store import LIFE

ACCOUNT = "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
SOUND = b"ID3\x04" + bytes(range(256)) * 40
MOST = 4_700_000
"""Bytes within Lambda's limit, which counts the base64 text, and what the gateway adds."""


@pytest.fixture(scope="module")
def small(project: Project) -> Iterator[Stack]:
    """A stack with recordings and call_records."""
    names = ("recordings", "call_records")
    with pivotctl.stack.session(project, functions=names, fresh=True) as running:
        yield running


@pytest.fixture
def call_id() -> str:
    """A new call."""
    return f"{secrets.token_hex(8)}@203.0.113.25"


def sent(url: str, call_id: str, sound: bytes = SOUND, method: str = "PUT") -> HttpResponse:
    """The answer to a recording that is sent as `media_recording.erl` does."""
    query = (
        f"from=%2B14155550142%40carrier.example&to=6001%40acme.sip.example&call_id={quote(call_id)}"
    )
    target = f"{url}/call_recording_{quote(call_id)}.mp3?{query}&account_id={ACCOUNT}"
    request = post(target, "", "audio/mpeg")
    head = tuple(pair for pair in request.headers if pair[0] != "content-length")
    size = ("content-length", str(len(sound)))
    return send(replace(request, method=method, body=sound, headers=(*head, size)))


def base(stack: Stack) -> str:
    """The address for the `url` of `record_call`."""
    return stack.url("recordings")


def objects(stack: Stack, call_id: str) -> list[dict[str, Any]]:
    """The call's files in the bucket, as S3 returns them."""
    s3, bucket = stack.own.aws.s3(), stack.buckets["RecordingsBucket"]
    prefix = f"{ACCOUNT}/{quote(call_id, safe='@')}/"
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return [{**s3.get_object(Bucket=bucket, Key=each["Key"]), "Key": each["Key"]} for each in found]


def items(stack: Stack, call_id: str) -> dict[str, Any]:
    """The items of the call in CallRecords, by sort key."""
    stack.wait_for_workers()
    found = stack.own.aws.dynamodb().query(
        TableName=stack.tables["CallRecordsTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"{ACCOUNT}#{call_id}"}},
    )
    return {item["sk"]["S"]: item for item in found["Items"]}


def test_a_recording(small: Stack, call_id: str) -> None:
    """The sound is in S3 as it was sent, and the call's record has its key."""
    assert sent(base(small), call_id).status == 200
    (file,) = objects(small, call_id)
    assert file["Body"].read() == SOUND
    assert file["ContentType"] == "audio/mpeg"
    assert file["Metadata"] == {
        "account-id": ACCOUNT,
        "call-id": call_id,
        "name": f"call_recording_{call_id}.mp3",
    }
    record = json.loads(items(small, call_id)["record"]["record"]["S"])
    assert record["recording"] == file["Key"]
    assert (record["recording_bytes"], record["recording_type"]) == (len(SOUND), "audio/mpeg")


def test_a_repeated_recording(small: Stack, call_id: str) -> None:
    """A file that KAZOO sends again makes one object and one delivery."""
    answers = [sent(base(small), call_id).status for _ in range(3)]
    assert answers == [200] * 3
    assert len(objects(small, call_id)) == 1
    assert len(items(small, call_id)) == 2, "the delivery and the record"


def test_two_recordings_of_a_call(small: Stack, call_id: str) -> None:
    """KAZOO gives both the same name, and both are kept."""
    assert [sent(base(small), call_id, sound).status for sound in (SOUND, SOUND[:99])] == [200, 200]
    assert {len(each["Body"].read()) for each in objects(small, call_id)} == {len(SOUND), 99}


@pytest.mark.parametrize("path", ["recordings", "webhooks/recordings"])
def test_both_addresses(small: Stack, call_id: str, path: str) -> None:
    """The short address and the one that pivotctl prints lead to the same function."""
    assert sent(f"{small.gateway_url}/webhooks-development/{path}", call_id).status == 200


def test_a_post(small: Stack, call_id: str) -> None:
    """`record_call` can use POST."""
    assert sent(base(small), call_id, method="POST").status == 200


def test_a_get(small: Stack, call_id: str) -> None:
    """A recording cannot be fetched here; a wrong key is refused before the method is."""
    assert sent(base(small), call_id, b"", method="GET").status == 405
    wrong = f"{small.gateway_url}/webhooks-other/recordings"
    assert sent(wrong, call_id, b"", method="GET").status == 401


REFUSED = {
    "another key": "{url}/webhooks-other/recordings",
    "a Pivot key": "{url}/pivot-development/recordings",
    "another function": "{url}/webhooks-development/webhooks/faxes",
    "a Pivot function without a token": "{url}/pivot-development/pivot/twiml_record",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
def test_requests_without_a_key(small: Stack, call_id: str, url: str) -> None:
    """Nothing is stored without a key or a token."""
    assert sent(url.format(url=small.gateway_url), call_id).status == 401
    assert objects(small, call_id) == []


def follow_up(stack: Stack, token: FollowUp, function: str = "twiml_record") -> str:
    """A follow-up URL as in the function's own answers."""
    text = Signer(["signing-development"], function).follow_up(token)
    return f"{stack.gateway_url}/{text}/pivot/twiml_record"


def test_below_a_follow_up_url(small: Stack, call_id: str) -> None:
    """The file of a TwiML Record is put below the follow-up URL, whose token is the key."""
    token = FollowUp(2**33, call_digest(ACCOUNT, call_id))
    assert sent(follow_up(small, token), call_id).status == 200
    (key,) = [sk for sk in items(small, call_id) if sk.startswith("event#call_recording#")]
    assert json.loads(items(small, call_id)[key]["body"]["S"])["function"] == "twiml_record"


def test_tokens_of_something_else(small: Stack, call_id: str) -> None:
    """A token is valid for its function, its call, and its time."""
    own, other = call_digest(ACCOUNT, call_id), call_digest(ACCOUNT, "other")
    urls = [
        follow_up(small, FollowUp(2**33, other)),
        follow_up(small, FollowUp(2**33, own), "twiml_menu"),
        follow_up(small, FollowUp(LIFE, own)),
    ]
    assert [sent(url, call_id).status for url in urls] == [401] * 3
    assert objects(small, call_id) == []


def test_the_largest_file(small: Stack, call_id: str) -> None:
    """A file within Lambda's limit is stored whole; the gateway refuses a larger one."""
    assert sent(base(small), call_id, bytes(MOST)).status == 200
    assert [len(each["Body"].read()) for each in objects(small, call_id)] == [MOST]
    before = small.logs("recordings")
    assert sent(base(small), call_id, bytes(5_000_000)).status == 413
    assert sent(base(small), call_id, bytes(11_000_000)).status == 413
    assert small.logs("recordings") == before
    assert len(objects(small, call_id)) == 1


def test_without_s3(small: Stack, call_id: str) -> None:
    """A file that cannot be stored gets no 2xx, so KAZOO sends it again, and it is stored then."""
    small.stop_aws()
    assert sent(base(small), call_id).status == 500
    small.restart_aws()
    assert sent(base(small), call_id).status == 200
    assert len(objects(small, call_id)) == 1
