"""`pivotctl dead-letters`: what each worker gave up, and sending it back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pivotctl.commands.named_stack import stack_named
from pivotctl.commands.records_table import local_stack
from pivotctl.deployed import DeployedError
from pivotctl.project import ProjectError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_SUFFIX = "DeadLetterQueue"
_QUEUES = "AWS::SQS::Queue"
_WORKERS = {"spool": "spooled_deliveries"}
"""Workers that are not named like their queues."""

_HIDDEN_SECONDS = 30
_BATCH = 10
_GUIDE = "docs/guides/recover-deliveries.md"


@dataclass(frozen=True)
class DeadLetters:
    """A worker's dead letters: their queue's logical ID and URL, and the worker's queue, if any."""

    worker: str
    queue: str
    url: str
    source_url: str | None

    def waiting(self, sqs: SQSClient) -> int:
        """The number of messages, as SQS estimates."""
        answer = sqs.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def received(self, sqs: SQSClient) -> Iterator[MessageTypeDef]:
        """Receive each once. A message that stays is hidden from others for half a minute."""
        seen: set[str] = set()
        while messages := self._batch(sqs):
            new = [each for each in messages if each["MessageId"] not in seen]
            if not new:
                return
            seen |= {each["MessageId"] for each in new}
            yield from new

    def _batch(self, sqs: SQSClient) -> list[MessageTypeDef]:
        return sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=_HIDDEN_SECONDS,
            WaitTimeSeconds=1,
        ).get("Messages", [])

    def redrive(self, sqs: SQSClient) -> int:
        """Move all to the worker's own queue, and count them. A message is never in neither."""
        if self.source_url is None:
            raise click.ClickException(
                f"{self.worker} has no queue: its dead letters are not deliveries. See {_GUIDE}"
            )
        moved = 0
        for message in self.received(sqs):
            sqs.send_message(QueueUrl=self.source_url, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
        return moved


@click.command("dead-letters", short_help="Show what workers gave up, and send it back.")
@click.argument("worker", required=False)
@click.option("--redrive", is_flag=True, help="Send the worker's dead letters back to its queue.")
@click.option("--stack", metavar="STACK", help="A deployed stack.  [the local stack]")
def command(*, worker: str | None, redrive: bool, stack: str | None) -> None:
    """Count the dead letters of each worker, or show those of WORKER.

    Shown are event, account, and call; never what callers said or pressed. The exit status is 1
    if there are any.
    """
    if redrive and not worker:
        raise click.UsageError("Name the worker whose dead letters to send back.")
    sqs, queues = _sqs_and_queues(stack)
    every = dead_letters(queues)
    if worker is None:
        raise SystemExit(_count(sqs, every))
    found = _named(every, worker)
    if redrive:
        click.echo(f"sent {found.redrive(sqs)} back to {worker}")
        return
    lines = [describe(message.get("Body", "")) for message in found.received(sqs)]
    click.echo("\n".join(lines) or f"{worker} has no dead letters")
    raise SystemExit(1 if lines else 0)


def dead_letters(queues: Mapping[str, str]) -> list[DeadLetters]:
    """The dead-letter queues among *queues*, which are URLs by logical ID."""
    stems = sorted(name.removesuffix(_SUFFIX) for name in queues if name.endswith(_SUFFIX))
    return [
        DeadLetters(_worker(stem), f"{stem}{_SUFFIX}", queues[f"{stem}{_SUFFIX}"],
                    queues.get(f"{stem}Queue"))
        for stem in stems
    ]  # fmt: skip


def _worker(stem: str) -> str:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", stem).lower()
    return _WORKERS.get(name, name)


def _named(every: list[DeadLetters], worker: str) -> DeadLetters:
    for each in every:
        if each.worker == worker:
            return each
    known = ", ".join(each.worker for each in every)
    raise click.UsageError(f"No worker in the stack is called {worker!r}. Use one of: {known}.")


def _count(sqs: SQSClient, every: list[DeadLetters]) -> int:
    counted = [(each, each.waiting(sqs)) for each in every]
    lost = [(each, count) for each, count in counted if count]
    width = max((len(each.worker) for each, _ in lost), default=0)
    for each, count in lost:
        click.echo(f"{each.worker:{width}}  {count:5}  in {each.queue}")
    if not lost:
        click.echo("No worker has dead letters.")
    return 1 if lost else 0


def describe(body: str) -> str:
    """One line about a dead letter: what it is, and where its delivery is."""
    try:
        message = json.loads(body)
        return _described(message)
    except (ValueError, KeyError, TypeError):
        return "unreadable"


def _described(message: Mapping[str, Any]) -> str:
    if "detail" in message:
        return f"{message['detail-type']:24}  {message['detail']['key']}"
    if "DDBStreamBatchInfo" in message:
        batch = message["DDBStreamBatchInfo"]
        return f"{batch['batchSize']} records of {batch['approximateArrivalOfFirstRecord']}"
    if "requestPayload" in message:
        condition = message["requestContext"]["condition"]
        return f"run of {message['requestPayload']['time']}: {condition}"
    return f"{message['sk']['S'].partition('#')[0]:24}  {message['pk']['S']}"


# -- where the queues are --------------------------------------------------------------------------


def _sqs_and_queues(stack: str | None) -> tuple[SQSClient, Mapping[str, str]]:
    """A client and the URLs of the stack's queues by logical ID."""
    if stack:
        return _deployed(stack)
    from pivotctl.stack.aws import sqs_at  # noqa: PLC0415  (slow to import)

    try:
        local = local_stack()
    except ProjectError as error:
        raise click.ClickException(str(error)) from error
    return sqs_at(local.aws_url), local.queues


def _deployed(name: str) -> tuple[SQSClient, Mapping[str, str]]:
    try:
        stack = stack_named(name)
        queues = {each: url for each, (kind, url) in stack.resources.items() if kind == _QUEUES}
        return stack.client("sqs"), queues
    except DeployedError as error:
        raise click.ClickException(str(error)) from error
