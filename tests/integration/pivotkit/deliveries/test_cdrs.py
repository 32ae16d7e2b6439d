"""CDRs that KAZOO posts to a `cdr_url`: for TwiML calls, for each leg, without a Call-ID."""

import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit.calls.tokens import FollowUp, NamedCall, Signer, call_digest
from pivotkit.deliveries.cdrs import CallDetail, CdrSink, cdr_sink, read_cdr
from pivotkit.http.keys import digest_of
from pivotkit.store.records import Record
from tests import kazoo
from tests.aws import aws_client
from tests.events import ACCOUNT, CALL, event

KEY = "cdr-development"
A_LEG = (
    "Billing-Seconds=41&Call-Direction=inbound&Caller-ID-Number=%2B14155550199&"
    "Channel-Created-Time=1718300371123456&Custom-Application-Vars[ticket]=T-1001&Disposition="
    "ANSWER&Duration-Seconds=47&Hangup-Cause=NORMAL_CLEARING&Hangup-Code=sip%3A200&&"
    "Timestamp=63885519612&To=2030%40acme.sip.example&Switch-URL=sip%3Aa"
)
B_LEG = (
    "Call-Direction=outbound&Duration-Seconds=41&Other-Leg-Call-ID="
    "7c1f4a52-5f0d-4d1e-9b1e-2b6a5f3d9c11%40198.51.100.23"
)


def mapping(detail: CallDetail) -> Record:
    """A template that takes over two fields."""
    return Record("ended", detail.timestamp, {"cause": detail.hangup_cause, "leg": detail.leg})


@pytest.fixture
def sink(tables: Mapping[str, str]) -> CdrSink:
    """A sink for CDRs."""
    assert tables
    return cdr_sink(mapping)


def token(name: str = "test") -> str:
    """A token that names the call, made for the sink *name*."""
    return Signer.from_environment(name).named_call(NamedCall(ACCOUNT, CALL))


def items(tables: Mapping[str, str]) -> list[dict[str, Any]]:
    """Everything in CallRecords."""
    found: list[dict[str, Any]] = aws_client("dynamodb").scan(
        TableName=tables["CALL_RECORDS_TABLE"]
    )["Items"]
    return found


def test_variables_that_are_cut(sink: CdrSink, tables: Mapping[str, str], log: io.StringIO) -> None:
    """A CDR with too many variables is recorded like any other; item and log line are marked."""
    many = "&".join(f"Custom-Application-Vars[v{at}]=1" for at in range(2000))
    start, _, end = A_LEG.partition("&Disposition")
    assert sink(event(f"{start}&{many}&Disposition{end}", key=KEY), None)["statusCode"] == 200
    (item,) = items(tables)
    assert Record.from_json(item["record"]["S"]).facts["cause"] == "NORMAL_CLEARING"
    assert item["values_cut"] == {"S": "true"}
    assert '"values_cut":"true"' in log.getvalue()


def test_fields() -> None:
    """A CDR's fields have their types, under KAZOO's keys; what is not listed is in `other`."""
    values: dict[str, Any] = {
        "Billing-Seconds": "41",
        "Duration-Seconds": 47,
        "Caller-ID-Number": "+1415",
        "Channel-Created-Time": "1718300371123456",
        "Timestamp": "63885519612",
        "Custom-SIP-Headers": {"X-A": "1"},
        "Other-Leg-Call-ID": "b",
        "From": "a@b",
        "Switch-URL": "sip:a",
    }
    found = read_cdr(values)
    assert (found.billing_seconds, found.duration_seconds, found.from_) == (41, 47, "a@b")
    assert (found.caller_id_number, found.other_leg_call_id) == ("+1415", "b")
    assert found.channel_created_time == datetime(2024, 6, 13, 17, 39, 31, 123456, UTC)
    assert found.timestamp == datetime(2024, 6, 13, 17, 40, 12, tzinfo=UTC)
    assert dict(found.custom_sip_headers) == {"X-A": "1"}
    assert dict(found.other) == {"Switch-URL": "sip:a"}


LEGS = {
    ("inbound", "", ""): ("a", ""),
    ("inbound", "x", ""): ("a", ""),
    ("outbound", "x", ""): ("b", "x"),
    ("outbound", "", ""): ("b", ""),
    ("inbound", "x", "c"): ("a", "c"),
    ("outbound", "x", "c"): ("b", "c"),
}


@pytest.mark.parametrize(("given_", "expected"), LEGS.items())
def test_legs(given_: tuple[str, str, str], expected: tuple[str, str]) -> None:
    """The call is what the URL named; else a B leg names it, and an A leg does not."""
    direction, other_leg, named = given_
    values: dict[str, Any] = {"Call-Direction": direction, "Other-Leg-Call-ID": other_leg}
    found = read_cdr(values, NamedCall("", named))
    assert (found.leg, found.call_id) == expected


def test_a_token_names_the_call(sink: CdrSink, tables: Mapping[str, str]) -> None:
    """Both legs that were posted to the URL of one call lie under that call."""
    for body in (A_LEG, B_LEG, A_LEG):
        assert sink(event(body, key=token()), None)["statusCode"] == 200
    stored = items(tables)
    assert [item["pk"]["S"] for item in stored] == [f"{ACCOUNT}#{CALL}"] * 2
    assert sorted(item["sk"]["S"][:6] for item in stored) == ["cdr#a#", "cdr#b#"]
    facts = [Record.from_json(item["record"]["S"]).facts for item in stored]
    assert {"cause": "NORMAL_CLEARING", "leg": "a"} in facts


def test_a_key_names_no_call(sink: CdrSink, tables: Mapping[str, str]) -> None:
    """With a plain key a B leg lies under the call it names, an A leg under a key of its own."""
    for body in (A_LEG, B_LEG, A_LEG):
        assert sink(event(body, key=KEY), None)["statusCode"] == 200
    keys = sorted(item["pk"]["S"] for item in items(tables))
    assert keys[0] == f"unknown#{CALL}"
    assert keys[1].startswith("unknown#cdr-")
    assert len(keys) == 2


def test_a_key_for_one_account(tables: Mapping[str, str], environment: pytest.MonkeyPatch) -> None:
    """A key that is for one account at least tells the account."""
    environment.setenv("KEY_HASHES", f"{digest_of('cdr-a')}:{ACCOUNT}")
    cdr_sink(mapping)(event(B_LEG, key="cdr-a"), None)
    (item,) = items(tables)
    assert item["pk"] == {"S": f"{ACCOUNT}#{CALL}"}


def follow_up() -> str:
    """A follow-up token of the function itself."""
    return Signer.from_environment("test").follow_up(FollowUp(2**40, call_digest(ACCOUNT, CALL)))


WRONG: dict[str, Callable[[], str]] = {
    "a key of another kind": lambda: "pivot-development",
    "no key": lambda: "",
    "another function's token": lambda: token("other"),
    "a tampered token": lambda: f"{token()[:-2]}..",
    "a follow-up token": follow_up,
}


@pytest.mark.parametrize("key", WRONG.values(), ids=WRONG.keys())
def test_wrong_keys(key: Callable[[], str], sink: CdrSink, tables: Mapping[str, str]) -> None:
    """A wrong key or token is 401 with any method, and nothing is written."""
    assert sink(event(A_LEG, key=key()), None)["statusCode"] == 401
    assert sink(event(A_LEG, key=key(), method="GET"), None)["statusCode"] == 401
    assert items(tables) == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_methods(method: str, sink: CdrSink, tables: Mapping[str, str]) -> None:
    """KAZOO posts CDRs; another method is 405, and nothing is written."""
    assert sink(event(A_LEG, method=method, key=KEY), None)["statusCode"] == 405
    assert items(tables) == []


@pytest.mark.parametrize("body", [b"\xff", "a&" * 300, "Call-Direction[", "", "x" * 500_000])
def test_what_cannot_be_read(body: str | bytes, sink: CdrSink, tables: Mapping[str, str]) -> None:
    """A CDR that cannot be read is stored raw, under the call that its URL names."""
    assert sink(event(body, key=token()), None)["statusCode"] == 200
    (item,) = items(tables)
    assert item["pk"] == {"S": f"{ACCOUNT}#{CALL}"}


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.text(), st.integers(), st.floats())))
@settings(max_examples=300, deadline=None)
def test_any_values_make_a_cdr(values: dict[str, Any]) -> None:
    """All fields may be missing or odd: there is always a CDR."""
    assert read_cdr(values | {"Timestamp": "9" * 5000}).leg in ("a", "b")


@kazoo.needs_data
@pytest.mark.parametrize("name", ["cdr-url-post", "cdr-url-post-b-leg"])
def test_captured(name: str, sink: CdrSink, tables: Mapping[str, str]) -> None:
    """A CDR as KAZOO posts it has its fields, and nothing of it is lost."""
    case = kazoo.document(f"pivot-requests/{name}.json")
    assert sink(event(case["body_raw"], key=token()), None)["statusCode"] == 200
    (item,) = items(tables)
    assert item["body"] == {"S": case["body_raw"]}
    assert "problem" not in item
    found = json.loads(item["record"]["S"])
    assert found["facts"] == {"cause": case["params"]["Hangup-Cause"], "leg": item["sk"]["S"][4]}
