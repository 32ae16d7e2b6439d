"""A Crossbar on a socket, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pivotctl.kazoo.client import KazooClient, Session
from pivotctl.kazoo.credentials import SignIns
from pivotctl.kazoo.transport import Transport
from tests.unit.kazoo.crossbar_server import KEY, ScriptedCrossbar, serving


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
