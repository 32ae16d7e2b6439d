"""One record of a call from three sources: webhooks, posted CDRs, and Crossbar."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

import pivotctl.stack
from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.local.calls import local_scenario
from pivotctl.switch.dialogue import Dialogue
from pivotkit.calls.tokens import NamedCall, Signer

if TYPE_CHECKING:
    from pivotctl.project import Project
    from pivotctl.stack import Stack
    from pivotctl.upstreams.crossbar import CrossbarFake

FUNCTIONS = (
    *("twiml_menu", "channel_events", "cdr_url", "call_records", "cdr_reconcile"),
    *("event_bus", "rate_calls", "cdr_export"),
)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack(project: Project) -> Iterator[Stack]:
    """A stack with the functions that receive and merge CDRs."""
    with pivotctl.stack.session(project, functions=FUNCTIONS, fresh=True) as running:
        yield running


def dial(stack: Stack, call_id: str, **more: Any) -> None:
    """Place a whole call of the local account, bridged to a user; its cdr_url names the call."""
    scenario = local_scenario(stack, "twiml_menu", account_id=ACCOUNT_ID, call_id=call_id)
    scenario = replace(scenario, press=("1",), **more)
    token = Signer.from_environment("cdr_url").named_call(NamedCall(ACCOUNT_ID, call_id))
    data = {**scenario.flow["data"], "cdr_url": stack.url("cdr_url", token)}
    scenario = replace(scenario, flow={**scenario.flow, "data": data})
    Dialogue.place(scenario).is_bridged_to("user").is_carried_through()
    stack.wait_for_workers(60)


def record(stack: Stack, call_id: str) -> dict[str, Any]:
    """The call's record so far."""
    key = {"pk": {"S": f"{ACCOUNT_ID}#{call_id}"}, "sk": {"S": "record"}}
    table = stack.tables["CallRecordsTable"]
    item = stack.own.aws.dynamodb().get_item(TableName=table, Key=key).get("Item")
    return json.loads(item["record"]["S"]) if item else {}


def tick(stack: Stack, minutes: int = 0) -> dict[str, int]:
    """The counts of a run of cdr_reconcile, so many *minutes* from now."""
    (returned,) = stack.tick("cdr_reconcile", datetime.now(UTC) + timedelta(minutes=minutes))
    assert not returned.failed, returned.payload
    counts: dict[str, int] = json.loads(returned.payload)
    stack.wait_for_workers(60)
    return counts


@pytest.fixture(autouse=True)
def local_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign tokens with the development secret."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.delenv("SIGNING_SECRETS", raising=False)


def test_one_record_from_three_sources(stack: Stack) -> None:
    """The webhooks, posted CDRs, and Crossbar's rows of a call make one record, legs included."""
    call_id = "three@198.51.100.23"
    dial(stack, call_id)
    before = record(stack, call_id)
    assert before["sources"] == ["cdr_url", "hook"]
    assert "verified" not in before
    assert tick(stack)["new"] == 2
    found = record(stack, call_id)
    assert found["sources"] == ["cdr_api", "cdr_url", "hook"]
    assert (found["state"], found["verified"]) == ("ended", True)
    assert found["duration_seconds"] == before["duration_seconds"]
    assert found["answered_at"] == before["answered_at"]  # from webhooks only
    assert found.keys() >= before.keys() | {"bridge_id", "interaction_id"}  # from Crossbar only
    (leg,) = found["legs"].values()
    assert leg.keys() >= {"owner_id", "request", "interaction_id"}  # webhook, cdr_url, Crossbar
    assert (leg["verified"], leg["call_direction"]) == (True, "outbound")
    assert leg["other_leg_call_id"] == call_id


def test_a_cdr_that_was_never_posted(stack: Stack) -> None:
    """A call whose end nobody reported is in our records after the next run, once."""
    call_id = "unposted@198.51.100.23"
    dial(stack, call_id, post_cdrs=False)
    assert record(stack, call_id)["state"] != "ended"
    assert tick(stack, minutes=1)["new"] == 2
    found = record(stack, call_id)
    assert (found["state"], found["verified"]) == ("ended", True)
    assert found["hangup_cause"] == "NORMAL_CLEARING"
    assert tick(stack, minutes=2)["new"] == 0


def test_a_verified_leg_is_rated(stack: Stack) -> None:
    """A leg to a carrier that Crossbar reports is rated, in its own record and in its call's."""
    caller, leg = "caller@198.51.100.23", "carrier-leg@198.51.100.23"
    crossbar = cast("CrossbarFake", stack.upstreams["crossbar"].fake).crossbar
    event = {
        "account_id": ACCOUNT_ID,
        "billing_seconds": 31,
        "bridge_id": caller,
        "call_direction": "outbound",
        "call_id": leg,
        "duration_seconds": 40,
        "timestamp": crossbar.now,
        "to": "+447712345678@carrier.example",
    }
    crossbar.happened("channel_destroy", event)
    assert tick(stack, minutes=3)["new"] == 1
    found = record(stack, leg)
    assert (found["destination"], found["rate_prefix"]) == ("United Kingdom, mobile", "447")
    assert (found["billed_seconds"], found["cost"], found["currency"]) == (36, 270, "USD")
    assert record(stack, caller)["legs"][leg]["cost"] == 270


def test_the_day_is_exported(stack: Stack) -> None:
    """In the following night, the legs of the day are in S3, with their cost."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    (returned,) = stack.tick("cdr_export", tomorrow)
    counts = json.loads(returned.payload)
    assert (counts["files"], counts["legs"]) == (2, 5)
    day = f"account={ACCOUNT_ID}/day={tomorrow - timedelta(days=1):%Y-%m-%d}"
    s3, bucket = stack.own.aws.s3(), stack.buckets["CdrBucket"]
    found = s3.get_object(Bucket=bucket, Key=f"json/{day}/cdrs.jsonl.gz")["Body"].read()
    lines = [json.loads(line) for line in gzip.decompress(found).splitlines()]
    assert [line["cost"] for line in lines if line["destination"]] == [270]
