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

from campaign.customer import Customer
from campaign.effects import WORKERS, Effects, effects
from campaign.kazoo import Kazoo
from campaign.ledger import Ledger, Sent, acknowledged, deliveries_of, items_in, lost
from campaign.mix import CDR_SINK, Parcel, Targets, mixed
from campaign.orders import Orders, orders
from campaign.troubles import Troubles
from pivotctl.commands.dead_letters import dead_letters
from pivotctl.commands.logged_deliveries import find
from pivotctl.commands.records_table import TABLE
from pivotctl.commands.replay import ReplayResult, replayed
from pivotctl.local.webhooks import ACTION, RECEIVERS
from pivotctl.stack.mappings import StreamMapping

if TYPE_CHECKING:
    from pivotctl.stack import Stack

SPOOLER = "spooled_deliveries"
FUNCTIONS = (*RECEIVERS, CDR_SINK, SPOOLER, *WORKERS)
"""Functions in the stack of a campaign."""

_LOGGED = {
    "stored": "stored at once",
    "duplicate": "already there",
    "queued": "queued",
    "spooled": "spooled to the log",
}
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
_DRAIN_SECONDS, _PAUSE_SECONDS = 900.0, 5.0
# A worker that was killed amid an effect leaves it claimed for as long as Lambda would have let it
# run. Meanwhile each attempt to repeat it fails, and counts.
_ROUND = 22
_REDRIVES = 5


class DrainError(Exception):
    """A queue is not empty in the end."""


@dataclass(frozen=True)
class Plan:
    """Options: the number of deliveries, how many at a time, and the troubles meanwhile.

    `outage` is the length of an outage, in deliveries, and `orders` the number of orders in which
    records are merged again. More deliveries than planned are sent if the
    troubles take longer.
    """

    deliveries: int = 6000
    kills: int = 6
    worker_kills: int = 5
    restarts: int = 2
    cuts: int = 1
    outage: int = 100
    at_a_time: int = 4
    seed: int = 1
    orders: int = 1000


@dataclass(frozen=True)
class Result:
    """Results of a campaign.

    `kept` counts deliveries by their first store, as the receivers logged it; `unreadable` are
    incomplete lines of deliveries in the log; `failures` are failed invocations by Lambda's name of
    the error; `unacknowledged_there` are deliveries in the table that got no 200.

    `effects` are those of the workers; `carried` counts the stream's records that outlived a
    restart outside the store; `redriven` are deliveries that a worker gave up and that were sent
    back, by worker;
    `again` is what a second replay of the same log did; `posted_again` are events that came to the
    customer's endpoint under an ID it knew; `orders` are those in which records were merged again.
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
    effects: list[Effects]
    worker_kills: Mapping[str, int]
    carried: int
    redriven: Mapping[str, int]
    again: Counter[ReplayResult]
    posted_again: int
    orders: Orders

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
    customer: Customer = field(default_factory=Customer)
    redriven: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = Random(self.plan.seed)  # noqa: S311 an order, not a secret
        self.targets = Targets.of(self.stack)
        self.kazoo = Kazoo([each for each in self.targets.hooks if each.hook != ACTION])
        receivers = sorted({*RECEIVERS, CDR_SINK} & {*self.stack.info.functions})
        self.troubles = Troubles(
            self.stack, self.ledger, receivers, WORKERS, self.chance, self.plan.outage, self.say
        )

    def run(self) -> Result:
        """Send everything, wait until it had its effects, and check the tables."""
        began = time.monotonic()
        with self.customer.registered(self.stack):
            self._send(mixed(self.targets, self.plan.deliveries, self.chance))
            self._drain()
            replayed, unreadable = replay(self.stack)
            again, _ = replay(self.stack)
            self._drain()
        return self._result(began, replayed, unreadable, again)

    def _drain(self) -> None:
        """Wait until no worker has anything left to do; send back what they gave up."""
        for _ in range(_REDRIVES):
            self.say("waiting for the workers")
            drain(self.stack)
            sent_back = redriven(self.stack)
            if not sent_back:
                return
            self.say(f"sent back what was given up: {', '.join(sent_back)}")
            self.redriven += sent_back
        raise DrainError(f"given up again and again: {', '.join(sent_back)}")

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
        planned = troubles.planned(plan.kills, plan.restarts, plan.cuts, plan.worker_kills)
        troubles.make(planned, plan.deliveries)

    def _result(
        self,
        began: float,
        fates: Counter[ReplayResult],
        unreadable: int,
        again: Counter[ReplayResult],
    ) -> Result:
        client, table = self.stack.own.aws.dynamodb(), self.stack.tables[TABLE]
        stored = list(items_in(client, table))
        items = list(deliveries_of(stored))
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
            effects=effects(self.stack, stored, self.customer),
            worker_kills=self.troubles.worker_kills,
            carried=carried(self.stack),
            redriven=self.redriven,
            again=again,
            posted_again=self.customer.repeated,
            orders=orders(stored, self.plan.orders, self.chance),
        )


def drain(stack: Stack) -> None:
    """Wait until the workers have emptied their queues. Raises `DrainError`."""
    until = time.monotonic() + _DRAIN_SECONDS
    while True:
        stack.wait_for_workers(_DRAIN_SECONDS)
        left = sum(waiting(stack, queue) for queue in _queues(stack))
        if not left:
            return
        if time.monotonic() > until:
            raise DrainError(f"{left} deliveries are still in the queues")
        stack.retry_failed()
        time.sleep(_PAUSE_SECONDS)


def redriven(stack: Stack) -> Counter[str]:
    """Send back what each worker gave up, and count it.

    Dead letters of a queue go back as by `pivotctl dead-letters --redrive`, and records of the
    stream by hand (docs/guides/recover-deliveries.md).
    """
    sqs = stack.own.aws.sqs()
    letters = [each for each in dead_letters(stack.queues) if each.source_url]
    found = Counter({each.worker: each.redrive(sqs) for each in letters if each.waiting(sqs)})
    found += Counter({each.function.name: each.redeliver() for each in _streams(stack)})
    return +found


def _queues(stack: Stack) -> list[str]:
    """The queues that feed the workers."""
    sources = [
        source.source
        for name in (SPOOLER, *WORKERS)
        for source in stack.project.function(name).event_sources
    ]
    return [name for name in sources if name in stack.queues]


def _streams(stack: Stack) -> list[StreamMapping]:
    return [each for each in stack.own.mappings if isinstance(each, StreamMapping)]


def carried(stack: Stack) -> int:
    """Return the number of the stream's records that outlived a restart outside the store."""
    return sum(each.carried for each in _streams(stack))


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
