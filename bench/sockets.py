"""Measure WebSockets on this machine: connections, events a second, losses, latency, and memory.

    python -m bench.sockets [--sockets 1000] [--rate 200] [--seconds 20] [--share 1]

Each account has --share sockets, and each event goes to those of one account. First the events are
put into the worker's queue at the rate: that is what the worker, the table, and the local gateway
carry. Then some webhooks go the whole way from KAZOO, one after the other, as a screen pop does.
Clients run in a process of their own. `bench.screen_pop` goes on to a page in a browser.
"""

import asyncio
import json
import multiprocessing
import resource
import time
import urllib.request
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import click
import websockets
from websockets.asyncio.client import ClientConnection

from bench.latencies import line
from pivotctl.project import Project
from pivotctl.stack import Stack, session
from pivotctl.stack.aws import sqs_at
from pivotkit.store.records import Delivery
from pivotkit.workers.bus import detail_of

FUNCTIONS = ("channel_events", "event_bus", "sockets", "blackhole")
KEY = "sockets-development"
OPENING = 50
"""Connections that are opened at the same time."""

BATCH = 10
DRAIN_SECONDS = 60.0
WHOLE_WAY = 30


class Load(NamedTuple):
    """The code that is measured."""

    sockets: int
    rate: int
    seconds: int
    share: int

    @property
    def accounts(self) -> list[str]:
        """The IDs of the accounts."""
        return [f"{at:032x}" for at in range(self.sockets // self.share)]

    @property
    def events(self) -> int:
        """The number of events."""
        return self.rate * self.seconds


# -- clients ---------------------------------------------------------------------------------------


class Clients:
    """All sockets, and how long each message was on its way, in seconds."""

    def __init__(self, url: str, load: Load) -> None:
        self._url = url
        self._load = load
        self._open: list[ClientConnection] = []
        self.late: list[float] = []

    async def open(self) -> None:
        """Open and subscribe every socket, some at a time."""
        gate = asyncio.Semaphore(OPENING)

        async def one(account: str) -> None:
            async with gate:
                client = await websockets.connect(self._url, ping_interval=None, open_timeout=60)
                data = {"account_id": account, "binding": "call.*.*"}
                said = {"action": "subscribe", "auth_token": KEY, "data": data}
                await client.send(json.dumps(said))
                if json.loads(await client.recv())["status"] != "success":
                    raise click.ClickException("a subscription was refused")
                self._open.append(client)

        await asyncio.gather(*map(one, self._load.accounts * self._load.share))

    async def listen(self) -> None:
        """Take messages from every socket, until this is canceled."""
        await asyncio.gather(*map(self._take, self._open))

    async def _take(self, client: ClientConnection) -> None:
        async for text in client:
            self.late.append(time.time() - json.loads(text)["data"]["sent_at"])

    async def received(self, count: int, seconds: float) -> None:
        """Wait until *count* messages have come, or the time is over."""
        end = time.monotonic() + seconds
        while len(self.late) < count and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def run_clients(url: str, load: Load, pipe: Connection) -> None:
    """Open all sockets, say so, and send the latencies when a number of messages is asked for."""

    async def run() -> None:
        clients = Clients(url, load)
        began = time.monotonic()
        await clients.open()
        pipe.send(time.monotonic() - began)
        listening = asyncio.create_task(clients.listen())
        while (wanted := await asyncio.to_thread(pipe.recv)) is not None:
            await clients.received(wanted, load.seconds + DRAIN_SECONDS)
            pipe.send(clients.late)
            clients.late = []
        listening.cancel()

    asyncio.run(run())


# -- events ----------------------------------------------------------------------------------------


def event(account: str, call: str) -> dict[str, Any]:
    """An event of a new leg, with the time at which it is sent."""
    return {
        "account_id": account,
        "call_id": call,
        "hook_event": "channel_create",
        "call_direction": "outbound",
        "caller_id_number": "+14155550142",
        "timestamp": int(time.time()) + 62_167_219_200,
        "sent_at": time.time(),
    }


def on_the_bus(values: dict[str, Any]) -> str:
    """The message that the bus puts into the worker's queue for an event."""
    item = {
        "pk": {"S": f"{values['account_id']}#{values['call_id']}"},
        "sk": {"S": "event#channel_create#0f"},
        "received_at": {"N": str(int(time.time()))},
        "method": {"S": "POST"},
        "content_type": {"S": "application/json"},
        "body": {"S": json.dumps(values)},
    }
    detail = json.loads(detail_of(Delivery(item["pk"]["S"], item)))
    return json.dumps({"detail-type": "channel_create", "detail": detail})


def feed(stack: Stack, load: Load) -> float:
    """Put all events into the worker's queue at the rate; return the rate that was reached."""
    sqs, queue = sqs_at(stack.aws_url), stack.queues["SocketsQueue"]
    accounts, began = load.accounts, time.monotonic()
    for first in range(0, load.events, BATCH):
        entries = [
            {
                "Id": str(at),
                "MessageBody": on_the_bus(event(accounts[at % len(accounts)], f"leg-{at}")),
            }
            for at in range(first, min(first + BATCH, load.events))
        ]
        sqs.send_message_batch(QueueUrl=queue, Entries=entries)  # type: ignore[arg-type]
        for mapping in stack.own.mappings:
            mapping.wake()  # as the stack does when event_bus has put something on the bus
        time.sleep(max(0.0, began + (first + BATCH) / load.rate - time.monotonic()))
    return load.events / (time.monotonic() - began)


def deliver(stack: Stack, account: str, call: str) -> None:
    """Deliver a webhook, as KAZOO does."""
    body = json.dumps(event(account, call)).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(stack.url("channel_events"), body, headers)  # noqa: S310
    urllib.request.urlopen(request).close()  # noqa: S310


# -- report ----------------------------------------------------------------------------------------


def report(stack: Stack, load: Load, pipe: Connection) -> Iterator[str]:
    """Measure, and yield a line for each result."""
    opened = pipe.recv()
    yield f"{'connections':22} {load.sockets} opened and subscribed in {opened:.1f} s"
    reached = feed(stack, load)
    expected = load.events * load.share
    pipe.send(expected)
    yield line(f"queue at {reached:.0f}/s", expected, pipe.recv())
    for at in range(WHOLE_WAY):
        deliver(stack, load.accounts[0], f"whole-{at}")
        time.sleep(0.5)
    pipe.send(WHOLE_WAY * load.share)
    yield line("webhook to client", WHOLE_WAY * load.share, pipe.recv())
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield f"{'memory':22} {megabytes:.0f} MB in the process of the stack, its gateway included"


@click.command()
@click.option("--sockets", default=1000, show_default=True, help="Connections.")
@click.option("--rate", default=200, show_default=True, help="Events a second.")
@click.option("--seconds", default=20, show_default=True, help="Time for which events are sent.")
@click.option("--share", default=1, show_default=True, help="Sockets of an account.")
def main(sockets: int, rate: int, seconds: int, share: int) -> None:
    """Measure WebSockets on this machine."""
    load = Load(sockets, rate, seconds, share)
    ours, theirs = multiprocessing.Pipe()
    spawning = multiprocessing.get_context("spawn")
    with session(Project.find(), functions=FUNCTIONS, fresh=True, say=click.echo) as stack:
        arguments = (stack.sockets_url, load, theirs)
        clients = spawning.Process(target=run_clients, args=arguments, daemon=True)
        clients.start()
        for text in report(stack, load, ours):
            click.echo(text)
        ours.send(None)
        clients.join(10)


if __name__ == "__main__":
    main()
