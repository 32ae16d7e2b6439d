"""The runbooks' commands, after the failures that they are for."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from pivotctl.cli import main
from pivotctl.stack import Stack
from pivotctl.stack.aws import sqs_at
from tests.events import ASKED, FORM
from tests.functions import ROOT
from tests.unit.commands.shown import Shown, in_blocks

PAGE = ROOT / "docs/guides/runbooks.md"
RUN = ("logs", "dead-letters")
"""The commands that a local stack has all for; tests/unit/commands/test_pages.py lists others."""

SHOWN = {
    "logs pivot --only fallback": "account_balance: fallback",
    "logs pivot --only refused": "say_hello: refused",
    "logs webhooks --only refused": "channel_events: refused",
    "dead-letters": "fan_out",
    "dead-letters fan_out": "missed_call",
}
"""The finding of a command, once the failures below have happened."""

LOST = '{"detail-type": "missed_call", "detail": {"key": "account#call"}}'


@pytest.fixture
def _failed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A stack in which a call fell back, requests were refused, and a worker gave up."""
    monkeypatch.setattr("pivotctl.commands.logs.running", lambda _: stack.info)
    monkeypatch.setattr("pivotctl.commands.dead_letters.local_stack", lambda: stack)
    with stack.dynamodb.failing("refused"):
        assert _post(stack.url("account_balance")) == 200
    assert _post(stack.url("say_hello", key="wrong")) == 401
    assert _post(stack.url("channel_events", key="wrong")) == 401
    sqs, url = sqs_at(stack.aws_url), stack.queues["FanOutDeadLetterQueue"]
    sqs.send_message(QueueUrl=url, MessageBody=LOST)
    yield
    sqs.purge_queue(QueueUrl=url)


def _post(url: str) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request("POST", parts.path, ASKED, {"content-type": FORM})
    return connection.getresponse().status


def _here(shown: Shown) -> list[str]:
    """The words of a command, for the local stack: it has no name, and logs of this run alone."""
    words = list(shown.words)
    for option in ("--stack", "--since"):
        if option in words:
            at = words.index(option)
            del words[at : at + 2]
    return words


def _commands(page: Path) -> list[list[str]]:
    every = in_blocks(page.read_text(encoding="utf-8"))
    looks = [_here(each) for each in every if each.name in RUN and "--redrive" not in each.words]
    return [list(words) for words in dict.fromkeys(map(tuple, looks))]


@pytest.mark.slow
@pytest.mark.usefixtures("_failed")
def test_the_commands_show_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look of a runbook works, and shows the failure where there is one."""
    monkeypatch.chdir(ROOT)
    printed = {}
    for words in _commands(PAGE):
        result = CliRunner().invoke(main, words)
        assert result.exit_code in ((0, 1) if words[0] == "dead-letters" else (0,)), result.output
        printed[" ".join(words)] = result.output
    assert SHOWN.keys() <= printed.keys()
    for command, finding in SHOWN.items():
        assert finding in printed[command], command
