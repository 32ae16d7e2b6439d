"""Deliveries add up to one record, whatever their order and however often each arrives."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit.store.records import STATES, Delivery, Record, merged

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def at(seconds: int) -> datetime:
    """*seconds* into the call."""
    return START + timedelta(seconds=seconds)


RECORDS = st.builds(
    Record,
    st.sampled_from(STATES),
    st.one_of(st.none(), st.integers(0, 3).map(at)),
    st.dictionaries(
        st.sampled_from(["from", "to", "cause"]),
        st.one_of(st.none(), st.booleans(), st.integers(0, 2), st.sampled_from("ab")),
    ),
)


@given(st.lists(RECORDS, max_size=8), st.data())
@settings(max_examples=100, deadline=None)
def test_order_and_repetition_do_not_matter(records: list[Record], data: st.DataObject) -> None:
    """Records in any order, each any number of times, merge to the same record."""
    expected = merged(records)
    again = data.draw(st.lists(st.sampled_from(records), max_size=5)) if records else []
    shuffled = data.draw(st.permutations(records + again))
    assert merged(shuffled) == expected
    assert merged(Record.from_json(record.as_json()) for record in shuffled) == merged(
        Record.from_json(record.as_json()) for record in records
    )


@given(RECORDS)
@settings(max_examples=200, deadline=None)
def test_a_record_survives_its_text(record: Record) -> None:
    """A record read back from its text is the same, but for facts that nobody knew."""
    facts = {name: value for name, value in record.facts.items() if value is not None}
    assert Record.from_json(record.as_json()) == Record(record.state, record.at, facts)


def test_the_furthest_state_counts() -> None:
    """The state is the furthest reached, with the first time of each, whoever came last."""
    found = merged(
        [
            Record("ended", at(9), {"cause": "NORMAL_CLEARING"}),
            Record("created", at(1), {"cause": None, "from": "1"}),
            Record("created", at(0), {"from": "1"}),
            Record("answered", at(3), {"from": "2"}),
        ]
    )
    assert found == {
        "state": "ended",
        "created_at": "2026-11-21T12:00:00+00:00",
        "answered_at": "2026-11-21T12:00:03+00:00",
        "ended_at": "2026-11-21T12:00:09+00:00",
        "from": "2",
        "cause": "NORMAL_CLEARING",
    }


def test_the_states_are_in_order() -> None:
    """A call, a fax, a voicemail and a document have lives, each in this order."""
    lives = (
        ("noted", "created", "answered", "bridged", "parked", "retrieved", "abandoned", "ended"),
        ("failed", "received", "sent"),
        ("received", "saved", "deleted"),
        ("created", "edited", "deleted"),
        ("noted", "created", "missed", "ended"),
    )
    for life in lives:
        assert sorted(life, key=STATES.index) == list(life)
    assert {state for life in lives for state in life} == set(STATES)


def test_in_one_state_the_later_counts() -> None:
    """Of what two deliveries of one state say, the later is believed, and first of all a time."""
    held = [
        Record("bridged", at(5), {"on_hold": True}),
        Record("bridged", at(7), {"on_hold": False}),
    ]
    assert merged(held)["on_hold"] is False
    assert merged([*held, Record("bridged", None, {"on_hold": True})])["on_hold"] is False
    assert merged([*held, Record("bridged", at(7), {"on_hold": True})])["on_hold"] is True


def test_a_state_that_there_is_not() -> None:
    """A record with another state is an error that names the states."""
    with pytest.raises(ValueError, match="state is 'lost': must be one of noted, created"):
        Record("lost", None, {})  # type: ignore[arg-type]


def test_nothing_at_all() -> None:
    """No record is an empty one."""
    assert merged([]) == {}


@pytest.mark.parametrize("item", [{}, {"record": {"S": ""}}])
def test_a_delivery_without_a_record(item: dict[str, Any]) -> None:
    """A delivery that could not be read has no record, and is no error."""
    assert Delivery("a#c", item).record is None


def test_a_delivery_with_a_record() -> None:
    """A delivery's record is what the receiver made of it."""
    text = json.dumps({"state": "ended", "at": None, "facts": {"a": 1}})
    assert Delivery("a#c", {"record": {"S": text}}).record == Record("ended", None, {"a": 1})
