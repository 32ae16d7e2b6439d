"""`pivotctl parse --kind webhook` and `--kind cdr`: what a receiver gets, with all KAZOO sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pivotctl.commands.parse import command
from tests.kazoo import captured, document, needs_data

PARKED = {"account_id": "a", "call_id": "c", "event_name": "PARK_PARKED", "parking_slot": "101"}


def parse(kind: str, *lines: object) -> list[dict[str, Any]]:
    """The report on each request."""
    text = "\n".join(json.dumps(line) for line in lines)
    result = CliRunner().invoke(command, ["--kind", kind, "--jsonl"], input=text)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def alone(*arguments: str, body: str = "") -> Result:
    """One request, given as options and a body."""
    return CliRunner().invoke(command, [*arguments, *(["-"] if body else [])], input=body)


def leaves(value: object) -> Iterator[str]:
    """Every single value, as text."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif value is not None:
        yield {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def test_headers_say_how_to_read() -> None:
    """Headers are an object or a list of pairs, in any case; a form is read without them."""
    body = json.dumps(PARKED)
    found = parse(
        "webhook",
        {"method": "put", "headers": {"Content-Type": "application/json"}, "body": body},
        {"headers": [["content-type", "application/json; charset=utf-8"]], "body": body},
        {"body": "account_id=a&call_id=c&event_name=PARK_PARKED&parking_slot=101"},
        {"url": "https://h/x?account_id=a&call_id=c&event_name=PARK_PARKED&parking_slot=101"},
    )
    assert [found[0]] * 4 == found
    assert (found[0]["class"], found[0]["hook"], found[0]["parking_slot"]) == (
        "ParkParked",
        "parking",
        "101",
    )


def test_what_a_receiver_keeps_raw() -> None:
    """An unreadable or unknown request is an event as well; only its method can be refused."""
    found = parse(
        "webhook",
        {"headers": {"Content-Type": "application/json"}, "body": "{"},
        {"body": "event_name=moon&phase=full"},
        {"method": "DELETE"},
    )
    assert [each.get("class") for each in found] == ["OtherEvent", "OtherEvent", None]
    assert found[0]["reason"] == "the body is not valid JSON"
    assert found[1]["other"] == {"event_name": "moon", "phase": "full"}
    assert (found[2]["status"], found[2]["error"]) == (405, "MethodNotAllowed")


def test_a_webhook_that_looks_like_a_debug_document() -> None:
    """A field called `uri` makes no document of KAZOO's pivot debug log of a webhook."""
    body = json.dumps({"event_name": "moon", "uri": "https://h/x", "method": "get"})
    found = json.loads(alone("--kind", "webhook", body=body).stdout)
    assert found["other"]["uri"] == "https://h/x"


@pytest.mark.parametrize("headers", [5, "text", [1], [["a"]]])
def test_headers_that_are_none(headers: object) -> None:
    """Headers of another shape give an object that says so."""
    lines = json.dumps({"headers": headers, "body": "a=1"})
    result = CliRunner().invoke(command, ["--kind", "webhook", "--jsonl"], input=lines)
    assert result.exit_code == 1
    assert "write an object of texts" in json.loads(result.stdout)["error"]


def test_one_delivery() -> None:
    """One delivery is read from a body or a URL; times are ISO 8601 and names are KAZOO's."""
    text = "account_id=a&call_id=c&hook_event=channel_answer&timestamp=63885519612&from=1%402"
    for result in (
        alone("--kind", "webhook", body=text),
        alone("--kind", "webhook", "--url", f"https://h/x?mine=1?{text}"),
    ):
        found = json.loads(result.stdout)
        assert result.exit_code == 0
        assert found["timestamp"] == "2024-06-13T17:40:12+00:00"
        assert (found["from"], found["other"]) == ("1@2", {})


def test_a_cdr() -> None:
    """A CDR is printed by its fields; what is not listed is in `other`, under KAZOO's name."""
    body = "Billing-Seconds=41&Call-Direction=outbound&Other-Leg-Call-ID=c&Media-Server=fs1&&"
    found = json.loads(alone("--kind", "cdr", body=body).stdout)
    assert (found["billing_seconds"], found["leg"], found["call_id"]) == (41, "b", "c")
    assert found["other"] == {"Media-Server": "fs1"}
    refused = alone("--kind", "cdr", "--method", "PUT", body=body)
    assert refused.exit_code == 1


@needs_data
def test_nothing_that_kazoo_sent_is_missing() -> None:
    """Every value of every observed delivery is printed, but for times, which are written anew."""
    cases = [
        (case["params"], case["method"], case["url"], case["headers_on_wire"], case["body_raw"])
        for case in captured("webhook-requests")
    ] + [
        (case["job"]["payload"] | case["job"].get("custom_data", {}), *wire(case["request"]))
        for case in document("observed/random_webhooks.json")["cases"]
    ]
    lines = [
        {"method": method, "url": url, "headers": headers, "body": body}
        for _, method, url, headers, body in cases
    ]
    for (sent, *_), found in zip(cases, parse("webhook", *lines), strict=True):
        own = {key: value for key, value in sent.items() if key not in ("type", "action")}
        told = {key: value for key, value in own.items() if key not in ("timestamp", "cluster_id")}
        assert set(leaves(told)) <= {*leaves(found), "0", "1", "-1"}, sent


def wire(request: Mapping[str, Any]) -> tuple[str, str, Any, str]:
    """A request as it went over the wire."""
    return request["method"], request["url"], request["headers"], request["body"] or ""
