"""Validation errors as Crossbar's, by KAZOO's own schemas and by the facts alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pivotctl.crossbar import ACCOUNT_ID, API_KEY, LocalCrossbar
from tests.kazoo import DATA, needs_data
from tests.unit.crossbar.conftest import Caller, Clock, signed_in
from tests.unit.crossbar.test_documents import CALLFLOW, DOCUMENTS, PIVOT

URL = "https://pivot.example.com/k/pivot/say_hello"
STORE = "a" * 32


@pytest.fixture(
    params=[None, pytest.param(DATA / "schemas", marks=needs_data)], ids=["facts", "schemas"]
)
def strict(request: pytest.FixtureRequest, clock: Clock) -> Caller:
    """A caller of a Crossbar with KAZOO's schemas, and of one without."""
    schemas: Path | None = request.param
    return signed_in(LocalCrossbar(clock, schemas=schemas), ACCOUNT_ID, API_KEY)


def pivot(**data: Any) -> dict[str, Any]:
    """A callflow with the data of its pivot action."""
    return {"flow": {"module": "pivot", "data": {"voice_url": URL, **data}}}


def below(action: Any) -> dict[str, Any]:
    """A callflow with a fallback of its pivot action."""
    return {"flow": {**PIVOT, "children": {"_": action}}}


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("callflows", {"numbers": []}, "numbers", "required"),
    ("callflows", {"numbers": "2030"}, "numbers", "type"),
    ("callflows", {"numbers": [2030]}, "numbers.0", "type"),
    ("callflows", {"numbers": ["1" * 37]}, "numbers.0", "maxLength"),
    ("callflows", {"numbers": ["4155550123", "+14155550123"]}, "numbers", "uniqueItems"),
    ("callflows", {"patterns": [""]}, "patterns.0", "minLength"),
    ("callflows", {"name": 7}, "name", "type"),
    ("callflows", {"flow": {"module": "pivot"}}, "flow.data.voice_url", "required"),
    ("callflows", {"flow": {"data": {}}}, "flow.module", "required"),
    ("callflows", {"flow": []}, "flow", "type"),
    ("callflows", {"flow": {"module": "pivoted", "data": {}}}, "flow.module", "error"),
    ("callflows", pivot(method="put"), "flow.data.method", "enum"),
    ("callflows", pivot(req_format="xml"), "flow.data.req_format", "enum"),
    ("callflows", pivot(req_timeout_ms=5001), "flow.data.req_timeout_ms", "maximum"),
    ("callflows", pivot(debug="yes"), "flow.data.debug", "type"),
    ("callflows", pivot(voice_url="pivot.example.com"), "flow.data.voice_url", "pattern"),
    ("callflows", pivot(voice_url="https://"), "flow.data.voice_url", "error"),
    ("callflows", below({"module": "voicemail", "data": {"id": "x"}}),
     "flow.children._.data.id", "minLength"),
    ("callflows", below({"module": "hangup"}), "flow.children._.data", "required"),
    ("callflows", below({"module": "user", "data": {"id": "x", "timeout": "20"}}),
     "flow.children._.data.timeout", "type"),
    ("webhooks", {"hook": None}, "hook", "required"),
    ("webhooks", {"uri": "receiver"}, "uri", "error"),
    ("webhooks", {"http_verb": "delete"}, "http_verb", "enum"),
    ("webhooks", {"format": "xml"}, "format", "enum"),
    ("webhooks", {"retries": 5}, "retries", "maximum"),
    ("webhooks", {"retries": -1}, "retries", "minimum"),
    ("webhooks", {"custom_data": {"type": 1}}, "custom_data.type", "type"),
    ("webhooks", {"enabled": "true"}, "enabled", "type"),
    ("resources", {"gateways": None}, "gateways", "required"),
    ("resources", {"gateways": [{"username": "x"}]}, "gateways.0.server", "required"),
    ("resources", {"gateways": [{"server": "x", "codecs": ["MP3"]}]},
     "gateways.0.codecs.0", "enum"),
    ("resources", {"gateways": [{"server": "x", "progress_timeout": "30"}]},
     "gateways.0.progress_timeout", "type"),
    ("resources", {"weight_cost": 101}, "weight_cost", "maximum"),
    ("resources", {"name": ""}, "name", "minLength"),
    ("clicktocall", {"extension": None}, "extension", "required"),
    ("clicktocall", {"dial_first": "both"}, "dial_first", "enum"),
    ("clicktocall", {"whitelist": [""]}, "whitelist.0", "minLength"),
    ("clicktocall", {"custom_application_vars": {"a": 1}}, "custom_application_vars.a", "type"),
    ("storage/plans", {"attachments": {STORE: {"handler": "ftp"}}},
     f"attachments.{STORE}", "not_one_schema_valid"),
    ("storage/plans", {"attachments": {STORE: {"handler": "s3", "settings": {"bucket": "b" * 9}}}},
     f"attachments.{STORE}", "not_one_schema_valid"),
    ("users", {"first_name": None}, "first_name", "required"),
    ("users", {"priv_level": "root"}, "priv_level", "enum"),
    ("devices", {"name": None}, "name", "required"),
    ("vmboxes", {"mailbox": ""}, "mailbox", "minLength"),
]  # fmt: skip


@pytest.mark.parametrize(("collection", "change", "field", "rule"), REFUSED)
def test_an_invalid_document_is_refused(
    strict: Caller, collection: str, change: dict[str, Any], field: str, rule: str
) -> None:
    """It is a 400 with field, rule, and message, on creation as on a change; nothing changes."""
    valid = DOCUMENTS[collection][0]
    wrong = {name: value for name, value in (valid | change).items() if value is not None}
    before = [row["id"] for row in strict.done("GET", collection)]
    refused = [strict.ask("PUT", collection, wrong)]
    made = strict.done("PUT", collection, valid)
    refused.append(strict.ask("POST", f"{collection}/{made['id']}", wrong))
    for status, envelope in refused:
        assert (status, envelope["message"], envelope["error"]) == (400, "validation error", "400")
        assert list(envelope["data"]) == [field]
        assert envelope["data"][field][rule]["message"]
    after = [row["id"] for row in strict.done("GET", collection)]
    assert sorted(after) == sorted([*before, made["id"]])
    assert strict.done("GET", f"{collection}/{made['id']}").items() >= made.items()


def test_every_fault_is_named_at_once(strict: Caller) -> None:
    """A refusal has all fields that are wrong, each with its rules."""
    wrong = {"numbers": ["", ""], "flow": {"module": "pivot", "data": {"method": "put"}}}
    _, envelope = strict.ask("PUT", "callflows", wrong)
    assert {field: set(rules) for field, rules in envelope["data"].items()} == {
        "numbers": {"uniqueItems"},
        "numbers.0": {"minLength"},
        "numbers.1": {"minLength"},
        "flow.data.method": {"enum"},
        "flow.data.voice_url": {"required"},
    }


TAKEN: list[tuple[str, dict[str, Any], str]] = [
    ("callflows", {"name": "Other"}, "numbers"),
    ("callflows", {"numbers": ["2031", "2030"]}, "numbers"),
    ("users", {"username": "ANN"}, "username"),
    ("vmboxes", {"name": "Other"}, "mailbox"),
]


@pytest.mark.parametrize(("collection", "change", "field"), TAKEN)
def test_a_value_that_another_document_has(
    strict: Caller, collection: str, change: dict[str, Any], field: str
) -> None:
    """Numbers, usernames, and mailboxes are unique in an account; the cause is the value."""
    first = DOCUMENTS[collection][0]
    made = strict.done("PUT", collection, first)
    status, envelope = strict.ask("PUT", collection, first | change)
    assert status == 400
    fault = envelope["data"][field]["unique"]
    value = first[field]
    assert fault["cause"] == (value[0] if isinstance(value, list) else value)
    assert made["id"] in fault["message"]
    strict.done("PATCH", f"{collection}/{made['id']}", {"mark": "its own value is no conflict"})
    strict.done("DELETE", f"{collection}/{made['id']}")
    assert strict.ask("PUT", collection, first | change)[0] == 201


def test_another_account_may_have_the_same_number(strict: Caller) -> None:
    """An extension is unique in its account only."""
    strict.done("PUT", "callflows", CALLFLOW)
    assert strict.below().ask("PUT", "callflows", CALLFLOW)[0] == 201


def test_receivers_of_this_machine_are_accepted(strict: Caller) -> None:
    """A local stack has local addresses, which KAZOO itself would refuse."""
    flow = pivot(voice_url="http://127.0.0.1:8080/k/pivot/say_hello")
    assert strict.ask("PUT", "callflows", CALLFLOW | flow)[0] == 201
