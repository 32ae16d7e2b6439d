"""The local AWS keeps what it has acknowledged when it is stopped amid calls."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pivotctl.commands.records_table import TABLE
from pivotctl.stack.aws import AwsError, LocalAws, provision, url_of
from pivotctl.stack.processes import Processes

if TYPE_CHECKING:
    from pivotctl.project import Project

AT_A_TIME, ROUNDS, EACH_ROUND = 4, 2, 30
ONCE = Config(connect_timeout=0.5, read_timeout=5, retries={"total_max_attempts": 1})


@pytest.fixture
def aws(project: Project, tmp_path: Path) -> Iterator[LocalAws]:
    """A local AWS with the template's tables and queues."""
    processes = Processes()
    started = LocalAws(project.tools, processes, tmp_path / "state", tmp_path / "aws.log")
    try:
        started.start()
        started.wait()
        provision(started, project)
        yield started
    finally:
        processes.close()


class Writer(threading.Thread):
    """Puts items and sends messages until it is told to end; `items` and `messages` were taken."""

    def __init__(self, aws: LocalAws, table: str, queue: str, name: str) -> None:
        super().__init__(name=name)
        session = boto3.Session("test", "test", region_name="us-east-1")
        self.made: dict[str, Any] = {
            service: session.client(service, endpoint_url=aws.url, config=ONCE)
            for service in ("dynamodb", "sqs")
        }
        self.table, self.queue = table, queue
        self.items: list[str] = []
        self.messages: list[str] = []
        self.over = threading.Event()

    def run(self) -> None:
        """Write without a pause; what is refused is not counted."""
        number = 0
        while not self.over.is_set():
            number += 1
            key = f"{self.name}-{number}"
            with contextlib.suppress(BotoCoreError, ClientError):
                item = {"pk": {"S": key}, "sk": {"S": "x"}}
                self.made["dynamodb"].put_item(TableName=self.table, Item=item)
                self.items.append(key)
                self.made["sqs"].send_message(QueueUrl=self.queue, MessageBody=key)
                self.messages.append(key)


def test_what_was_acknowledged_is_there(aws: LocalAws, project: Project) -> None:
    """Items and messages that were taken before or while it stopped are there when it is back."""
    table = next(each.name for each in project.tables.values() if each.logical_id == TABLE)
    queue = url_of(aws, project.queues["SpoolQueue"])
    writers = [Writer(aws, table, queue, f"w{place}") for place in range(AT_A_TIME)]
    for writer in writers:
        writer.start()
    for _ in range(ROUNDS):
        wanted = len(writers[0].messages) + EACH_ROUND
        while len(writers[0].messages) < wanted:
            writers[0].join(0.01)
        aws.stop()
        aws.restart()
    for writer in writers:
        writer.over.set()
        writer.join()
    assert {key for writer in writers for key in writer.items} <= kept(aws, table)
    assert {key for writer in writers for key in writer.messages} <= queued(aws, queue)


def kept(aws: LocalAws, table: str) -> set[str]:
    """The keys of the table."""
    pages = aws.dynamodb().get_paginator("scan").paginate(TableName=table)
    return {str(item["pk"]["S"]) for page in pages for item in page["Items"]}


def queued(aws: LocalAws, queue: str) -> set[str]:
    """The texts of the queue's messages."""
    found: set[str] = set()
    while (
        messages := aws.sqs()
        .receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        .get("Messages")
    ):
        found |= {message["Body"] for message in messages}
    return found


def test_a_stop_that_loses_everything_is_told(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that waits for the rest of a request is killed; who stopped it hears what that means."""
    monkeypatch.setattr("pivotctl.stack.aws._STOP_SECONDS", 0.5)
    with socket.create_connection(("127.0.0.1", aws.port)) as half:
        half.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf")
        aws.wait()
        with pytest.raises(AwsError, match="its state is lost"):
            aws.stop()
