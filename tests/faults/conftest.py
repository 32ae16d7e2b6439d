"""Receivers with stores that can die, and a KAZOO that delivers to them by its own rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from random import SystemRandom
from typing import TYPE_CHECKING, Any

import pytest

import pivotctl.stack
from campaign.kazoo import Kazoo
from campaign.ledger import Sent, deliveries_in
from campaign.mix import CDR_SINK, Parcel, Targets, one_round
from pivotctl.local.webhooks import ACTION, ALL, RECEIVERS
from pivotctl.stack.faults import Wire

if TYPE_CHECKING:
    from pivotctl.project import Project
    from pivotctl.stack import Stack

TAKERS = (*RECEIVERS, CDR_SINK)
FUNCTIONS = (*TAKERS, "recordings", "spooled_deliveries", "call_records")
ROUNDS = 6
"""As many failures of one hook as KAZOO's rule needs; and every encoding is among them."""

AT_A_TIME = 6


@dataclass(frozen=True)
class Mortal:
    """A stack whose DynamoDB and SQS fail each by itself, as its functions see them."""

    stack: Stack
    dynamodb: Wire
    sqs: Wire

    @property
    def table(self) -> str:
        """The table of call records."""
        return self.stack.tables["CallRecordsTable"]

    @property
    def client(self) -> Any:
        """A client of DynamoDB that no fault concerns."""
        return self.stack.own.aws.dynamodb()

    def items(self) -> list[dict[str, Any]]:
        """The deliveries that the table has."""
        return list(deliveries_in(self.client, self.table))

    def urls(self) -> Targets:
        """The URLs that KAZOO delivers to."""
        return Targets.of(self.stack)


@pytest.fixture(scope="module")
def mortal(project: Project) -> Iterator[Mortal]:
    """A stack of the receivers, the sink of CDRs, and the workers that store and merge."""
    queue = Wire(0)
    variables = {"Parameters": {"AWS_ENDPOINT_URL_SQS": queue.url}}
    # Twice Lambda's limits: with more, two stores that fail in turn outlast the poster of CDRs.
    patient = replace(project, patience=2.0)
    with pivotctl.stack.session(
        patient, functions=FUNCTIONS, env=variables, fresh=True, wire=True
    ) as stack:
        queue.port = stack.own.aws.port
        yield Mortal(stack, stack.dynamodb, queue)
        queue.close()


@pytest.fixture(scope="module")
def kazoo_of_all(mortal: Mortal) -> Kazoo:
    """KAZOO, which counts failures over all tests of a module."""
    return kazoo_for(mortal)


def kazoo_for(mortal: Mortal) -> Kazoo:
    """A KAZOO with the hooks of a stack, and no failures so far."""
    return Kazoo([each for each in mortal.urls().hooks if each.hook != ACTION])


@pytest.fixture
def kazoo(kazoo_of_all: Kazoo) -> Iterator[Kazoo]:
    """KAZOO, which has no reason to disable a hook: not in this test, and not in those before."""
    yield kazoo_of_all
    never_disabled(kazoo_of_all)


def never_disabled(kazoo: Kazoo) -> None:
    """Fail if KAZOO's rule has disabled a hook, or will when it looks the next time."""
    assert kazoo.switched_off() == [], "KAZOO has disabled these hooks"


def parcels(mortal: Mortal, receivers: Sequence[str] = TAKERS) -> list[Parcel]:
    """Deliveries to each receiver, as many of one hook as its rule needs, in every encoding."""
    drawn, targets = SystemRandom(), mortal.urls()
    narrow = Targets([each for each in targets.hooks if each.hook != ALL], targets.cdr_url)
    wide = Targets([each for each in targets.hooks if each.hook == ALL], targets.cdr_url)
    found = []
    for number in range(ROUNDS):
        both = [*one_round(narrow, number, drawn), *one_round(wide, number, drawn)]
        found += [next(each for each in both if each.receiver == name) for name in receivers]
    return found


def deliver(kazoo: Kazoo, sent: Sequence[Parcel]) -> list[Sent]:
    """Deliver everything, several at a time."""
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        return list(threads.map(kazoo.deliver, sent))
