"""From KAZOO's webhook to other services: receiver, stream, bus, queue, and worker."""

from __future__ import annotations

import json
import secrets
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from standardwebhooks import Webhook

import pivotctl.stack
from pivotctl.commands.fire import fired
from pivotctl.local.calls import local_scenario
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.world import Rung, World
from pivotctl.upstreams import FakeMode, FakeRequest
from scripts.make_events import CALLED_LEG
from scripts.sample_deliveries import ACCOUNT, MORE

if TYPE_CHECKING:
    from pivotctl.project import Project
    from pivotctl.stack import Stack

RECEIVERS = ("channel_events", "custom_events")
WORKERS = (
    "event_bus",
    "notify_chat",
    "update_row",
    "screen_pop",
    "billing_sync",
    "ivr_funnel",
    "fan_out",
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # published in the specification's own tests

type Deliver = Callable[..., None]


@pytest.fixture(scope="module")
def running(project: Project) -> Iterator[Stack]:
    """A stack with one receiver and the workers behind it."""
    with pivotctl.stack.session(
        project, functions=(*RECEIVERS, "ring_group", *WORKERS), fresh=True
    ) as stack:
        yield stack


@pytest.fixture
def stack(running: Stack) -> Stack:
    """The stack, whose services have received nothing."""
    running.wait_for_workers()
    running.upstreams.reset()
    return running


@pytest.fixture
def deliver(stack: Stack) -> Deliver:
    """Post an event as KAZOO does, and wait until the workers are done."""

    def posted(name: str, **changed: Any) -> None:
        body = json.dumps({**MORE.get(name, {}), **changed}).encode()
        headers = {"content-type": "application/json", "x-hook-id": "a" * 32}
        request = urllib.request.Request(stack.url("channel_events"), body, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200
        stack.wait_for_workers(40)

    return posted


def received(stack: Stack, service: str) -> list[FakeRequest]:
    """The requests that a service received."""
    return list(stack.upstreams[service].received)


def test_a_missed_call_is_posted_once(stack: Stack, deliver: Deliver) -> None:
    """A chat gets one message about a missed call, also when KAZOO repeats the webhook."""
    for _ in range(2):
        deliver("missed_call", call_id="once@192.0.2.1")
    (asked,) = received(stack, "chat")
    assert asked.body["text"] == "Missed call from Zoë Miller (+14155550142) to 6001."


def test_events_without_a_message(stack: Stack, deliver: Deliver) -> None:
    """Other events do not reach the worker, and a call with a voicemail gets one message."""
    deliver("missed_call", call_id="left@192.0.2.1", message_left=True)
    deliver("missed_call", event_name="voicemail_saved", call_id="saved@192.0.2.1")
    assert not received(stack, "chat")


def test_a_chat_that_is_down(stack: Stack, deliver: Deliver) -> None:
    """A message that the chat did not take waits in the queue, and is posted later."""
    stack.upstreams.chat.switch(FakeMode.DEAD)
    deliver("voicemail_new", voicemail_id="202601-down")
    assert len(received(stack, "chat")) == 1
    stack.upstreams.chat.is_well()
    stack.retry_failed()
    stack.wait_for_workers()
    first, second = received(stack, "chat")
    assert first.body == second.body
    assert second.body["text"].endswith("for 6001: “Please call me back.”")


def test_one_row_for_each_event(stack: Stack, deliver: Deliver) -> None:
    """A repeated event makes one row."""
    for _ in range(2):
        deliver("inbound_fax", fax_id="202601-row")
    (asked,) = received(stack, "rows")
    (record,) = asked.body["records"]
    assert record["fields"]["event"] == "inbound_fax"
    assert record["fields"]["caller_id_number"] == "+14155550142"
    stack.own.upstreams.rows.switch(FakeMode.ERROR)
    deliver("inbound_fax", fax_id="202601-again")
    stack.upstreams.rows.is_well()
    stack.retry_failed()
    stack.wait_for_workers()
    assert len(received(stack, "rows")) == 3


def test_a_screen_pops_up(stack: Stack, deliver: Deliver) -> None:
    """Agents see who is calling while their phone rings; the caller's own leg shows nothing."""
    now = int(time.time()) + 62_167_219_200
    rings = {**CALLED_LEG, "hook_event": "channel_create", "timestamp": now}
    deliver("channel_create", **{**rings, "call_id": "leg-b@192.0.2.1"})
    deliver(
        "channel_create", **{**rings, "call_id": "leg-a@192.0.2.1", "call_direction": "inbound"}
    )
    (asked,) = received(stack, "desk")
    assert asked.path == "/calls"
    assert (asked.body["state"], asked.body["call_id"]) == ("ringing", "leg-b@192.0.2.1")
    assert asked.body["caller"]["number"] == "+14155550142"


def test_billing_follows_objects(stack: Stack, deliver: Deliver) -> None:
    """A deleted document stays deleted, also when its creation is reported later."""
    place = f"/accounts/{ACCOUNT}/device"
    deliver("doc_created", id="1" * 32)
    deliver("doc_created", id="2" * 32, action="doc_deleted")
    deliver("doc_created", id="2" * 32)
    deliver("doc_created", id="3" * 32, type="media")
    assert [(asked.method, asked.path) for asked in received(stack, "billing")] == [
        ("PUT", f"{place}/{'1' * 32}"),
        ("DELETE", f"{place}/{'2' * 32}"),
        ("DELETE", f"{place}/{'2' * 32}"),
    ]


def test_steps_of_a_menu_are_counted(stack: Stack, deliver: Deliver) -> None:
    """A repeated step counts once, and drop-off is the difference."""
    for number, outcome in enumerate(("asked", "asked", "sales"), start=1):
        for _ in range(2):
            deliver("funnel", event_id=f"id-{number}", outcome=outcome, number=str(number))
    assert counted(stack, "welcome") == {"topic": {"asked": {"N": "2"}, "sales": {"N": "1"}}}


def counted(stack: Stack, funnel: str) -> dict[str, Any]:
    """The counts of a funnel by step, all of one day and account."""
    found = stack.own.aws.dynamodb().scan(
        TableName=stack.tables["DirectoryTable"],
        FilterExpression="begins_with(pk, :kind) AND begins_with(sk, :funnel)",
        ExpressionAttributeValues={":kind": {"S": "funnel#"}, ":funnel": {"S": f"{funnel}#"}},
    )["Items"]
    return {item["sk"]["S"].rpartition("#")[2]: item["value"]["M"] for item in found}


def test_a_stored_callflow_is_counted(stack: Stack) -> None:
    """The webhook action of a callflow counts once a call, although it always sends the same."""
    step = {"hook_event": "funnel", "funnel": "stored", "step": "welcome", "outcome": "reached"}
    action = {"uri": stack.url("custom_events"), "custom_data": step}
    flow = {"module": "webhook", "data": action, "children": {"_": {"module": "hangup"}}}
    scenario = replace(local_scenario(stack, "ring_group"), flow=flow)
    for call_id in ("stored-1@192.0.2.1", "stored-2@192.0.2.1"):
        Dialogue.place(replace(scenario, call_id=call_id)).runs("webhook", "funnel=stored")
    stack.wait_for_workers(40)
    assert counted(stack, "stored") == {"welcome": {"reached": {"N": "2"}}}


def test_a_fired_action_is_counted(stack: Stack) -> None:
    """`pivotctl fire callflow` takes the same path; a repeated delivery counts once."""
    values = ("hook_event=funnel", "funnel=fired", "step=welcome", "outcome=reached")
    options = [word for value in values for word in ("--set", value)]
    assert fired(stack, ("callflow", "--duplicate", *options)).good
    stack.wait_for_workers(40)
    assert counted(stack, "fired") == {"welcome": {"reached": {"N": "1"}}}


def test_a_customer_gets_events(stack: Stack, deliver: Deliver) -> None:
    """A customer's endpoint gets the events that it wants once, with valid signatures."""
    url = f"{stack.upstreams_url}/customer/hooks"
    entry = {"url": url, "secret": SECRET, "events": ["voicemail_new"]}
    stack.own.aws.dynamodb().put_item(
        TableName=stack.tables["DirectoryTable"],
        Item={
            "pk": {"S": f"endpoints#{ACCOUNT}"},
            "sk": {"S": "all"},
            "value": TypeSerializer().serialize({"endpoints": [entry]}),
        },
    )
    for name in ("voicemail_new", "voicemail_new", "missed_call"):
        deliver(name, call_id="customer@192.0.2.1", voicemail_id="202601-customer")
    (asked,) = received(stack, "customer")
    body = json.dumps(asked.body, ensure_ascii=False, separators=(",", ":"))
    assert Webhook(SECRET).verify(body, dict(asked.headers))["type"] == "voicemail_new"


ANN, BOB = "b2c0a4e1d3f5968778695a4b3c2d1e0f", "c3d1b5f2e4a6079889706b5c4d3e2f1a"


@pytest.mark.parametrize(
    ("outcomes", "shown"),
    [
        (
            {BOB: (Rung.NO_ANSWER,)},
            {ANN: ["answered", "over", "ringing"], BOB: ["over", "ringing"]},
        ),
        (
            {ANN: (Rung.NO_ANSWER,), BOB: (Rung.BUSY,)},
            {ANN: ["over", "ringing"], BOB: ["over", "ringing"]},
        ),
        ({ANN: (Rung.UNREGISTERED,)}, {BOB: ["answered", "over", "ringing"]}),
    ],
)
def test_screens_while_a_group_rings(
    stack: Stack, outcomes: dict[str, tuple[Rung, ...]], shown: dict[str, list[str]]
) -> None:
    """Each agent whose phone rings sees the caller until somebody takes the call."""
    call_id = f"{secrets.token_hex(6)}@192.0.2.1"
    scenario = local_scenario(stack, "ring_group", call_id=call_id)
    Dialogue.place(replace(scenario, world=World(endpoints=outcomes))).is_carried_through()
    stack.wait_for_workers(40)
    states: dict[str, list[str]] = {}
    for asked in received(stack, "desk"):
        assert asked.body["other_call_id"] == call_id
        assert asked.body["caller"]["number"] == scenario.caller
        states.setdefault(asked.body["user"], []).append(asked.body["state"])
    assert {user: sorted(each) for user, each in states.items()} == shown
