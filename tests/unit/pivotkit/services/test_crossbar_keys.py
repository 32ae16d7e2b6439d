"""API keys of Crossbar: that of the account in question, or else the one that all share."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pivotkit.core import secret
from pivotkit.services.crossbar import Crossbar
from pivotkit.services.upstream import UpstreamDown
from tests.loopback import answer, request_of, server

OURS, THEIRS = "a" * 32, "b" * 32
FOLDER = "/local/hook_watch"


@pytest.fixture
def heard(environment: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """The requests at a Crossbar whose tokens are the keys; one account has a key of its own."""
    asked: list[str] = []

    def talk(connection: socket.socket) -> None:
        while request := request_of(connection):
            asked.append(request.decode())
            body = request.decode().rpartition("\r\n\r\n")[2]
            key = json.loads(body)["data"]["api_key"] if body else ""
            connection.sendall(answer(json.dumps({"data": [], "auth_token": f"token-{key}"})))

    file = tmp_path / "secrets.json"
    name = "crossbar_api_key"
    file.write_text(json.dumps({f"{FOLDER}/{name}": "common", f"{FOLDER}/{OURS}/{name}": "own"}))
    environment.setenv("SECRETS_PATH", FOLDER)
    environment.setenv("PIVOTCTL_SECRETS", str(file))
    with server(talk) as url:
        environment.setenv("CROSSBAR_URL", url)
        yield asked


def test_each_account_has_its_own_key(heard: list[str]) -> None:
    """An account with a key is asked for with it alone, and each key signs in once."""
    crossbar = Crossbar()
    for account in (OURS, THEIRS, OURS, THEIRS):
        list(crossbar.webhooks(account))
    inside = [each for each in heard if "api_auth" not in each]
    assert len(heard) - len(inside) == 2
    for request in inside:
        assert ("token-own" in request) is (OURS in request)
        assert ("token-common" in request) is (THEIRS in request)


def test_a_key_that_is_not_set(heard: list[str], environment: pytest.MonkeyPatch) -> None:
    """On AWS nothing is asked without a key, and the error names the command that sets it."""
    environment.delenv("AWS_SAM_LOCAL")
    environment.setenv("CROSSBAR_URL", "https://crossbar.example.com")
    environment.setattr(secret, "_first", lambda _: "")
    environment.setattr(secret, "_kept", {})
    with pytest.raises(UpstreamDown, match="crossbar_api_key is not set: use `pivotctl secret`"):
        list(Crossbar().webhooks(OURS))
    assert heard == []
