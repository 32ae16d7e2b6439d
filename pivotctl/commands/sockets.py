"""`pivotctl sockets`: prints an account's events as they come over a WebSocket."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from typing import Any
from urllib.parse import urlsplit

import click
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect

from pivotctl.commands.accounts import ACCOUNT_HELP, account_of
from pivotctl.commands.named_stack import stack_named
from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.deployed import DeployedError
from pivotctl.keys import KeyFile, KeyFileError, development_key
from pivotctl.project import Project, ProjectError
from pivotctl.stack import running

EVERY = ("call.*.*", "object.*.*")
TOKEN = "PIVOTCTL_SOCKETS_TOKEN"  # noqa: S105  (the name of a variable)
PING_SECONDS = 240.0
"""Time without a message after which a ping is sent: API Gateway closes after ten minutes."""

_WAITS = (1.0, 2.0, 5.0, 10.0)
_LONGEST_WAIT = 30.0
_KIND = "sockets"
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class RefusedError(Exception):
    """The server refuses the subscription. The text is its own."""


@dataclass(frozen=True)
class Place:
    """An address to connect to, with a token, for an account."""

    url: str
    token: str
    account: str


@click.command(epilog="Example: pivotctl sockets 'call.CHANNEL_CREATE.*' --stack pivot-functions")
@click.argument("bindings", nargs=-1, metavar="[BINDING]...")
@click.option("--stack", metavar="STACK", help="A deployed stack.  [the local stack]")
@click.option(
    "--url", metavar="URL", help=f"Any blackhole, such as KAZOO's own; its token is in {TOKEN}."
)
@click.option("--account", callback=account_of, metavar="ACCOUNT", help=ACCOUNT_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print each event whole, as a line of JSON.")
@click.option("--count", type=click.IntRange(1), help="Stop after this number of events.")
def command(
    *,
    bindings: tuple[str, ...],
    stack: str | None,
    url: str | None,
    account: str | None,
    as_json: bool,
    count: int | None,
) -> None:
    """Subscribe to BINDINGs (default: all calls and documents), and print events as they come.

    A connection that ends is opened again, and subscribed again. For a deployed stack the key comes
    from your key file; for --url it is in the environment.
    """
    try:
        place = _place(stack, url, account or ACCOUNT_ID)
        events = Listener(
            place, bindings or EVERY, lambda text: click.echo(text, err=True)
        ).events()
        for event in islice(events, count):
            click.echo(json.dumps(event, ensure_ascii=False) if as_json else line(event))
    except (ProjectError, DeployedError, KeyFileError, RefusedError) as error:
        raise click.ClickException(str(error)) from error
    except (OSError, InvalidHandshake, InvalidURI) as error:
        raise click.ClickException(f"No connection to {place.url}: {error}") from error


def _place(stack: str | None, url: str | None, account: str) -> Place:
    if url:
        return Place(url, os.environ.get(TOKEN, ""), account)
    if stack:
        deployed, keys = stack_named(stack), KeyFile()
        key = keys.key(stack, _KIND, account) or keys.key(stack, _KIND)
        if key is None:
            fix = f"make one with `pivotctl key --for {_KIND} --account {account} --save {stack}`"
            raise KeyFileError(f"{keys.path} has no key for {_KIND} of {stack}: {fix}")
        return Place(deployed.output("SocketsUrl"), key, account)
    info = running(Project.find())
    if info is None:
        raise ProjectError("No stack is running: start `pivotctl serve`, or pass --stack or --url")
    if not info.sockets_url:
        raise ProjectError("The running stack has no WebSocket API: add the function blackhole")
    return Place(info.sockets_url, development_key(_KIND), account)


@dataclass
class Listener:
    """A client of a blackhole that keeps its subscriptions. `say` gets notes about connections."""

    place: Place
    bindings: tuple[str, ...]
    say: Callable[[str], None] = lambda _: None
    sleep: Callable[[float], None] = time.sleep
    ping_seconds: float = PING_SECONDS
    _known: set[str] = field(default_factory=set)

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield events for ever. Raises `RefusedError`, and what the first connection raises.

        After a connection has ended, the next one is tried until it opens.
        """
        connection = self._opened()
        while True:
            with connection:
                yield from self._of(connection)
            self.say("The connection has ended. Connecting again ...")
            connection = self._again()

    def _again(self) -> ClientConnection:
        for seconds in chain(_WAITS, repeat(_LONGEST_WAIT)):
            self.sleep(seconds)
            try:
                return self._opened()
            except (OSError, InvalidHandshake, ConnectionClosed):
                continue
        raise AssertionError  # the waits never end

    def _opened(self) -> ClientConnection:
        """A connection with all subscriptions."""
        direct = {"proxy": None} if urlsplit(self.place.url).hostname in _LOCAL else {}
        with ExitStack() as unless_subscribed:
            connection = unless_subscribed.enter_context(
                connect(self.place.url, ping_interval=None, **direct)
            )
            for binding in self.bindings:
                self._subscribe(connection, binding)
            unless_subscribed.pop_all()
        self.say(f"Subscribed to {', '.join(self.bindings)} of {self.place.account}.")
        return connection

    def _subscribe(self, connection: ClientConnection, binding: str) -> None:
        data = {"account_id": self.place.account, "binding": binding}
        message = {"action": "subscribe", "auth_token": self.place.token, "data": data}
        connection.send(json.dumps({**message, "request_id": binding}))
        for reply in self._messages(connection):
            if reply.get("request_id") == binding:
                break
        else:
            raise ConnectionResetError("the server closed the connection")
        if reply.get("status") != "success":
            said = (reply.get("data") or {}).get("errors") or ["refused"]
            raise RefusedError(f"{binding}: {'; '.join(map(str, said))}")

    def _of(self, connection: ClientConnection) -> Iterator[dict[str, Any]]:
        """Yield the events of a connection, without those that came before, until it ends."""
        for message in self._messages(connection):
            if message.get("action") == "event" and self._is_new(message):
                yield message

    def _is_new(self, event: Mapping[str, Any]) -> bool:
        identifier = (event.get("data") or {}).get("msg_id")
        key = f"{identifier} {event.get('subscribed_key')}"
        if identifier and key in self._known:
            return False
        self._known.add(key)
        return True

    def _messages(self, connection: ClientConnection) -> Iterator[dict[str, Any]]:
        while True:
            try:
                text = connection.recv(timeout=self.ping_seconds)
            except TimeoutError:
                connection.send('{"action":"ping"}')
                continue
            except ConnectionClosed:
                return
            found = json.loads(text)
            if isinstance(found, dict):
                yield found


def line(event: Mapping[str, Any]) -> str:
    """Return an event as one line: time, name, call or document, and parties."""
    data = event.get("data") or {}
    about = data.get("call_id") or data.get("id") or ""
    parties = " -> ".join(
        _party(data, name) for name in ("caller_id", "callee_id") if _party(data, name)
    )
    kind, cause = data.get("type") or "", data.get("hangup_cause") or ""
    words = (time.strftime("%H:%M:%S"), event.get("name") or "", kind, about, parties, cause)
    return "  ".join("".join(filter(str.isprintable, str(word))) for word in words if word)


def _party(data: Mapping[str, Any], name: str) -> str:
    return str(data.get(f"{name}_number") or data.get(f"{name}_name") or "")
