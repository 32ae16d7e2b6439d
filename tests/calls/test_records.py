"""The events and CDRs that a call leaves behind, and the record they add up to."""

import json
from typing import Any

import boto3
import pytest

from pivotctl.stack import Stack
from pivotctl.switch.events import WebhookFired
from tests.calls.conftest import Dial


@pytest.fixture
def records(stack: Stack) -> Any:
    """The items of CallRecords whose key starts with a text."""
    client: Any = boto3.client(
        "dynamodb",
        endpoint_url=stack.aws_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )

    def found(prefix: str) -> dict[str, Any]:
        stack.wait_for_workers()
        pages = client.get_paginator("scan").paginate(TableName=stack.tables["CallRecordsTable"])
        items = [item for page in pages for item in page["Items"]]
        return {item["sk"]["S"]: item for item in items if item["pk"]["S"].startswith(prefix)}

    return found


@pytest.mark.slow
def test_the_record_of_a_call(dial_runtime: Dial, records: Any) -> None:
    """Every webhook of a call is taken with 200, and its record tells the whole call."""
    account_id, call_id = "c" * 32, "recorded@198.51.100.23"
    call = dial_runtime("ring", account_id=account_id, call_id=call_id)
    delivered = [event for event in call.events if isinstance(event, WebhookFired)]
    assert {event.status for event in delivered} == {200}
    items = records(f"{account_id}#{call_id}")
    kinds = {key.rpartition("#")[0] for key in items if key != "record"}
    assert kinds == {
        "event#channel_create",
        "event#channel_answer",
        "event#channel_bridge",
        "event#channel_destroy",
        "leg",
    }
    record = json.loads(items["record"]["record"]["S"])
    assert record["state"] == "ended"
    assert {"created_at", "answered_at", "bridged_at", "ended_at"} <= record.keys()
    assert record["hangup_cause"] == "NORMAL_CLEARING"


@pytest.mark.slow
def test_the_cdr_of_a_twiml_call(dial_runtime: Dial, records: Any) -> None:
    """The CDRs of both legs of a call that TwiML controlled are kept."""
    before = records("unknown#")
    dial_runtime("twiml_menu", press=("1",)).is_bridged_to("user").is_carried_through()
    new = records("unknown#").keys() - before.keys()
    assert {key.split("#")[1] for key in new if key.startswith("cdr#")} == {"a", "b"}
