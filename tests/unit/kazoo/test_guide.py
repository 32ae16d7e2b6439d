"""The commands of docs/guides/connect.md, on the local Crossbar."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from pivotctl.cli import main
from pivotctl.commands import kazoo_rotate
from pivotctl.connect.documents import MARK
from pivotctl.crossbar import (
    ACCOUNT_ID,
    API_KEY,
    SECOND_ACCOUNT_ID,
    HookDocument,
    LocalCrossbar,
)
from pivotctl.kazoo.client import KazooClient, Session
from pivotctl.kazoo.credentials import ApiKey, SignIns, sign_in
from pivotctl.kazoo.transport import Transport
from pivotctl.upstreams import Upstreams
from pivotctl.upstreams.crossbar import CrossbarFake
from tests.kazoo import ROOT
from tests.unit.kazoo.rotated import Door

PAGE = (ROOT / "docs/guides/connect.md").read_text(encoding="utf-8")
REST = re.sub(r"^## Call somebody$.*?(?=^## )", "", PAGE, flags=re.MULTILINE | re.DOTALL)
"""The guide without its walk-through, which tests/integration/test_walk_through.py executes."""

BLOCKS = re.findall(r"^```sh\n(.*?)^```$", REST, re.MULTILINE | re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines()]
KAZOO_FILE, MORE, *_ = re.findall(r"^```toml\n(.*?)^```$", REST, re.MULTILINE | re.DOTALL)
COMMANDS = [line for line in LINES if line.startswith("pivotctl ")]
CALL = {"call_id": "call-1", "account_id": ACCOUNT_ID, "call_direction": "inbound", "to": "2030@r"}
SHOWN_BY = {
    "jane": "operator",
    "NAME": "events",
    "CALL_ID": "call-1",
    "ID": SECOND_ACCOUNT_ID,
    "STACK": "demo",
}
"""Words of the guide that stand for something, and what the local Crossbar has."""


@pytest.fixture
def crossbar() -> Iterator[tuple[str, LocalCrossbar]]:
    """The local Crossbar on a port of its own, with a live call and a disabled webhook."""
    running = Upstreams()
    running.start()
    fake = running.crossbar.fake
    assert isinstance(fake, CrossbarFake)
    for hook in ("channel_create", "channel_answer"):
        fake.crossbar.happened(hook, CALL)
    fake.crossbar.hooks.register(
        HookDocument("d" * 32, ACCOUNT_ID, "events", "all", "https://h.example/x", enabled=False)
    )
    yield f"{running.url}/crossbar/v2", fake.crossbar
    running.stop()


def inputs(url: str) -> Mapping[str, str]:
    """The input of each way to sign in."""
    token = sign_in(Transport(url), ApiKey(API_KEY)).token
    return {"--user": "local-development", "--api-key": API_KEY, "--token": token}


def statuses(words: list[str]) -> set[int]:
    """Exit statuses of a command of the guide: a webhook is disabled, and nothing is applied."""
    if words == ["kazoo", "hooks"]:
        return {1}
    return {2} if words[1] in ("plan", "status") else {0}


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """The stack whose keys are rotated."""
    found = Door(monkeypatch)
    monkeypatch.setattr(kazoo_rotate, "key_stack", lambda _stack: found)
    monkeypatch.setattr(kazoo_rotate, "time", SimpleNamespace(sleep=lambda _seconds: None))
    yield found
    found.stop()


def connect(url: str, door: Door, account: str) -> None:
    """Have an account call a function of the stack, by a document with a mark."""
    voice_url = f"{door.url}/{door.keys.make('pivot', account, 1)}/pivot/say_hello"
    flow = {"module": "pivot", "data": {"voice_url": voice_url}}
    data: dict[str, Any] = {
        "name": "x",
        "numbers": ["6009"],
        "flow": flow,
        MARK: {"project": "p", "name": "6009"},
    }
    with Transport(url) as transport:
        client = KazooClient(transport, Session(transport, key=API_KEY))
        client.put(f"/accounts/{account}/callflows", {"data": data})


@pytest.mark.parametrize("line", [line for line in COMMANDS if " rotate " in line])
def test_the_guides_rotations_work(
    crossbar: tuple[str, LocalCrossbar], sign_ins: SignIns, door: Door, line: str
) -> None:
    """Each rotation of the guide ends an earlier key."""
    del sign_ins  # it gives the test a folder of its own
    url, fake = crossbar
    fake.channels.clear()  # no call to wait for
    for account in (ACCOUNT_ID, SECOND_ACCOUNT_ID):
        connect(url, door, account)
    words = [SHOWN_BY.get(word, word) for word in shlex.split(line)[1:]]
    CliRunner().invoke(main, ["kazoo", "login", "--api-key", "--url", url], input=API_KEY)
    result = CliRunner().invoke(main, words, input="y\n", env={"KAZOO_URL": url})
    assert result.exit_code == 0, result.output
    assert door.options


@pytest.mark.parametrize("line", [line for line in COMMANDS if " rotate " not in line])
def test_the_guides_commands_work(
    crossbar: tuple[str, LocalCrossbar], sign_ins: SignIns, tmp_path: Path, line: str
) -> None:
    """Each command of the guide does on the local Crossbar what it is shown for."""
    url, _ = crossbar
    given = inputs(url)
    file = tmp_path / "kazoo.toml"
    file.write_text(KAZOO_FILE)
    shown_by = {**SHOWN_BY, "kazoo.toml": str(file)}
    words = [shown_by.get(word, word) for word in shlex.split(line.partition(" < ")[0])[1:]]
    text = next((given[word] for word in words if word in given), "")
    if words[1] != "login":
        CliRunner().invoke(main, ["kazoo", "login", "--api-key", "--url", url], input=API_KEY)
        assert sign_ins.get(url)
    result = CliRunner().invoke(
        main, words, input=f"{text}\n" if text else "y\n", env={"KAZOO_URL": url}
    )
    if "--phone-number" in words:
        assert "Crossbar does not accept this user name" in result.output
        return
    assert result.exit_code in statuses(words), result.output
    assert result.output


def test_everything_that_the_guide_wants(
    crossbar: tuple[str, LocalCrossbar], sign_ins: SignIns, tmp_path: Path
) -> None:
    """Both files of the guide can be applied together."""
    url, _ = crossbar
    assert sign_ins.all() == {}
    file = tmp_path / "kazoo.toml"
    file.write_text(KAZOO_FILE + MORE)
    names = re.findall(r'_from = "(\w+)"', MORE)
    env = {"KAZOO_URL": url, **dict.fromkeys(names, "secret")}
    result = CliRunner().invoke(main, ["kazoo", "apply", str(file), "--yes"], env=env)
    assert result.exit_code == 1, result.output
    CliRunner().invoke(main, ["kazoo", "login", "--api-key", "--url", url], input=API_KEY)
    result = CliRunner().invoke(main, ["kazoo", "apply", str(file), "--yes"], env=env)
    assert result.exit_code == 0, result.output
    assert "storage plan recordings" in result.output


def test_the_guide_has_every_command() -> None:
    """No command of `pivotctl kazoo` is missing in the guide."""
    group = main.get_command(None, "kazoo")  # type: ignore[arg-type]
    assert group is not None
    for name in group.commands:  # type: ignore[attr-defined]
        assert f"pivotctl kazoo {name}" in PAGE
