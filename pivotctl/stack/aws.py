"""The local AWS: an emulator on the loopback interface, provisioned from template.yaml.

The stack runs MiniStack; tests also use moto's server, as a second opinion.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

from pivotctl.project import queue_url
from pivotctl.sam_template import ACCOUNT, REGION
from pivotctl.stack.ports import HOST, accepts, free_port, is_free

if TYPE_CHECKING:
    import subprocess

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_sqs import SQSClient

    from pivotctl.project import Project, Resource, Tools
    from pivotctl.stack.processes import Processes

type Backend = Literal["ministack", "moto"]

_START_SECONDS = 30.0
_STOP_SECONDS = 60.0  # MiniStack writes all that it holds
_FAST = Config(
    connect_timeout=2,
    read_timeout=10,
    retries={"total_max_attempts": 2, "mode": "standard"},
    max_pool_connections=50,
    user_agent="pivotctl",
)
_MODELS = create_loader()
"""Botocore's models of services, read once and shared by all sessions."""


class AwsError(Exception):
    """The local AWS cannot run; the text says what to do."""


@dataclass
class LocalAws:
    """An emulator process: its port survives restarts, its state is in `state`."""

    tools: Tools
    processes: Processes
    state: Path
    log: Path
    backend: Backend = "ministack"
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = field(init=False, default=None)

    @property
    def url(self) -> str:
        """The endpoint of every service."""
        return f"http://{HOST}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the emulator's process is running."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the emulator, with the state it had when it stopped."""
        program = self.tools.ministack if self.backend == "ministack" else self.tools.moto_server
        if not program.exists():
            raise AwsError(f"{program} (the local AWS) is missing: run `make setup`")
        if not is_free(self.port):
            raise AwsError(f"Port {self.port} is in use, so the local AWS cannot use it")
        self.state.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = self.processes.start(
                self._command(program), env=self._environment(), cwd=self.state,
                stdout=log, stderr=log,
            )  # fmt: skip

    def _command(self, program: Path) -> list[str | Path]:
        if self.backend == "ministack":
            return [
                program,
                "ministack.app:app",
                "--host",
                HOST,
                "--port",
                str(self.port),
                *_SERVED,
            ]
        return [program, "-H", HOST, "-p", str(self.port)]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.state),
            "TMPDIR": str(self.state),
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "MOTO_ACCOUNT_ID": ACCOUNT,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.state),
            "LOG_LEVEL": "WARNING",
            "PYTHONUNBUFFERED": "1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }

    def wait(self) -> None:
        """Wait until the emulator answers. Raises `AwsError` if it does not."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            if accepts(self.port) and self._healthy():
                return
            time.sleep(0.01)
        raise AwsError(f"The local AWS did not start; its log is {self.log}")

    def _healthy(self) -> bool:
        path = "/_ministack/health" if self.backend == "ministack" else "/moto-api/"
        try:
            with urllib.request.urlopen(self.url + path, timeout=2):  # noqa: S310 our own process
                return True
        except OSError:
            return False

    def stop(self) -> None:
        """Stop the emulator; MiniStack saves its state. Raises `AwsError` if that failed."""
        process, self._process = self._process, None
        if process is None:
            return
        self.processes.stop(process, grace=_STOP_SECONDS)
        if process.returncode == -signal.SIGKILL:
            raise AwsError(
                f"The local AWS did not stop within {_STOP_SECONDS:g} s: its state is lost"
            )

    def restart(self) -> None:
        """Stop the emulator if it is running, and start it with the state it had."""
        self.stop()
        self.start()
        self.wait()

    def forget(self) -> None:
        """Remove the state of a stopped emulator."""
        shutil.rmtree(self.state, ignore_errors=True)

    def dynamodb(self) -> DynamoDBClient:
        """Return a DynamoDB client."""
        return dynamodb_at(self.url)

    def streams(self) -> DynamoDBStreamsClient:
        """Return a client of DynamoDB Streams."""
        made: DynamoDBStreamsClient = _client("dynamodbstreams", self.url)
        return made

    def sqs(self) -> SQSClient:
        """Return an SQS client."""
        made: SQSClient = _client("sqs", self.url)
        return made

    def events(self) -> Any:
        """Return an EventBridge client."""
        return _client("events", self.url)

    def s3(self) -> Any:
        """Return an S3 client."""
        return _client("s3", self.url)


_SERVED = (
    "--http=httptools",
    "--log-level=warning",
    "--no-access-log",
    "--timeout-keep-alive=75",
    "--timeout-graceful-shutdown=2",
)
"""Options of MiniStack's server: a client's connection outlives a pause, and none delays a stop."""


def dynamodb_at(url: str) -> DynamoDBClient:
    """Return a DynamoDB client for the local AWS at *url*."""
    made: DynamoDBClient = _client("dynamodb", url)
    return made


def sqs_at(url: str) -> SQSClient:
    """Return an SQS client for the local AWS at *url*."""
    made: SQSClient = _client("sqs", url)
    return made


@functools.lru_cache(maxsize=32)
def _client(service: str, url: str) -> Any:
    """Return a client with fake credentials; a developer's real ones are never used."""
    session = botocore.session.get_session()
    session.register_component("data_loader", _MODELS)
    return session.create_client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  (it opens nothing)
        config=_FAST,
    )


def provision(aws: LocalAws, project: Project) -> None:
    """Create the template's tables, queues, buses, rules, and buckets."""
    dynamodb, sqs = aws.dynamodb(), aws.sqs()
    for table in project.tables.values():
        create_table(dynamodb, table)
    # A dead-letter queue must exist before the queues that redrive to it.
    for queue in sorted(project.queues.values(), key=lambda q: "RedrivePolicy" in q.properties):
        create_queue(sqs, queue)
    create_buses(aws.events(), project)
    for bucket in project.buckets.values():
        aws.s3().create_bucket(Bucket=bucket.name)


_TABLE_KEYS = (
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
)


def create_table(dynamodb: DynamoDBClient, table: Resource) -> None:
    """Create a table with its keys, indexes, stream, and time to live."""
    arguments: dict[str, Any] = {
        key: table.properties[key] for key in _TABLE_KEYS if key in table.properties
    }
    if stream := table.properties.get("StreamSpecification"):
        arguments["StreamSpecification"] = {"StreamEnabled": True, **stream}
    dynamodb.create_table(TableName=table.name, BillingMode="PAY_PER_REQUEST", **arguments)
    if ttl := table.properties.get("TimeToLiveSpecification"):
        dynamodb.update_time_to_live(TableName=table.name, TimeToLiveSpecification=ttl)


_QUEUE_KEYS = (
    "VisibilityTimeout",
    "MessageRetentionPeriod",
    "DelaySeconds",
    "ReceiveMessageWaitTimeSeconds",
    "MaximumMessageSize",
    "FifoQueue",
    "ContentBasedDeduplication",
    "RedrivePolicy",
)


def create_queue(sqs: SQSClient, queue: Resource) -> str:
    """Create a queue, and return its URL."""
    given = {key: queue.properties[key] for key in _QUEUE_KEYS if key in queue.properties}
    attributes: Any = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in given.items()
    }
    return sqs.create_queue(QueueName=queue.name, Attributes=attributes)["QueueUrl"]


def create_buses(events: Any, project: Project) -> None:
    """Create the buses, and the rules that route events from them to queues."""
    for bus in project.buses.values():
        events.create_event_bus(Name=bus.name)
    for rule in project.rules.values():
        where = {"EventBusName": rule.properties.get("EventBusName", "default")}
        pattern = json.dumps(rule.properties["EventPattern"])
        targets = [
            {"Id": target["Id"], "Arn": target["Arn"]} for target in rule.properties["Targets"]
        ]
        events.put_rule(Name=rule.name, EventPattern=pattern, **where)
        events.put_targets(Rule=rule.name, Targets=targets, **where)


def url_of(aws: LocalAws, queue: Resource) -> str:
    """Return the URL of a queue."""
    return queue_url(aws.url, queue.name)
