"""The last agent of a caller, learned from a call's events."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from pivotkit.calls.call import Call
from pivotkit.lookups.last_agents import LastAgents
from pivotkit.store.records import Delivery, Fact, Record, State
from tests.accounts import FIRST
from tests.functions import ROOT, load

CALLER, ANN = "+14155550123", "b2c0a4e1d3f5968778695a4b3c2d1e0f"
EARLIER = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
LATER = EARLIER + timedelta(seconds=1)
SPOKE: dict[str, Fact] = {
    "caller_id_number": CALLER,
    "owner_id": ANN,
    "call_direction": "outbound",
}


ACCOUNT, OTHER = "a" * 32, "b" * 32


def call(number: str, account_id: str = ACCOUNT) -> Call:
    """A call from *number*."""
    return Call(account_id, "c1", "kazoo", caller_id_number=number)


def leg(state: State, at: datetime | None, facts: dict[str, Fact]) -> Delivery:
    """A delivery about a leg."""
    record = Record(state, at, facts).as_json()
    return Delivery(f"{ACCOUNT}#c1", {"sk": {"S": "event#1"}, "record": {"S": record}})


@pytest.fixture
def agents(tables: Mapping[str, str]) -> LastAgents:
    """An empty list of last agents."""
    assert tables
    return LastAgents(days=1)


def test_the_last_agent_is_remembered(agents: LastAgents) -> None:
    """Of several conversations with a caller, the last one counts, and only for this caller."""
    assert agents.of(call(CALLER)) is None
    assert agents.remember(leg("bridged", EARLIER, SPOKE | {"owner_id": "somebody else"}))
    assert agents.remember(leg("bridged", LATER, SPOKE))
    assert agents.of(call(CALLER)) == ANN
    assert agents.of(call("+14155550124")) is None
    assert agents.of(call(CALLER, OTHER)) is None


def test_what_comes_late(agents: LastAgents) -> None:
    """A late or repeated delivery changes nothing."""
    assert agents.remember(leg("bridged", LATER, SPOKE))
    for at in (EARLIER, LATER, None):
        assert not agents.remember(leg("bridged", at, SPOKE | {"owner_id": "somebody else"}))
    assert agents.of(call(CALLER)) == ANN


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        ("answered", {}),
        ("ended", {}),
        ("bridged", {"call_direction": "inbound"}),
        ("bridged", {"owner_id": None}),
        ("bridged", {"caller_id_number": "anonymous"}),
        ("bridged", {"caller_id_number": "1001"}),
        ("bridged", {"caller_id_number": None}),
    ],
)
def test_what_is_no_conversation(agents: LastAgents, state: State, facts: dict[str, Fact]) -> None:
    """Only a bridged leg to a user, from an outside number, is a conversation."""
    assert not agents.remember(leg(state, None, SPOKE | facts))
    assert agents.of(call(CALLER)) is None
    assert agents.of(call("")) is None


def test_an_entry_of_somebody_else(agents: LastAgents) -> None:
    """An entry without a user is ignored."""
    assert agents.remember(leg("bridged", None, SPOKE | {"owner_id": 7}))
    assert agents.of(call(CALLER)) is None


def test_the_worker(agents: LastAgents, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker stores the agent of each conversation, and ignores unreadable deliveries."""
    monkeypatch.setenv("DAYS", "7")
    handler = load("workers/last_agents")
    event = json.loads((ROOT / "events/workers/last_agents/sqs.json").read_text("utf-8"))
    (record,) = event["Records"]
    body = json.loads(record["body"])
    unread = {**record, "body": json.dumps({"detail": body["detail"] | {"record": None}})}
    context = SimpleNamespace(aws_request_id="1", function_name="last_agents")
    context.get_remaining_time_in_millis = lambda: 60_000

    assert handler({"Records": [unread, record]}, context) == {"batchItemFailures": []}
    assert agents.of(call("+14155550142", FIRST.account_id)) == ANN
