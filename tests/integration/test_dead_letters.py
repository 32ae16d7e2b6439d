"""`pivotctl dead-letters`: which worker lost what, and sending it back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pivotctl.commands import dead_letters
from pivotctl.project import Project
from tests.aws import aws_client

EVENT = {
    "source": "pivot-functions",
    "detail-type": "missed_call",
    "detail": {"key": "account#call", "event": {"caller_id_name": "Ada"}},
}
SPOOLED = {"pk": {"S": "account#call"}, "sk": {"S": "channel_create#1"}}
POSITION = {
    "DDBStreamBatchInfo": {
        "batchSize": 3,
        "approximateArrivalOfFirstRecord": "2026-06-01T12:00:00Z",
    }
}
RUN = {
    "requestContext": {"condition": "RetriesExhausted"},
    "requestPayload": {"time": "2026-06-01T12:00:00Z"},
}


@pytest.fixture
def queues(buses: None, project: Project) -> Mapping[str, str]:
    """The URLs of the template's queues, all of them empty."""
    del buses
    sqs = aws_client("sqs")
    urls = {
        name: sqs.get_queue_url(QueueName=queue.name)["QueueUrl"]
        for name, queue in project.queues.items()
    }
    for url in urls.values():
        sqs.purge_queue(QueueUrl=url)
    return urls


@pytest.fixture(autouse=True)
def _here(queues: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    found = (aws_client("sqs"), queues)
    monkeypatch.setattr(dead_letters, "_sqs_and_queues", lambda _: found)


def run(*arguments: str) -> Result:
    """The result of the command."""
    return CliRunner().invoke(dead_letters.command, list(arguments))


def lose(queues: Mapping[str, str], name: str, *bodies: Any) -> None:
    """Put messages into a dead-letter queue."""
    for body in bodies:
        aws_client("sqs").send_message(QueueUrl=queues[name], MessageBody=json.dumps(body))


def test_nothing_is_lost(queues: Mapping[str, str]) -> None:
    """Without dead letters the exit status is 0."""
    assert queues
    result = run()
    assert (result.exit_code, result.output) == (0, "No worker has dead letters.\n")


def test_each_worker_has_its_own_count(queues: Mapping[str, str]) -> None:
    """The command names the workers that lost something, and how much; it exits with 1."""
    lose(queues, "FanOutDeadLetterQueue", EVENT, EVENT)
    lose(queues, "SpoolDeadLetterQueue", SPOOLED)
    result = run()
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "fan_out                 2  in FanOutDeadLetterQueue",
        "spooled_deliveries      1  in SpoolDeadLetterQueue",
    ]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (EVENT, "missed_call               account#call"),
        (SPOOLED, "channel_create            account#call"),
        (POSITION, "3 records of 2026-06-01T12:00:00Z"),
        (RUN, "run of 2026-06-01T12:00:00Z: RetriesExhausted"),
        ({"no": "delivery"}, "unreadable"),
        ([], "unreadable"),
    ],
)
def test_a_dead_letter_is_named_without_what_callers_said(body: object, line: str) -> None:
    """A line has event and call, or what else was lost; never the caller's data."""
    assert dead_letters.describe(json.dumps(body)) == line


def test_a_worker_shows_what_it_lost(queues: Mapping[str, str]) -> None:
    """Its dead letters are shown, and stay."""
    lose(queues, "FanOutDeadLetterQueue", EVENT)
    result = run("fan_out")
    assert (result.exit_code, result.output) == (1, "missed_call               account#call\n")
    assert run("notify_chat").output == "notify_chat has no dead letters\n"


def test_they_go_back_to_their_own_worker(queues: Mapping[str, str]) -> None:
    """Redriven deliveries are in the worker's queue, each once, and those of others stay."""
    lose(queues, "FanOutDeadLetterQueue", *({**EVENT, "id": number} for number in range(12)))
    lose(queues, "NotifyChatDeadLetterQueue", EVENT)
    result = run("fan_out", "--redrive")
    assert (result.exit_code, result.output) == (0, "sent 12 back to fan_out\n")
    assert run().output == "notify_chat      1  in NotifyChatDeadLetterQueue\n"
    assert {each["id"] for each in _received(queues["FanOutQueue"])} == set(range(12))


def _received(url: str) -> list[Any]:
    found: list[Any] = []
    while (
        messages := aws_client("sqs")
        .receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        .get("Messages")
    ):
        found += [json.loads(each["Body"]) for each in messages]
    return found


@pytest.mark.parametrize("worker", ["call_records", "hook_watch"])
def test_what_is_no_delivery_cannot_go_back(worker: str) -> None:
    """Positions in a stream and failed runs have no queue; the message names the guide."""
    result = run(worker, "--redrive")
    assert result.exit_code == 1
    assert "docs/guides/recover-deliveries.md" in result.output


def test_a_worker_is_needed_to_send_back() -> None:
    """Without one nothing moves; an unknown one is answered with those there are."""
    assert "Name the worker" in run("--redrive").output
    assert "billing_sync" in run("nobody").output
