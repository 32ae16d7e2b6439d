"""Through the real runtime: DynamoDB is stopped, silent or throttled, and callers are served."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

import pivotctl.stack
from pivotctl.project import Project
from pivotctl.stack import Stack
from pivotctl.stack.faults import Fault
from tests.events import ACCOUNT
from tests.faults.caller import ask, post

FAULTS: tuple[Fault, ...] = ("cut", "silent", "throttled")
pytestmark = pytest.mark.slow


def hook(call_id: str) -> str:
    """A delivery of an ended call."""
    return (
        f"account_id={ACCOUNT}&call_id={call_id}&hook_event=channel_destroy&"
        "timestamp=63885519612&hangup_cause=NORMAL_CLEARING"
    )


def cdr(call_id: str) -> str:
    """The CDR of a B leg, which names the call."""
    return f"Call-Direction=outbound&Duration-Seconds=4&Other-Leg-Call-ID={call_id}"


FUNCTIONS = (
    *("say_hello", "account_balance", "channel_events", "cdr_url"),
    *("call_records", "event_bus", "spooled_deliveries"),
)
RECEIVERS: dict[str, Callable[[str], str]] = {"channel_events": hook, "cdr_url": cdr}


@pytest.fixture(scope="module")
def stack(project: Project) -> Iterator[Stack]:
    """A stack with the timeouts of Lambda: they are the promise."""
    quick = replace(project, patience=1.0)
    with pivotctl.stack.session(quick, functions=FUNCTIONS, fresh=True, wire=True) as running:
        yield running


def deliveries(stack: Stack, key: str) -> list[dict[str, Any]]:
    """The items of a call in CallRecords, without the merged record."""
    client: Any = stack.own.aws.dynamodb()
    found = client.query(
        TableName=stack.tables["CallRecordsTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": key}},
        ConsistentRead=True,
    )
    return [item for item in found["Items"] if item["sk"]["S"] != "record"]


def warm(stack: Stack, *names: str) -> None:
    """Have the functions started: INIT is not what is measured here."""
    for name in names:
        post(stack.url(name), "")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_conversation(fault: Fault, stack: Stack) -> None:
    """With DynamoDB out of reach a caller is connected to somebody instead, in time."""
    url = stack.url("account_balance")
    warm(stack, "account_balance")
    with stack.dynamodb.failing(fault):
        heard = ask(url, f"call {fault}")
    assert heard.in_time, heard
    assert heard.executes
    assert json.loads(heard.body)["module"] == "user"
    assert "account number" in ask(url, f"call {fault}").text


@pytest.mark.parametrize("fault", FAULTS)
def test_a_stateless_function_does_not_notice(fault: Fault, stack: Stack) -> None:
    """A function without state answers as ever."""
    warm(stack, "say_hello")
    with stack.dynamodb.failing(fault), stack.dynamodb.recorded() as calls:
        heard = ask(stack.url("say_hello"), "c1", **{"Caller-ID-Name": "Jane"})
    assert heard.text == "Hello Jane. Have a great day."
    assert heard.in_time, heard
    assert calls == []


def test_everything_is_down(stack: Stack) -> None:
    """With DynamoDB and SQS both gone a caller is connected to somebody, in time."""
    warm(stack, "account_balance")
    stack.stop_aws()
    try:
        caller = ask(stack.url("account_balance"), "spool")
    finally:
        stack.restart_aws()
    assert caller.in_time, caller
    assert caller.executes
    assert post(stack.url("channel_events"), hook("after")).status == 200
    assert len(deliveries(stack, f"{ACCOUNT}#after")) == 1


def test_round_trips_of_a_delivery(stack: Stack) -> None:
    """A webhook delivery and a CDR cost one PutItem each, when they come again, too."""
    warm(stack, *RECEIVERS)
    stack.wait_for_workers(60)
    with stack.own.paused_workers():
        for name, make in RECEIVERS.items():
            with stack.dynamodb.recorded() as calls:
                for _ in range(2):
                    assert post(stack.url(name), make("counted")).status == 200
            assert calls == ["PutItem"] * 2
