"""A Crossbar on a socket, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from pivotctl.cli import main
from pivotctl.crossbar import ACCOUNT_ID, API_KEY, HookDocument
from pivotctl.kazoo.client import KazooClient, Session
from pivotctl.kazoo.credentials import SignIns
from pivotctl.kazoo.transport import Transport
from pivotctl.upstreams import Upstreams
from pivotctl.upstreams.crossbar import CrossbarFake
from tests.unit.kazoo.crossbar_server import KEY, ScriptedCrossbar, serving
from tests.unit.kazoo.office import FILE, Office, others


@pytest.fixture
def crossbar() -> Iterator[ScriptedCrossbar]:
    """The server that answers the client."""
    with serving() as found:
        yield found


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the client has waited between its requests."""
    return []


@pytest.fixture
def transport(crossbar: ScriptedCrossbar, waits: list[float]) -> Transport:
    """HTTP to the Crossbar, without real waiting."""
    return Transport(crossbar.url, sleep=waits.append)


@pytest.fixture
def client(transport: Transport) -> KazooClient:
    """A client with an API key."""
    return KazooClient(transport, Session(transport, key=KEY))


@pytest.fixture
def sign_ins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SignIns:
    """The file of sign-ins that commands use, in a folder of the test's own."""
    monkeypatch.setenv("PIVOTCTL_KEYS", str(tmp_path / "pivot-functions" / "keys.json"))
    monkeypatch.delenv("KAZOO_URL", raising=False)
    return SignIns()


@pytest.fixture
def office(sign_ins: SignIns, tmp_path: Path) -> Iterator[Office]:
    """A Crossbar on a port of its own, whose account has a callflow and a webhook of others."""
    del sign_ins  # it gives the test a folder of its own
    running = Upstreams()
    running.start()
    fake = running.crossbar.fake
    assert isinstance(fake, CrossbarFake)
    url, file = f"{running.url}/crossbar/v2", tmp_path / "kazoo.toml"
    found = Office(fake.crossbar, url, file)
    found.file.write_text(FILE)
    others(found.client, ACCOUNT_ID, "7001")
    fake.crossbar.hooks.register(
        HookDocument("d" * 32, ACCOUNT_ID, "theirs", "all", "https://h.example/x")
    )
    login = ["kazoo", "login", "--api-key", "--url", url]
    assert CliRunner().invoke(main, login, input=API_KEY).exit_code == 0
    yield found
    running.stop()
