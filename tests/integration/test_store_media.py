"""store_media: a file that KAZOO announces is stored in S3 once, noted, and posted to a chat."""

from __future__ import annotations

import json
import secrets
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

import pivotctl.stack
from pivotctl.commands.fire import fired
from pivotctl.crossbar import ACCOUNT_ID, LocalCrossbar
from pivotctl.crossbar.media import MPEG, PDF, MediaFile, mpeg, pdf
from pivotctl.stack import Options
from pivotctl.switch.webhooks.payloads import EventFacts, notification
from pivotctl.upstreams import FakeMode

if TYPE_CHECKING:
    from pivotctl.project import Project
    from pivotctl.stack import Stack
    from pivotctl.upstreams.crossbar import CrossbarFake

FUNCTIONS = ("voicemails", "faxes", "call_records", "event_bus", "notify_chat", "store_media")
LINK = "https://media.example.com"
SETTINGS = {"store_media": {"LINK": LINK, "MOST_MEGABYTES": "1", "SECONDS": "3"}}
CALLER = "Zoë O'Neill Sons (+14155550136)"
COPIES, ROUNDS = 8, 4
NOW = 63_957_219_200
ATTEMPTS = 20
"""Attempts before a message goes to the dead-letter queue."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def running(project: Project) -> Iterator[Stack]:
    """A stack from the receivers to the worker and the chat."""
    options = Options(FUNCTIONS, overrides=SETTINGS, limit=COPIES)
    with pivotctl.stack.started(project, options) as stack:
        yield stack


@pytest.fixture
def stack(running: Stack) -> Stack:
    """The stack, whose services have received nothing; the worker's token stays valid."""
    running.wait_for_workers()
    for service in (running.upstreams.chat, running.upstreams.crossbar):
        service.is_well()
        service.received.clear()
    return running


@pytest.fixture
def crossbar(stack: Stack) -> LocalCrossbar:
    """The local Crossbar."""
    return cast("CrossbarFake", stack.upstreams.crossbar.fake).crossbar


def new_id() -> str:
    """A new ID of a message or fax."""
    return f"{datetime.now(UTC):%Y%m}-{secrets.token_hex(16)}"


def fire(stack: Stack, name: str, identifier: str, *more: str) -> None:
    """Run `pivotctl fire`, and wait until the workers are done."""
    field = "voicemail_id" if name.startswith("voicemail") else "fax_id"
    assert fired(stack, [name, "--set", f"{field}={identifier}", *more]).good
    stack.wait_for_workers(60)


def again(stack: Stack) -> None:
    """Try again what failed."""
    stack.retry_failed()
    stack.wait_for_workers(60)


def files(stack: Stack, identifier: str) -> list[dict[str, Any]]:
    """The files in the bucket whose place has the ID, as S3 returns them."""
    s3, bucket = stack.own.aws.s3(), stack.buckets["MediaBucket"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    found = [key for key in keys if identifier in key]
    return [{**s3.get_object(Bucket=bucket, Key=key), "Key": key} for key in found]


def record(stack: Stack, about: str) -> dict[str, Any]:
    """The record of a message or fax."""
    stack.wait_for_workers(60)
    key = {"pk": {"S": f"{ACCOUNT_ID}#{about}"}, "sk": {"S": "record"}}
    table = stack.tables["CallRecordsTable"]
    item = stack.own.aws.dynamodb().get_item(TableName=table, Key=key).get("Item")
    return json.loads(item["record"]["S"]) if item else {}


def chat(stack: Stack) -> list[str]:
    """The messages that the chat received."""
    return [str(asked.body["text"]) for asked in stack.upstreams.chat.received]


def asked(stack: Stack) -> int:
    """The number of requests to Crossbar for a file."""
    paths = [each.path for each in stack.upstreams.crossbar.received]
    return len([path for path in paths if path.endswith(("/raw", "/attachment"))])


def raw(identifier: str) -> str:
    """The path of a message in Crossbar, below its account."""
    box = notification("voicemail_new", EventFacts(ACCOUNT_ID, NOW))["voicemail_box"]
    return f"vmboxes/{box}/messages/{identifier}/raw"


KINDS = {
    "form": ("--format", "form"),
    "json": ("--format", "json"),
    "query": ("--format", "query"),
    "KAZOO 5": ("--format", "json", "--mode", "k5", "--secret", "hook-secret"),
}


@pytest.mark.parametrize("how", KINDS.values(), ids=KINDS.keys())
def test_a_voicemail(stack: Stack, how: tuple[str, ...]) -> None:
    """The sound is in S3 as KAZOO has it, the record has its place, and the chat gets a link."""
    message = new_id()
    fire(stack, "voicemail_new", message, *how)
    (file,) = files(stack, message)
    place = f"{ACCOUNT_ID}/voicemails/{datetime.now(UTC):%Y/%m/%d}/{message}.mp3"
    assert (file["Key"], file["ContentType"]) == (place, MPEG)
    assert file["Body"].read() == mpeg(message)
    assert (file["Metadata"]["account-id"], file["Metadata"]["kind"]) == (ACCOUNT_ID, "voicemail")
    known = record(stack, f"voicemail-{message}")
    assert known["state"] == "received"
    assert (known["media"], known["media_bytes"]) == (place, len(mpeg(message)))
    assert known["media_link"] == f"{LINK}/{place}"
    assert sorted(chat(stack)) == [
        f"New voicemail from {CALLER} for +14155550101: “Please call me about the door.”",
        f"Voicemail from {CALLER} for +14155550101: {LINK}/{place}",
    ]


FAXES = {
    "inbound_fax": f"Fax from {CALLER} for +14155550101",
    "outbound_fax": "Fax sent to +14155550101",
}


@pytest.mark.parametrize(("hook", "line"), FAXES.items())
def test_a_fax(stack: Stack, hook: str, line: str) -> None:
    """The document of a received or sent fax is in S3."""
    fax = new_id()
    fire(stack, hook, fax)
    (file,) = files(stack, fax)
    assert (file["ContentType"], file["Body"].read()) == (PDF, pdf(fax))
    assert record(stack, f"fax-{fax}")["media"] == file["Key"]
    assert f"{line}: {LINK}/{file['Key']}" in chat(stack)


def test_a_duplicate(stack: Stack) -> None:
    """A repeated webhook changes nothing."""
    message = new_id()
    fire(stack, "voicemail_new", message, "--duplicate")
    fire(stack, "voicemail_new", message)
    assert (len(files(stack, message)), asked(stack)) == (1, 1)
    assert len([line for line in chat(stack) if LINK in line]) == 1


@pytest.mark.parametrize("mode", [mode for mode in FakeMode if mode is not FakeMode.OK])
def test_a_crossbar_in_trouble(stack: Stack, mode: FakeMode) -> None:
    """Nothing is stored while Crossbar fails; then the file is fetched and stored."""
    message = new_id()
    stack.upstreams.crossbar.switch(mode)
    fire(stack, "voicemail_new", message)
    assert files(stack, message) == []
    assert "media" not in record(stack, f"voicemail-{message}")
    stack.upstreams.crossbar.is_well()
    again(stack)
    (file,) = files(stack, message)
    assert file["Body"].read() == mpeg(message)
    assert record(stack, f"voicemail-{message}")["media"] == file["Key"]


def announce(stack: Stack, message: str) -> None:
    """Announce a message that KAZOO does not have yet."""
    values = {**notification("voicemail_new", EventFacts(ACCOUNT_ID, NOW)), "voicemail_id": message}
    headers = {"content-type": "application/json", "x-hook-id": "a" * 32}
    body = json.dumps(values).encode()
    request = urllib.request.Request(stack.url("voicemails"), body, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200
    stack.wait_for_workers(60)


def test_a_file_that_comes_later(stack: Stack, crossbar: LocalCrossbar) -> None:
    """A message that is announced before it exists is stored when it does."""
    message = new_id()
    announce(stack, message)
    again(stack)
    assert (files(stack, message), asked(stack)) == ([], 2)
    crossbar.media.put(ACCOUNT_ID, raw(message), MediaFile(mpeg(message), MPEG, "x.mp3"))
    again(stack)
    assert [file["Body"].read() for file in files(stack, message)] == [mpeg(message)]


def test_a_file_that_never_comes(stack: Stack) -> None:
    """In the end the event goes to the dead-letter queue, and nothing is stored."""
    message = new_id()
    announce(stack, message)
    for _ in range(ATTEMPTS):
        again(stack)
    assert (files(stack, message), asked(stack)) == ([], ATTEMPTS)
    sqs, dead = stack.own.aws.sqs(), stack.queues["StoreMediaDeadLetterQueue"]
    (letter,) = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=2)["Messages"]
    assert message in letter["Body"]
    sqs.delete_message(QueueUrl=dead, ReceiptHandle=letter["ReceiptHandle"])


def test_a_file_that_is_too_large(stack: Stack, crossbar: LocalCrossbar) -> None:
    """A file above the limit is noted and reported, and not fetched again."""
    message, size = new_id(), 2 * 1024 * 1024
    crossbar.media.put(ACCOUNT_ID, raw(message), MediaFile(bytes(size), MPEG, "x.mp3"))
    fire(stack, "voicemail_new", message)
    again(stack)
    assert (files(stack, message), asked(stack)) == ([], 1)
    known = record(stack, f"voicemail-{message}")
    assert (known["media_problem"], known["media_bytes"]) == ("larger than 1 MB", size)
    assert chat(stack)[-1].endswith(" was not stored: larger than 1 MB.")


def batch(message: str) -> bytes:
    """A batch with one message of the worker's queue, which announces a voicemail."""
    event = {**notification("voicemail_new", EventFacts(ACCOUNT_ID, NOW)), "voicemail_id": message}
    detail = {
        "key": f"{ACCOUNT_ID}#voicemail-{message}",
        "sort": "event#voicemail_new#0f",
        "received_at": 1_790_000_000,
        "event": event,
        "record": None,
    }
    queued = {"messageId": message, "body": json.dumps({"detail": detail}), "receiptHandle": "r"}
    source = {"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:0:Q"}
    record = {**queued, **source, "attributes": {}, "messageAttributes": {}}
    return json.dumps({"Records": [record]}).encode()


def test_eight_copies(stack: Stack, crossbar: LocalCrossbar) -> None:
    """A message that eight processes get at once, and once more later, has one effect."""
    pool = stack.own.pool(stack.project.function("store_media"))
    barrier = threading.Barrier(COPIES)

    def one(event: bytes) -> list[Any]:
        barrier.wait()
        returned = pool.invoke(event, 90.0)
        assert not returned.failed, returned.payload
        return list(json.loads(returned.payload)["batchItemFailures"])

    for message in [new_id() for _ in range(ROUNDS)]:
        crossbar.media.put(ACCOUNT_ID, raw(message), MediaFile(mpeg(message), MPEG, "x.mp3"))
        stack.upstreams.crossbar.received.clear()
        with ThreadPoolExecutor(COPIES) as threads:
            failed = list(threads.map(one, [batch(message)] * COPIES))
        assert [] in failed
        assert json.loads(pool.invoke(batch(message), 90.0).payload)["batchItemFailures"] == []
        stack.wait_for_workers(60)
        assert (len(files(stack, message)), asked(stack)) == (1, 1)
        assert len([line for line in chat(stack) if message in line]) == 1
