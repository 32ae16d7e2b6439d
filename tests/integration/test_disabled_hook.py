"""KAZOO's rule by force: a receiver fails six times, its hook is disabled, and nothing stays lost.

The receiver is the stack's own, behind a gateway that answers 500 while it is `broken`.
"""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

import pivotctl.stack
from pivotctl.commands import hooks
from pivotctl.commands.fire import fired
from pivotctl.crossbar import ACCOUNT_ID

if TYPE_CHECKING:
    from pivotctl.project import Project
    from pivotctl.stack import Stack
    from pivotctl.upstreams.crossbar import CrossbarFake

FUNCTIONS = (
    *("channel_events", "notifications", "call_records", "event_bus"),
    *("hook_watch", "cdr_reconcile"),
)
pytestmark = pytest.mark.slow


@pytest.fixture
def stack(project: Project) -> Iterator[Stack]:
    """A stack whose hook_watch may enable hooks."""
    settings = {"hook_watch": {"RE_ENABLE": "yes"}}
    with pivotctl.stack.session(project, functions=FUNCTIONS, env=settings, fresh=True) as running:
        yield running


@dataclass
class Front:
    """Stands before a receiver at `target`."""

    target: str
    broken: bool = True
    url: str = ""

    def status(self, headers: dict[str, str], body: bytes) -> int:
        """The receiver's answer, or 500."""
        if self.broken:
            return 500
        where = urlsplit(self.target)
        connection = http.client.HTTPConnection(where.netloc, timeout=20)
        connection.request("POST", where.path, body, headers)
        return connection.getresponse().status


@pytest.fixture
def front(stack: Stack) -> Iterator[Front]:
    """The broken gateway before channel_events."""
    found = Front(stack.url("channel_events"))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer as the receiver does."""
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(found.status(dict(self.headers.items()), body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/hook"
    Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def later(stack: Stack) -> Callable[[int], datetime]:
    """Moves Crossbar's clock forward, so many seconds from now; the moment that it shows."""
    crossbar = cast("CrossbarFake", stack.upstreams.crossbar.fake).crossbar
    began = crossbar.clock()

    def moved(seconds: int) -> datetime:
        crossbar.clock = lambda: began + seconds
        return datetime.fromtimestamp(began, UTC) + timedelta(seconds=seconds)

    return moved


@pytest.fixture
def shown(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[int, str]]:
    """The exit status and the output of `pivotctl hooks`."""
    monkeypatch.setattr(hooks, "_running_stack", lambda: stack)

    def run() -> tuple[int, str]:
        result = CliRunner().invoke(hooks.command, [])
        return result.exit_code, result.output

    return run


def tick(stack: Stack, name: str, at: datetime) -> dict[str, int]:
    """The report of a scheduled function."""
    (returned,) = stack.tick(name, at)
    assert not returned.failed, returned.payload
    done: dict[str, int] = json.loads(returned.payload)
    stack.wait_for_workers(60)
    return done


def stored(stack: Stack, key: str) -> list[dict[str, Any]]:
    """The items under a key of the account."""
    found = stack.own.aws.dynamodb().query(
        TableName=stack.tables["CallRecordsTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"{ACCOUNT_ID}#{key}"}},
    )
    return [dict(item) for item in found["Items"]]


def notices(stack: Stack) -> list[dict[str, list[str]]]:
    """The notifications that KAZOO has sent of disabled hooks."""
    found = stack.own.aws.dynamodb().scan(
        TableName=stack.tables["CallRecordsTable"],
        FilterExpression="#event = :name",
        ExpressionAttributeNames={"#event": "event"},
        ExpressionAttributeValues={":name": {"S": "webhook_disabled"}},
    )
    return [parse_qs(item["body"]["S"]) for item in found["Items"]]


def record(stack: Stack, call_id: str) -> dict[str, Any]:
    """A call's record by now."""
    texts = [item["record"]["S"] for item in stored(stack, call_id) if item["sk"]["S"] == "record"]
    return json.loads(texts[0]) if texts else {}


def gaps(stack: Stack) -> list[dict[str, Any]]:
    """The gaps that are kept."""
    found = stack.own.aws.dynamodb().query(
        TableName=stack.tables["DirectoryTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"hook_gap#{ACCOUNT_ID}"}},
    )
    return [dict(item["value"]["M"]) for item in found["Items"]]


def test_the_rule_is_forced(
    stack: Stack,
    front: Front,
    later: Callable[[int], datetime],
    shown: Callable[[], tuple[int, str]],
) -> None:
    """A hook is disabled, shown, told of, watched, enabled; what was lost meanwhile is fetched."""
    lost, unsent, kept = (f"{secrets.token_hex(6)}@198.51.100.77" for _ in range(3))
    told = ("call", "--to", front.url, "--call-id")
    assert shown()[0] == 0

    assert fired(stack, (*told, lost)).failed >= 6
    at = later(30)
    status, output = shown()
    assert (status, output.count("disabled: too many failed attempts")) == (1, 1)
    assert fired(stack, (*told, unsent)).disabled == 8
    assert record(stack, lost) == record(stack, unsent) == {}

    stack.wait_for_workers()
    (notice,) = notices(stack)

    done = tick(stack, "hook_watch", at)
    assert (done["failing"], done["disabled"], done["re_enabled"]) == (1, 1, 1)
    assert '"HookFailing"' in "".join(stack.logs("hook_watch"))
    (gap,) = gaps(stack)
    assert [gap["hook_id"]["S"]] == notice["hook_id"]
    assert gap["disabled"] == {"BOOL": True}
    assert gap["from"]["S"] < gap["to"]["S"] == at.replace(microsecond=0).isoformat()
    assert shown()[0] == 0

    assert tick(stack, "cdr_reconcile", later(120))["new"] == 4
    for call_id in (lost, unsent):
        found = record(stack, call_id)
        assert (found["state"], found["verified"], found["sources"]) == ("ended", True, ["cdr_api"])

    front.broken = False
    assert fired(stack, (*told, kept)).delivered == 8
    stack.wait_for_workers()
    assert record(stack, kept)["sources"] == ["hook"]
