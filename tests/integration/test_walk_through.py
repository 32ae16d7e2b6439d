"""The walk-through of docs/guides/connect.md: four commands, and a phone rings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from click.testing import CliRunner

from pivotctl.cli import main
from pivotctl.commands import url as url_command
from pivotctl.crossbar import ACCOUNT_ID, API_KEY
from pivotctl.kazoo.client import KazooClient, Session
from pivotctl.kazoo.transport import Transport
from pivotctl.stack.aws import dynamodb_at
from pivotctl.switch.dialogue import Dialogue
from tests.functions import ROOT

if TYPE_CHECKING:
    from pivotctl.crossbar import LocalCrossbar
    from pivotctl.stack import Stack
    from pivotctl.upstreams.crossbar import CrossbarFake

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/guides/connect.md").read_text(encoding="utf-8")
[WALK] = re.findall(r"^## Call somebody$(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", WALK, re.MULTILINE | re.DOTALL)
[FILE] = re.findall(r"^```toml\n(.*?)^```$", WALK, re.MULTILINE | re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines() if line.startswith("pivotctl")]
ANN = "+14155550123"
PASSWORDS = {"login": "local-development", "flowroute": "pw-7Qx"}
"""Answers to the questions of commands, by a word of theirs."""


@dataclass(frozen=True)
class Desk:
    """A command line that works with the stack's Crossbar."""

    url: str
    crossbar: LocalCrossbar
    file: Path

    def run(self, line: str) -> str:
        """The output of a command of the guide, which must succeed."""
        shown_by = {"jane": "operator", "appointments.toml": str(self.file)}
        words = [shown_by.get(word, word) for word in shlex.split(line)[1:]]
        text = next((PASSWORDS[word] for word in words if word in PASSWORDS), "y")
        result = CliRunner().invoke(main, words, input=f"{text}\n", env={"KAZOO_URL": self.url})
        assert result.exit_code == 0, result.output
        return result.output

    @property
    def client(self) -> KazooClient:
        """A client of the account."""
        transport = Transport(self.url)
        return KazooClient(transport, Session(transport, key=API_KEY))


@pytest.fixture
def desk(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Desk]:
    """A Crossbar without a carrier, and a user who has not signed in."""
    monkeypatch.setenv("PIVOTCTL_KEYS", str(tmp_path / "keys.json"))
    monkeypatch.setattr(url_command, "running", lambda _project: stack.info)
    stack.upstreams.reset()
    file = tmp_path / "appointments.toml"
    file.write_text(FILE)
    crossbar = cast("CrossbarFake", stack.upstreams.crossbar.fake).crossbar
    yield Desk(f"{stack.upstreams_url}/crossbar/v2", crossbar, file)
    stack.upstreams.reset()


def recorded(stack: Stack, call_id: str) -> dict[str, Any]:
    """The items about a call in the table of call records, when the workers are done."""
    stack.wait_for_workers()
    client: Any = dynamodb_at(stack.aws_url)
    pages = client.get_paginator("scan").paginate(TableName=stack.tables["CallRecordsTable"])
    items = [item for page in pages for item in page["Items"]]
    return {item["sk"]["S"]: item for item in items if call_id in item["pk"]["S"]}


def test_four_commands_ring_a_phone(desk: Desk, stack: Stack) -> None:
    """The number is rung, the function is asked, the IVR plays; record and CDRs are there."""
    login, carrier, apply, click = LINES[:4]
    assert "Signed in" in desk.run(login)
    assert "1 to create" in desk.run(carrier)
    assert "6 to create" in desk.run(apply)
    said = desk.run(click)
    assert re.search(rf"^\{ANN} was connected for [1-9]\d* s", said, re.MULTILINE)
    assert re.search(r"^6083 was connected for [1-9]\d* s", said, re.MULTILINE)
    (call_id,) = re.findall(r"call (c2c-\S+)\.", said)

    call = Dialogue(desk.crossbar.calls.played[call_id])
    call.hears("Hello. This is the practice of Dr. Brown. We're calling about your appointment.")
    call.is_silent().hears("Please call us back at").hung_up("kazoo").is_carried_through()
    assert desk.crossbar.phones.rung == [ANN]
    assert [request.parameters["Request"] for request in call.requests] == ["6083"] * 3

    rows = list(desk.client.rows(f"/accounts/{ACCOUNT_ID}/cdrs"))
    assert {row["hangup_cause"] for row in rows} == {"NORMAL_CLEARING"}
    assert sorted(str(row["direction"]) for row in rows) == ["inbound", "outbound"]
    items = recorded(stack, call_id)
    hooks = {item["hook"]["S"] for item in items.values() if "hook" in item}
    assert hooks == {f"channel_{each}" for each in ("create", "answer", "bridge", "destroy")}
    (debug,) = desk.client.rows(f"/accounts/{ACCOUNT_ID}/pivot/debug")
    assert (debug["call_id"], debug["status_code"]) == (call_id, "200")


def test_the_rest_of_the_walk_through(desk: Desk) -> None:
    """The other commands work after the first four: your own phone rings, and carriers change."""
    for line in (*LINES[:3], *LINES[4:]):
        assert desk.run(line)
    assert len(LINES) == 9
    hears = [Dialogue(events).heard for events in desk.crossbar.calls.played.values()]
    assert "Hello. This is Example Incorporated." in hears[0][0]


def test_the_person_presses_1(desk: Desk) -> None:
    """A person who presses 1 is connected to the agent, which is a third leg."""
    for line in LINES[:3]:
        desk.run(line)
    desk.crossbar.phones.keys[ANN] = ("1",)
    desk.run(LINES[3])
    (events,) = desk.crossbar.calls.played.values()
    Dialogue(events).presses("1").hears("Please hold").is_bridged_to("user b2c0")
    rows = list(desk.client.rows(f"/accounts/{ACCOUNT_ID}/cdrs"))
    assert len(rows) == 3
