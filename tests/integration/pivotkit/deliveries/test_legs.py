"""A leg's CDR has one form, and the legs of a call make one record, whoever told of them first."""

import itertools
import json
import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotctl.crossbar.cdrs import COLUMNS, row, stored_document
from pivotkit import events
from pivotkit.deliveries.cdrs import read_cdr
from pivotkit.deliveries.legs import FACTS, ended, facts, read_row
from pivotkit.store.call_records import CallRecords
from pivotkit.store.records import Record, as_leg, callers, merged
from tests.aws import aws_client
from tests.events import ACCOUNT

A, B, C = "a-leg@203.0.113.25", "b-leg@203.0.113.25", "c-leg@203.0.113.25"
END, DURATION = 63_935_688_647, 47
CREATED = 1_768_521_400_000_000


def destroyed(call_id: str = A, *, other: str = B, direction: str = "inbound") -> dict[str, Any]:
    """The fields of a leg's `channel_destroy`."""
    return {
        "account_id": ACCOUNT,
        "call_direction": direction,
        "call_id": call_id,
        "caller_id_number": "+14155550142",
        "callee_id_number": "6001",
        "from": "+14155550142@carrier.example",
        "to": "6001@acme.sip.example",
        "hangup_cause": "NORMAL_CLEARING",
        "hangup_code": "sip:200",
        "duration_seconds": DURATION,
        "billing_seconds": 41,
        "ringing_seconds": 6,
        "other_leg_call_id": other,
        "owner_id": "0b6e1f2a93c84d57a1e0f3b2c4d5e6f7",
        "timestamp": END,
    }


def from_hook(**leg: str) -> Record:
    """The record of the hook."""
    event = events.read_event({**destroyed(**leg), "hook_event": "channel_destroy"})
    assert isinstance(event, events.ChannelDestroy)
    return ended(event)


def from_post(**leg: str) -> Record:
    """The record of what is posted to a cdr_url: no ids of the leg itself."""
    told = destroyed(**leg)
    posted = {
        "-".join(word.capitalize() for word in name.split("_")).replace("Id", "ID"): str(value)
        for name, value in told.items()
        if name not in ("account_id", "call_id", "owner_id", "other_leg_call_id")
    }
    posted["Channel-Created-Time"] = str(CREATED + (told["call_id"] == B))
    posted["Other-Leg-Call-ID"] = told["other_leg_call_id"]
    return ended(read_cdr(posted))


def listed(**leg: str) -> dict[str, Any]:
    """The row of Crossbar's list."""
    told = destroyed(**leg)
    created = CREATED + (told["call_id"] == B)
    document = stored_document({**told, "bridge_id": A, "channel_created_time": created})
    return row(document)


def from_api(**leg: str) -> Record:
    """The record of the row."""
    return ended(read_row(listed(**leg)))


B_LEG = {"call_id": B, "other": A, "direction": "outbound"}


def test_three_sources_tell_the_same() -> None:
    """Two sources give the same fact of a leg the same name, value, and time."""
    told = [from_hook(), from_post(), from_api()]
    for one, other in itertools.combinations(told, 2):
        common = one.facts.keys() & other.facts.keys()
        assert {name: one.facts[name] for name in common} == {
            name: other.facts[name] for name in common
        }
        assert len(common) >= 8
    assert {record.at for record in told} == {datetime(2026, 1, 15, 9, 30, 47, tzinfo=UTC)}
    assert [record.verified for record in told] == [False, False, True]
    assert {name for record in told for name in record.facts} <= {f.rstrip("_") for f in FACTS}


def test_a_row_of_nothing() -> None:
    """Crossbar writes '' for what is missing; it is missing here, too."""
    found = ended(read_row(dict.fromkeys(COLUMNS, "")))
    assert found == Record("ended", None, {}, verified=True)


def test_what_the_api_says_is_believed() -> None:
    """A posted CDR can be forged: what Crossbar says of the same fact wins, whatever its time."""
    forged = Record("ended", datetime(2030, 1, 1, tzinfo=UTC), {"duration_seconds": 1, "x": 2})
    found = merged([forged, from_api()])
    assert (found["duration_seconds"], found["x"], found["verified"]) == (DURATION, 2, True)
    assert "verified" not in merged([forged])


def test_a_posted_leg_finds_its_call_id() -> None:
    """A posted B leg has no id; once Crossbar tells of the leg created then, the two are one."""
    posted = from_post(**B_LEG)
    alone = merged([posted])["legs"]
    assert isinstance(alone, dict)
    assert list(alone) == [f"b-{posted.facts['channel_created_time']}"]
    told = as_leg([from_api(**B_LEG)], B)
    found = merged([posted, told])["legs"]
    assert isinstance(found, dict)
    assert found.keys() == {B}
    leg = found[B]
    assert isinstance(leg, dict)
    assert (leg["verified"], leg["hangup_code"], leg["bridge_id"]) == (True, "sip:200", A)


def test_two_legs_created_at_one_moment_are_not_confused() -> None:
    """An unnamed leg whose time fits two others stays by itself."""
    posted, told = from_post(**B_LEG), from_api(**B_LEG)
    found = merged([posted, as_leg([told], B), as_leg([told], C)])["legs"]
    assert isinstance(found, dict)
    assert len(found) == 3


CALLERS: list[tuple[dict[str, Any], set[str]]] = [
    ({"call_direction": "outbound", "other_leg_call_id": A}, {A}),
    ({"call_direction": "inbound", "other_leg_call_id": A}, set()),
    ({"call_direction": "inbound", "other_leg_call_id": A, "bridge_id": C}, {C}),
    ({"call_direction": "outbound", "other_leg_call_id": A, "bridge_id": C}, {A, C}),
    ({"call_direction": "outbound", "bridge_id": B}, set()),
    ({}, set()),
]


@pytest.mark.parametrize(("told", "expected"), CALLERS)
def test_whose_call_a_leg_belongs_to(told: dict[str, Any], expected: set[str]) -> None:
    """An outbound leg belongs to its other leg's call, any leg to that of its first leg."""
    assert callers(B, [Record("ended", None, told)]) == expected


RECORDS = st.builds(
    Record,
    st.sampled_from(["created", "answered", "ended"]),
    st.one_of(st.none(), st.integers(0, 2).map(lambda n: datetime(2026, 1, 1, 0, 0, n, 0, UTC))),
    st.dictionaries(
        st.sampled_from(["from", "channel_created_time", "call_direction"]),
        st.sampled_from(["x", "y"]),
    ),
    st.sampled_from(["", "b", "leg-1", "leg-2"]),
    st.booleans(),
)


def check_any_order(records: list[Record], data: st.DataObject) -> None:
    """The records in another order, some of them twice, make the same record."""
    again = data.draw(st.lists(st.sampled_from(records), max_size=4)) if records else []
    shuffled = data.draw(st.permutations(records + again))
    assert merged(shuffled) == merged(records)
    assert [Record.from_json(record.as_json()) for record in shuffled] == shuffled


@given(st.lists(RECORDS, max_size=8), st.data())
@settings(max_examples=300, deadline=None)
def test_order_and_repetition_of_legs_do_not_matter(
    records: list[Record], data: st.DataObject
) -> None:
    """Legs with and without ids, verified or not, merge to the same record in any order."""
    check_any_order(records, data)


@pytest.mark.long
@given(st.lists(RECORDS, max_size=12), st.data())
@settings(max_examples=4000, deadline=None)
def test_order_and_repetition_do_not_matter_for_long(
    records: list[Record], data: st.DataObject
) -> None:
    """The same, often."""
    check_any_order(records, data)


# -- in the table ----------------------------------------------------------------------------------


def delivery(call_id: str, sort: str, record: Record) -> dict[str, Any]:
    """A delivery as a receiver stores it."""
    return {
        "pk": {"S": f"{ACCOUNT}#{call_id}"},
        "sk": {"S": sort},
        "record": {"S": record.as_json()},
    }


DELIVERIES = [
    delivery(A, "event#channel_destroy#1", from_hook()),
    delivery(A, "cdr#a#1", from_post()),
    delivery(A, "cdr#b#1", from_post(**B_LEG)),
    delivery(A, "api#cdr#1", from_api()),
    delivery(B, "event#channel_destroy#1", from_hook(**B_LEG)),
    delivery(B, "api#cdr#1", from_api(**B_LEG)),
]


def told(deliveries: Iterable[dict[str, Any]], table: str) -> dict[str, Any]:
    """The call's record after these deliveries, each stored and worked on in turn."""
    dynamodb, records = aws_client("dynamodb"), CallRecords()
    for item in dynamodb.scan(TableName=table)["Items"]:
        dynamodb.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})
    for each in deliveries:
        dynamodb.put_item(TableName=table, Item=each)
        records.refresh(each["pk"]["S"])
    return records.get(f"{ACCOUNT}#{A}") or {}


def test_one_call_from_three_sources(tables: Mapping[str, str]) -> None:
    """Hooks, posts and the API make one record of the call, with its bridged leg in it."""
    found = told(DELIVERIES, tables["CALL_RECORDS_TABLE"])
    assert found["sources"] == ["cdr_api", "cdr_url", "hook"]
    assert (found["state"], found["verified"], found["duration_seconds"]) == ("ended", True, 47)
    assert found["legs"].keys() == {B}
    assert found["legs"][B]["verified"] is True
    assert found["legs"][B]["ringing_seconds"] == 6


def test_whoever_comes_first(tables: Mapping[str, str]) -> None:
    """Deliveries of both legs in many orders, some of them twice, make the same record."""
    chance, table = random.Random(5), tables["CALL_RECORDS_TABLE"]  # noqa: S311
    expected = told(DELIVERIES, table)
    for _ in range(12):
        mixed = DELIVERIES + chance.choices(DELIVERIES, k=3)
        chance.shuffle(mixed)
        assert told(mixed, table) == expected


def test_both_legs_were_called(tables: Mapping[str, str]) -> None:
    """In a click-to-call both legs are outbound: each has the other, and both come to rest."""
    first = delivery(A, "event#1", from_hook(direction="outbound"))
    second = delivery(B, "event#1", from_hook(**B_LEG))
    table = tables["CALL_RECORDS_TABLE"]
    found = told([first, second, first, second, first], table)
    assert found["legs"].keys() == {B}
    items = aws_client("dynamodb").scan(TableName=table)["Items"]
    counts = {item["sk"]["S"]: item["deliveries"]["N"] for item in items if "deliveries" in item}
    assert counts == {"record": "2", f"leg#{A}": "1", f"leg#{B}": "1"}


def test_facts_are_json() -> None:
    """Every fact is text or a number: times are ISO 8601."""
    for record in (from_hook(), from_post(), from_api()):
        assert json.loads(json.dumps(dict(record.facts))) == record.facts
    assert facts(object()) == {}
