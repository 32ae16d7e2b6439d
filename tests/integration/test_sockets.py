"""WebSockets on the local stack: the whole way of an event, and `pivotctl sockets`."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import websockets.sync.client
from click.testing import CliRunner

import pivotctl.stack
from pivotctl.commands import sockets
from pivotctl.commands.sockets import Listener, Place, RefusedError, line
from pivotctl.project import Project
from pivotctl.stack import Stack
from pivotkit.services.crossbar import LOCAL_ACCOUNT
from tests.sockets import THEIRS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
FUNCTIONS = ("channel_events", "event_bus", "sockets", "blackhole", "websockets")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A stack of its own with what an event passes through."""
    with pivotctl.stack.session(Project.find(), functions=FUNCTIONS, fresh=True) as running:
        yield running


def deliver(stack: Stack, name: str, account: str = LOCAL_ACCOUNT) -> None:
    """Deliver a webhook, as KAZOO does."""
    import urllib.request  # noqa: PLC0415  (nothing else here speaks HTTP)

    event = {"hook_event": name, "account_id": account, "call_id": "leg", "timestamp": 63935919000}
    request = urllib.request.Request(
        stack.url("channel_events"),
        json.dumps({**event, "caller_id_number": "+14155550142"}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def test_an_event_goes_all_the_way(stack: Stack) -> None:
    """From KAZOO's webhook to the terminal, and nothing of another account."""
    subscribed, heard = threading.Event(), list[dict[str, Any]]()

    def say(text: str) -> None:
        if text.startswith("Subscribed"):
            subscribed.set()

    place = Place(stack.sockets_url, "sockets-development", LOCAL_ACCOUNT)
    listener = Listener(place, ("call.*.*",), say)

    def listen() -> None:
        for event in listener.events():
            heard.append(event)
            if event["name"] == "CHANNEL_DESTROY":
                return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert subscribed.wait(60)
    deliver(stack, "channel_create", THEIRS)
    deliver(stack, "channel_create")
    stack.wait_for_workers()
    deliver(stack, "channel_destroy")
    thread.join(60)
    assert [each["name"] for each in heard] == ["CHANNEL_CREATE", "CHANNEL_DESTROY"]
    assert {each["data"]["account_id"] for each in heard} == {LOCAL_ACCOUNT}
    assert "CHANNEL_CREATE  leg  +14155550142" in line(heard[0])


def test_a_connection_that_ends_is_opened_again(stack: Stack) -> None:
    """A client that is cut off subscribes again, and hears what happens from then on."""
    said = list[str]()

    def cut_off(_seconds: float) -> None:
        said.append("waited")

    place = Place(stack.sockets_url, "sockets-development", LOCAL_ACCOUNT)
    listener = Listener(place, ("call.*.*",), said.append, cut_off)
    events = listener.events()
    gateway = stack.own.sockets
    assert gateway

    def act() -> None:
        while not said:
            time.sleep(0.01)
        for each in gateway.connections:
            gateway.close(each)
        while "waited" not in said or not said[-1].startswith("Subscribed"):
            time.sleep(0.01)
        deliver(stack, "channel_answer")

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    assert next(events)["name"] == "CHANNEL_ANSWER"
    thread.join(10)
    events.close()  # type: ignore[attr-defined]


def test_a_refused_subscription_ends_the_command(stack: Stack) -> None:
    """A wrong binding or token is the server's error, in its words."""
    place = Place(stack.sockets_url, "sockets-development", LOCAL_ACCOUNT)
    with pytest.raises(RefusedError, match="event NOPE not supported"):
        next(Listener(place, ("call.NOPE.*",)).events())
    with pytest.raises(RefusedError, match="failed to authenticate token wrong"):
        next(Listener(replace(place, token="wrong"), ("call.*.*",)).events())


def test_the_command_prints_events(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pivotctl sockets --json` prints each event as a line, of any blackhole."""
    monkeypatch.setenv(sockets.TOKEN, "sockets-development")
    arguments = ["--url", stack.sockets_url, "--json", "--count", "1", "call.CHANNEL_BRIDGE.*"]
    timer = threading.Timer(0.0, lambda: None)

    class Watched(Listener):
        def _opened(self) -> websockets.sync.client.ClientConnection:
            opened = super()._opened()
            nonlocal timer
            timer = threading.Timer(0.0, deliver, (stack, "channel_bridge"))
            timer.start()
            return opened

    monkeypatch.setattr(sockets, "Listener", Watched)
    result = CliRunner().invoke(sockets.command, arguments)
    timer.join()
    printed = [each for each in result.output.splitlines() if each.startswith("{")]
    assert (result.exit_code, len(printed)) == (0, 1), result.output
    assert json.loads(printed[0])["name"] == "CHANNEL_BRIDGE"


def test_the_command_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a server the command ends with the address, and without a stack with the fix."""
    result = CliRunner().invoke(sockets.command, ["--url", "ws://127.0.0.1:9/live"])
    assert "No connection to ws://127.0.0.1:9/live" in result.output
    monkeypatch.setattr(sockets, "running", lambda _project: None)
    assert "start `pivotctl serve`" in CliRunner().invoke(sockets.command, []).output
