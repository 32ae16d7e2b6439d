"""custom_webhook, dialed: each step of a menu is delivered to the local receiver, and counted."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import boto3
import pytest

from pivotctl.stack import Stack
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.events import ModuleRan, WebhookFired
from pivotctl.switch.scenario import Mode, Rung, new_call_id
from pivotkit.lookups.funnel_counts import FunnelCounts
from pivotkit.phone.funnel import outcomes_by_step
from tests.accounts import FIRST
from tests.calls.conftest import Dial, Phone
from tests.dynamodb import forget_clients

TOPIC, PRODUCT = "For sales, press 1.", "For phones, press 1."
NO_ONE_AVAILABLE = "No one is available right now. Please try again later. Goodbye."
SALES, PHONES, BILLS = "user d4e2c6a3", "user c3d1b5f2", "user e5f3d7b4"
FRONT_DESK = "user b2c0a4e1"
ACCOUNT = "f" * 32

type Step = tuple[str, str]


@pytest.fixture
def stored(stack: Stack) -> Callable[[str], list[Mapping[str, str]]]:
    """The funnel's events of a call that the receiver has stored, in order."""
    if "custom_events" not in stack.project.functions:
        pytest.skip("this project has no receiver of webhooks")
    table = stack.tables["CallRecordsTable"]
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=stack.aws_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )

    def found(call_id: str) -> list[Mapping[str, str]]:
        items = dynamodb.query(
            TableName=table,
            KeyConditionExpression="pk = :call",
            ExpressionAttributeValues={":call": {"S": f"{ACCOUNT}#{call_id}"}},
        )["Items"]
        read = (dict(parse_qsl(item["body"]["S"])) for item in items if "body" in item)
        events = {event["event_id"]: event for event in read if "funnel" in event}
        return sorted(events.values(), key=lambda event: int(event["number"]))

    return found


def steps(events: list[Mapping[str, str]]) -> list[Step]:
    """Step and outcome of each event."""
    return [(event["step"], event["outcome"]) for event in events]


def reported(call: Dialogue) -> list[Step]:
    """Step and outcome of each webhook that KAZOO ran, without repetitions."""
    ran = (event.effect for event in call.events if isinstance(event, ModuleRan))
    found = (re.search(r" step=(\w+), outcome=(\w+), ", effect) for effect in ran)
    return list(dict.fromkeys((match[1], match[2]) for match in found if match))


def fired(call: Dialogue) -> Iterator[WebhookFired]:
    """The deliveries that KAZOO made."""
    return (event for event in call.events if isinstance(event, WebhookFired))


ASKED = ("topic", "asked")
SUPPORT = [ASKED, ("topic", "support"), ("product", "asked")]
JOURNEYS: dict[str, tuple[tuple[str, ...], str, list[Step]]] = {
    "sales": (("1",), SALES, [ASKED, ("topic", "sales"), ("sales", "rung")]),
    "phones": (
        ("2", "1"),
        PHONES,
        [*SUPPORT, ("product", "phones"), ("phones", "rung")],
    ),
    "bills": (
        ("2", "2"),
        BILLS,
        [*SUPPORT, ("product", "bills"), ("bills", "rung")],
    ),
    "a wrong key": (("9",), FRONT_DESK, [ASKED, ("topic", "wrong_key"), ("front_desk", "rung")]),
    "silence": ((), FRONT_DESK, [ASKED, ("topic", "silence"), ("front_desk", "rung")]),
    "silence, later": (
        ("2",),
        FRONT_DESK,
        [*SUPPORT, ("product", "silence"), ("front_desk", "rung")],
    ),
}


@pytest.mark.parametrize("journey", JOURNEYS)
def test_journeys_through_the_menu(dial: Dial, journey: str) -> None:
    """Each key leads to its team, all else to the front desk, and KAZOO reports each step."""
    press, target, wanted = JOURNEYS[journey]
    call = dial("custom_webhook", press=press).hears(TOPIC).is_bridged_to(target)
    assert reported(call.is_carried_through()) == wanted


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_no_one_answers(dial: Dial, rung: Rung) -> None:
    """Callers whom no one answers are told so, and that is a step like any other."""
    call = dial("custom_webhook", press=("1",), rung=rung).rings(SALES, 20)
    call.hears(NO_ONE_AVAILABLE).hung_up("kazoo").is_carried_through()
    assert reported(call)[-2:] == [("sales", "rung"), ("sales", "unanswered")]


@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_step_is_stored(
    dial: Dial, stored: Callable[[str], list[Mapping[str, str]]], journey: str
) -> None:
    """Each step is delivered to the receiver with its number.

    A question that is repeated after silence is reported again, with the same ID.
    """
    press, _, wanted = JOURNEYS[journey]
    call_id = new_call_id()
    call = dial("custom_webhook", press=press, account_id=ACCOUNT, call_id=call_id)
    assert {event.status for event in fired(call)} == {200}
    events = stored(call_id)
    assert steps(events) == wanted
    assert {(event["hook_event"], event["funnel"]) for event in events} == {("funnel", "welcome")}
    assert {event["call_id"] for event in events} == {call_id}
    assert len({event["event_id"] for event in events}) == len(wanted)


def test_drop_off(dial: Dial, stored: Callable[[str], list[Mapping[str, str]]]) -> None:
    """Outcomes and callers who left can be counted from the stored events."""
    events = []
    for press in (("1",), ("2", "1"), ("9",)):
        call_id = new_call_id()
        dial("custom_webhook", press=press, account_id=ACCOUNT, call_id=call_id)
        events += stored(call_id)
    del events[-2:]  # as if the third caller hung up at the question
    found = outcomes_by_step(events)
    assert found["topic"] == {"asked": 3, "sales": 1, "support": 1, "left": 1}
    assert found["product"] == {"asked": 1, "phones": 1, "left": 0}


def test_kazoo_5(dial: Dial, stored: Callable[[str], list[Mapping[str, str]]]) -> None:
    """KAZOO 5 delivers the same."""
    call_id = new_call_id()
    call = dial("custom_webhook", press=("1",), account_id=ACCOUNT, call_id=call_id, mode=Mode.K5)
    call.is_bridged_to(SALES).is_carried_through()
    assert steps(stored(call_id)) == JOURNEYS["sales"][2]


def test_a_missing_server(dial: Phone) -> None:
    """Callers notice nothing when the events cannot be delivered."""
    nowhere = {"FUNNEL_HOOK": f"{dial.stack.gateway_url}/nothing/here"}
    call = dial("custom_webhook", press=("2", "1"), settings=nowhere)
    call.hears(TOPIC).presses("2").hears(PRODUCT).presses("1").is_bridged_to(PHONES)
    assert 200 not in {event.status for event in fired(call.is_carried_through())}


def test_the_database_is_down(dial: Phone) -> None:
    """When the state cannot be reached, the front desk is rung, and nothing is reported."""
    call = dial("custom_webhook", press=("1",), settings={"CALL_STATE_TABLE": "gone"})
    call.is_bridged_to(FRONT_DESK).is_caught()
    assert not list(fired(call))


@pytest.mark.slow
def test_the_real_runtime(
    dial_runtime: Dial, stored: Callable[[str], list[Mapping[str, str]]]
) -> None:
    """In a whole local run, the setting leads to the run's own receiver."""
    call_id = new_call_id()
    call = dial_runtime("custom_webhook", press=("1",), account_id=ACCOUNT, call_id=call_id)
    call.is_bridged_to(SALES).is_carried_through()
    assert steps(stored(call_id)) == JOURNEYS["sales"][2]


@pytest.mark.slow
def test_the_worker_counts(
    dial_runtime: Dial, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker counts the call, which comes through receiver, stream, bus, and queue."""
    if "ivr_funnel" not in stack.project.functions:
        pytest.skip("this project has no worker that counts")
    for name, value in stack.environment("ivr_funnel").items():
        if name.startswith("AWS_") or name == "DIRECTORY_TABLE":
            monkeypatch.setenv(name, value)

    def rung() -> int:
        stack.wait_for_workers(60)
        forget_clients()
        day = datetime.now(UTC).date().isoformat()
        return FunnelCounts().of(FIRST, "welcome", day).get("bills", Counter())["rung"]

    before = rung()
    dial_runtime("custom_webhook", press=("2", "2")).is_bridged_to(BILLS).is_carried_through()
    assert rung() == before + 1
