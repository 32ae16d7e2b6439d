"""Troubles during a campaign: processes are killed, and stores are stopped, in turn."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from campaign.ledger import Ledger

if TYPE_CHECKING:
    from pivotctl.stack import Stack

_AIM_SECONDS = 0.001


@dataclass
class Troubles:
    """Makes trouble for *stack*; counts what it has done.

    An outage lasts until `outage` more deliveries were sent. Killed are `receivers`, and `workers`
    with a batch in hand.
    """

    stack: Stack
    ledger: Ledger
    receivers: Sequence[str]
    workers: Sequence[str]
    chance: Random
    outage: int
    say: Callable[[str], None]
    kills: Counter[str] = field(default_factory=Counter)
    worker_kills: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    cuts: int = 0

    def kill(self) -> None:
        """SIGKILL a handler at work, held there by a DynamoDB that does not answer.

        One whose answer was out is not counted; another is tried.
        """
        with self.stack.dynamodb.failing("silent"):
            self._kill_one(self.receivers, self.kills)

    def kill_worker(self) -> None:
        """SIGKILL a worker with a batch in hand."""
        self._kill_one(self.workers, self.worker_kills)

    def _kill_one(self, names: Sequence[str], kills: Counter[str]) -> None:
        while self.ledger.open:
            for name in self._targets(names, kills):
                if self.stack.kill_handler(name):
                    kills[name] += 1
                    self.say(f"killed a process of {name} at work")
                    return
            time.sleep(_AIM_SECONDS)

    def _targets(self, names: Sequence[str], kills: Counter[str]) -> list[str]:
        """Those of *names* that were hit least, in any order."""
        least = min(kills[name] for name in names)
        spared = [name for name in names if kills[name] == least]
        return self.chance.sample(spared, len(spared))

    def restart(self, *, killing: bool = False) -> None:
        """Stop DynamoDB and SQS, and start them again later, with what they had."""
        self.say("stopping DynamoDB and SQS")
        self.stack.stop_aws()
        self._half_an_outage()
        if killing:
            self.kill()
        self._half_an_outage()
        self.stack.restart_aws()
        self.restarts += 1
        self.say("DynamoDB and SQS are back")

    def cut(self, *, killing: bool = False) -> None:
        """Take DynamoDB alone away for a while."""
        self.say("cutting DynamoDB off")
        with self.stack.dynamodb.failing("refused"):
            self._half_an_outage()
        if killing:
            self.kill()
        with self.stack.dynamodb.failing("refused"):
            self._half_an_outage()
        self.cuts += 1
        self.say("DynamoDB is back")

    def _half_an_outage(self) -> None:
        self.ledger.wait_for(len(self.ledger.sent) + self.outage // 2)

    def planned(
        self, kills: int, restarts: int, cuts: int, worker_kills: int = 0
    ) -> list[Callable[[], None]]:
        """All troubles in any order. Half of the kills are in outages, as far as there are any."""
        outages = [self.restart] * restarts + [self.cut] * cuts
        amid = min(len(outages), kills // 2)
        found: list[Callable[[], None]] = [self.kill] * (kills - amid)
        found += [partial(each, killing=place < amid) for place, each in enumerate(outages)]
        found += [self.kill_worker] * worker_kills
        self.chance.shuffle(found)
        return found

    def make(self, planned: Sequence[Callable[[], None]], total: int) -> None:
        """Make each trouble when its part of *total* deliveries was sent."""
        for at, trouble in zip(moments(len(planned), total), planned, strict=True):
            if self.ledger.wait_for(at):
                trouble()


def moments(number: int, total: int) -> Iterator[int]:
    """After how many of *total* deliveries each trouble comes: spread evenly, none at the end."""
    return (total * (place + 1) // (number + 1) for place in range(number))
