"""Through the real runtime: a receiver's process is killed while it stores a delivery."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from campaign.kazoo import Kazoo
from campaign.ledger import acknowledged, lost
from tests.faults.conftest import Mortal, deliver, parcels

if TYPE_CHECKING:
    from pivotctl.stack.faults import Fault

pytestmark = pytest.mark.slow
RECEIVER = "channel_events"


@pytest.mark.parametrize(("fault", "stored"), [("silent", False), ("unanswered", True)])
def test_killed_while_it_stores(
    fault: Fault, mortal: Mortal, kazoo: Kazoo, *, stored: bool
) -> None:
    """KAZOO gets a 500, counts it and sends nothing again, whether the delivery was stored or not.

    The next deliveries meet a new process.
    """
    first, doomed, *others = parcels(mortal, [RECEIVER])
    assert kazoo.deliver(first).acknowledged
    done = mortal.dynamodb.unanswered
    with (
        mortal.stack.own.paused_workers(),
        mortal.dynamodb.failing(fault),
        mortal.dynamodb.recorded() as calls,
        ThreadPoolExecutor(1) as threads,
    ):
        asked = threads.submit(kazoo.deliver, doomed)
        while not calls or stored > mortal.dynamodb.unanswered - done:
            assert not asked.done()
            time.sleep(0.001)
        assert mortal.stack.kill_handler(RECEIVER)
    sent = asked.result()
    assert (sent.status, sent.tries) == (500, 1)
    assert (lost({doomed.content: doomed}, mortal.items()) == []) is stored
    after = deliver(kazoo, others)
    assert all(each.acknowledged for each in after)
    assert lost(acknowledged(after), mortal.items()) == []
