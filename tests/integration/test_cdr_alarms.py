"""From the end of a call to an alarm on the event bus, which is raised once."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

import pivotctl.stack
from functions.workers.cdr_alarms.destinations import HomeCountries
from functions.workers.cdr_alarms.legs import EndedLeg, ended_leg
from functions.workers.cdr_alarms.windows import hour_of
from pivotctl.commands.fire import fired
from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.local.calls import local_scenario
from pivotctl.stack.gateway import Returned
from pivotctl.switch.dialogue import Dialogue
from pivotkit.calls.tokens import NamedCall, Signer
from pivotkit.core.gregorian import to_gregorian
from pivotkit.store.records import Delivery

if TYPE_CHECKING:
    from pivotctl.project import Project
    from pivotctl.stack import Stack

FUNCTIONS = (
    *("channel_events", "event_bus", "call_records", "cdr_reconcile", "rate_calls"),
    *("cdr_alarms", "cdr_url", "twiml_dial", "notify_chat"),
)
SETTINGS = {
    "cdr_alarms": {"SPEND_PER_HOUR": "1", "CALLS_PER_HOUR": "1"},
    "twiml_dial": {"NUMBER": "+34915550142"},
}
ENDED = (datetime.now(UTC) - timedelta(hours=1)).replace(minute=30)
"""All calls end within one hour."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack(project: Project) -> Iterator[Stack]:
    """A stack with the functions that report a leg's end, rate it, and raise alarms."""
    with pivotctl.stack.session(project, functions=FUNCTIONS, env=SETTINGS, fresh=True) as running:
        yield running


class Listener:
    """A queue behind the bus that receives the events of one name."""

    def __init__(self, stack: Stack, name: str) -> None:
        (bus,) = stack.project.buses.values()
        self._sqs, events = stack.own.aws.sqs(), stack.own.aws.events()
        self._url = self._sqs.create_queue(QueueName=f"heard-{name}")["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        pattern = json.dumps({"detail-type": [name]})
        events.put_rule(Name=f"heard-{name}", EventBusName=bus.name, EventPattern=pattern)
        target = {"Id": "heard", "Arn": asked["Attributes"]["QueueArn"]}
        events.put_targets(Rule=f"heard-{name}", EventBusName=bus.name, Targets=[target])

    def heard(self) -> list[dict[str, Any]]:
        """The details of the events since the last time."""
        found: list[dict[str, Any]] = []
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                found.append(json.loads(message["Body"])["detail"])
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture(scope="module")
def alarms(stack: Stack) -> Listener:
    """A listener for alarms on the bus."""
    return Listener(stack, "cdr_alarm")


def end(stack: Stack, account: str, call_id: str, **more: str) -> None:
    """End a leg to a mobile in the United Kingdom with `pivotctl fire`."""
    values = {
        "timestamp": str(to_gregorian(ENDED)),
        "call_direction": "outbound",
        "callee_id_number": "+447712345678",
        "to": "+447712345678@carrier.example",
        "billing_seconds": "60",
        "other_leg_call_id": f"caller-of-{call_id}",
        "is_internal_leg": "false",
        **more,
    }
    pairs = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    where = ["--account", account, "--call-id", call_id]
    assert fired(stack, ["channel_destroy", "--format", "json", *where, *pairs]).good
    stack.wait_for_workers(60)


def tick(stack: Stack, minutes: int) -> None:
    """Have cdr_reconcile fetch the CDRs in Crossbar, and rate_calls rate them."""
    (returned,) = stack.tick("cdr_reconcile", datetime.now(UTC) + timedelta(minutes=minutes))
    assert not returned.failed, returned.payload
    stack.wait_for_workers(60)


def test_a_long_call_raises_alarms(stack: Stack, alarms: Listener) -> None:
    """Five hours to a mobile abroad raise an alarm at once, and another after the rating."""
    end(stack, ACCOUNT_ID, "long@198.51.100.23", billing_seconds="18000")
    (long,) = alarms.heard()
    assert (long["event"]["rule"], long["event"]["minutes"]) == ("long_call", 300)
    assert (long["account_id"], long["event"]["window"]) == (ACCOUNT_ID, hour_of(ENDED))
    assert long["record"]["facts"]["country"] == "GB"
    tick(stack, 1)
    (spend,) = alarms.heard()
    assert (spend["event"]["rule"], spend["event"]["spend"]) == ("spend_per_hour", 13.5)
    stack.wait_for_workers(60)
    posted = sorted(asked.body["text"] for asked in stack.upstreams.chat.received)
    summaries = sorted([long["event"]["summary"], spend["event"]["summary"]])
    begin = f"Suspicious calls in account {ACCOUNT_ID}:"
    assert posted == [f"{begin} {summary}" for summary in summaries]


def test_hook_and_crossbar_report_one_leg(stack: Stack, alarms: Listener) -> None:
    """A leg that the hook and Crossbar's row report is one call; the next one breaks the limit."""
    alarms.heard()
    french = {"callee_id_number": "+33142685300", "to": "+33142685300@carrier.example"}
    end(stack, ACCOUNT_ID, "one@198.51.100.23", **french)
    tick(stack, 2)
    assert alarms.heard() == []
    end(stack, ACCOUNT_ID, "two@198.51.100.23", **french)
    (alarm,) = alarms.heard()
    assert (alarm["event"]["rule"], alarm["event"]["calls"]) == ("calls_per_hour", 2)
    tick(stack, 3)
    assert alarms.heard() == []
    assert (
        not stack.own.aws.sqs()
        .receive_message(QueueUrl=stack.queues["CdrAlarmsDeadLetterQueue"])
        .get("Messages")
    )


def ends_of(stack: Stack) -> dict[str, list[EndedLeg]]:
    """The legs to Spain in the stored deliveries, by the deliveries' names."""
    items: list[Any] = stack.own.aws.dynamodb().scan(TableName=stack.tables["CallRecordsTable"])[
        "Items"
    ]
    found: dict[str, list[EndedLeg]] = {}
    for item in items:
        if "item" not in item:  # a merged record
            continue
        delivery = Delivery(item["pk"]["S"], item)
        leg = ended_leg(delivery, HomeCountries.read("US CA"))
        if leg and leg.country == "ES":
            found.setdefault(delivery.name, []).append(leg)
    return found


def test_three_sources_report_one_leg(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The posted CDR, the hook, and the row of a dialed call are one leg, and count as one call."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.delenv("SIGNING_SECRETS", raising=False)
    call_id = "dialled@198.51.100.23"
    scenario = local_scenario(stack, "twiml_dial", account_id=ACCOUNT_ID, call_id=call_id)
    token = Signer.from_environment("cdr_url").named_call(NamedCall(ACCOUNT_ID, call_id))
    data = {**scenario.flow["data"], "cdr_url": stack.url("cdr_url", token)}
    scenario = replace(scenario, flow={**scenario.flow, "data": data})
    Dialogue.place(scenario).is_bridged_to("+34915550142").is_carried_through()
    stack.wait_for_workers(60)
    tick(stack, 4)
    found = ends_of(stack)
    assert found.keys() == {"cdr_api", "cdr_url", "channel_destroy"}
    (leg,) = {each.id: each for legs in found.values() for each in legs}.values()
    (sums,) = tallied(stack, ACCOUNT_ID, hour_of(leg.at))
    assert sums["calls:ES"] == 1


def tallied(stack: Stack, account: str, *windows: str) -> list[dict[str, int]]:
    """The sums of an account."""
    keys: list[Any] = [{"pk": {"S": f"tally#{account}#{window}"}} for window in windows]
    table, client = stack.tables["CallStateTable"], stack.own.aws.dynamodb()
    found = client.batch_get_item(RequestItems={table: {"Keys": keys}})["Responses"][table]
    return [
        {name[4:]: int(str(value["N"])) for name, value in item.items() if name.startswith("sum:")}
        for item in found
    ]


def event(account: str, call_id: str) -> dict[str, Any]:
    """An event of the worker's queue with a rating."""
    facts = {"cost": 50_000, "currency": "USD"}
    detail = {
        "key": f"{account}#{call_id}",
        "sort": "rating#cost",
        "account_id": account,
        "received_at": int(time.time()),
        "event": {"timestamp": to_gregorian(ENDED)},
        "record": {"state": "ended", "at": ENDED.isoformat(), "facts": facts},
    }
    body = json.dumps({"detail-type": "rating", "detail": detail})
    return {"Records": [{"messageId": "1", "eventSource": "aws:sqs", "body": body}]}


def test_sixteen_copies_are_one_alarm(stack: Stack, alarms: Listener) -> None:
    """Sixteen copies of a rating at once raise one alarm, in each of eight accounts."""
    alarms.heard()
    answers: list[Returned] = []

    pool = stack.own.pool(stack.project.function("cdr_alarms"))

    def invoke(payload: bytes) -> None:
        answers.append(pool.invoke(payload, 60))

    for round_ in range(8):
        payload = json.dumps(event(f"{round_:032x}", "leg")).encode()
        threads = [threading.Thread(target=invoke, args=(payload,)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answers) == 128
    assert {answer.payload for answer in answers} == {b'{"batchItemFailures": []}'}
    stack.wait_for_workers(60)
    raised = alarms.heard()
    assert Counter(each["account_id"] for each in raised) == {f"{n:032x}": 1 for n in range(8)}
    assert {each["event"]["spend"] for each in raised} == {5.0}


def test_the_log_has_no_number(stack: Stack) -> None:
    """The log of an alarm names rule, account, and window, and no caller or callee."""
    lines = [json.loads(line) for line in stack.logs("cdr_alarms") if '"alarm"' in line]
    assert {line["rule"] for line in lines} >= {"long_call", "spend_per_hour", "calls_per_hour"}
    assert "4477123" not in str(lines)
