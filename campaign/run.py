"""A campaign from the first delivery to the verdict."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from campaign.kazoo import Kazoo
from campaign.ledger import Ledger, Sent, acknowledged, deliveries_in, lost
from campaign.mix import CDR_SINK, Parcel, Targets, mixed
from campaign.troubles import Troubles
from pivotctl.commands.logged_deliveries import find
from pivotctl.commands.records_table import TABLE
from pivotctl.commands.replay import ReplayResult, replayed
from pivotctl.local.webhooks import ACTION, RECEIVERS

if TYPE_CHECKING:
    from pivotctl.stack import Stack

FUNCTIONS = (*RECEIVERS, CDR_SINK, "spooled_deliveries")
"""Functions in the stack of a campaign."""

SPOOL, DEAD = "SpoolQueue", "SpoolDeadLetterQueue"
_LOGGED = {
    "stored": "stored at once",
    "duplicate": "already there",
    "queued": "queued",
    "spooled": "spooled to the log",
}
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
_DRAIN_SECONDS, _PAUSE_SECONDS = 300.0, 0.5
_ROUND = 22


class DrainError(Exception):
    """The queue is not empty in the end."""


@dataclass(frozen=True)
class Plan:
    """Options: the number of deliveries, how many at a time, and the troubles meanwhile.

    `outage` is the length of an outage, in deliveries. More deliveries than planned are sent if the
    troubles take longer.
    """

    deliveries: int = 6000
    kills: int = 6
    restarts: int = 2
    cuts: int = 1
    outage: int = 100
    at_a_time: int = 4
    seed: int = 1


@dataclass(frozen=True)
class Result:
    """Results of a campaign.

    `kept` counts deliveries by their first store, as the receivers logged it; `unreadable` are
    incomplete lines of deliveries in the log; `failures` are failed invocations by Lambda's name of
    the error; `unacknowledged_there` are deliveries in the table that got no 200.
    """

    sent: list[Sent]
    lost: list[Parcel]
    kept: Mapping[str, int]
    replayed: Counter[ReplayResult]
    unreadable: int
    failures: Counter[str]
    kills: Mapping[str, int]
    restarts: int
    cuts: int
    switched_off: list[str]
    unacknowledged_there: int
    seconds: float

    @property
    def acknowledged(self) -> int:
        """The number of different deliveries answered with 200."""
        return len(acknowledged(self.sent))


@dataclass
class Campaign:
    """One run on *stack*, which is the campaign's own."""

    stack: Stack
    plan: Plan
    say: Callable[[str], None] = print
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        self.chance = Random(self.plan.seed)  # noqa: S311 an order, not a secret
        self.targets = Targets.of(self.stack)
        self.kazoo = Kazoo([each for each in self.targets.hooks if each.hook != ACTION])
        receivers = sorted({*RECEIVERS, CDR_SINK} & {*self.stack.info.functions})
        self.troubles = Troubles(
            self.stack, self.ledger, receivers, self.chance, self.plan.outage, self.say
        )

    def run(self) -> Result:
        """Send everything, wait until it is stored, and check the table."""
        began = time.monotonic()
        self._send(mixed(self.targets, self.plan.deliveries, self.chance))
        drain(self.stack)
        return self._result(began, *replay(self.stack))

    def _send(self, parcels: list[Parcel]) -> None:
        with ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(self.plan.at_a_time) as senders:
            trouble = beside.submit(self._trouble)
            try:
                self._deliver_all(senders, parcels)
                while not trouble.done():  # a trouble takes as long as the machine is busy
                    self._deliver_all(senders, mixed(self.targets, _ROUND, self.chance))
            finally:
                self.ledger.close()
        trouble.result()

    def _deliver_all(self, senders: ThreadPoolExecutor, parcels: list[Parcel]) -> None:
        for _ in senders.map(self._deliver, parcels):
            pass

    def _deliver(self, parcel: Parcel) -> None:
        self.ledger.note(self.kazoo.deliver(parcel))
        number, total = len(self.ledger.sent), self.plan.deliveries
        if number <= total and number % max(total // 10, 1) == 0:
            self.say(f"{number} of {total} sent")

    def _trouble(self) -> None:
        plan, troubles = self.plan, self.troubles
        planned = troubles.planned(plan.kills, plan.restarts, plan.cuts)
        troubles.make(planned, plan.deliveries)

    def _result(self, began: float, fates: Counter[ReplayResult], unreadable: int) -> Result:
        client, table = self.stack.own.aws.dynamodb(), self.stack.tables[TABLE]
        items = list(deliveries_in(client, table))
        wanted, sent = acknowledged(self.ledger.sent), self.ledger.sent
        others = {each.parcel.content: each.parcel for each in sent if not each.acknowledged}
        never = {content: parcel for content, parcel in others.items() if content not in wanted}
        return Result(
            sent=sent,
            lost=lost(wanted, items),
            kept=kept(self.stack, self.troubles.receivers),
            replayed=fates,
            unreadable=unreadable,
            failures=failures(self.stack, self.troubles.receivers),
            kills=self.troubles.kills,
            restarts=self.troubles.restarts,
            cuts=self.troubles.cuts,
            switched_off=self.kazoo.switched_off(),
            unacknowledged_there=len(never) - len(lost(never, items)),
            seconds=time.monotonic() - began,
        )


def drain(stack: Stack) -> None:
    """Wait until the spool's worker has emptied its queue. Raises `DrainError`."""
    until = time.monotonic() + _DRAIN_SECONDS
    while waiting(stack, SPOOL):
        if time.monotonic() > until:
            raise DrainError(f"{waiting(stack, SPOOL)} deliveries are still in the queue")
        stack.wait_for_workers(_DRAIN_SECONDS)
        stack.retry_failed()
        time.sleep(_PAUSE_SECONDS)
    if dead := waiting(stack, DEAD):
        raise DrainError(f"{dead} deliveries were given up: they are in {DEAD}")


def waiting(stack: Stack, queue: str) -> int:
    """Return the number of messages in a queue, including those in flight."""
    client: Any = stack.own.aws.sqs()  # its types want literals
    found = client.get_queue_attributes(QueueUrl=stack.queues[queue], AttributeNames=_COUNTS)
    return sum(int(found["Attributes"][name]) for name in _COUNTS)


def replay(stack: Stack) -> tuple[Counter[ReplayResult], int]:
    """Store what was written to the logs; what became of it, and how much cannot be read."""
    text = "\n".join(line for name in stack.info.functions for line in stack.logs(name))
    found = find(text)
    fates = replayed(stack.own.aws.dynamodb(), stack.tables[TABLE], found)
    return Counter(fates), found.unreadable


def kept(stack: Stack, receivers: Iterable[str]) -> Counter[str]:
    """Return the first stores of deliveries, from the receivers' logs."""
    lines = (line for name in receivers for line in stack.logs(name) if line.startswith("{"))
    return Counter(_LOGGED[word] for line in lines if (word := _word(line)) in _LOGGED)


def failures(stack: Stack, receivers: Iterable[str]) -> Counter[str]:
    """Return the numbers of failures of the receivers, by Lambda's name of the error."""
    pools = stack.own.pools
    return sum((pools[name].failures for name in receivers if name in pools), Counter())


def _word(line: str) -> str:
    try:
        return str(json.loads(line).get("message"))
    except ValueError:
        return ""
