"""The requests that workers send about an event: rows, screens, and paths of documents."""

import time
from typing import Any

import pytest
import time_machine

from functions.workers.billing_sync.objects import path_of
from functions.workers.screen_pop.screens import screen, with_customers
from functions.workers.update_row.rows import cell, row, upsert
from pivotkit.events import ObjectEvent
from pivotkit.services.crm import Customer
from pivotkit.services.upstream import UpstreamDown
from scripts.make_events import CALLED_LEG, CREATE
from scripts.sample_deliveries import MORE
from tests.deliveries import RECEIVED_AT, delivery

# -- rows ------------------------------------------------------------------------------------------


def test_the_row_of_an_event() -> None:
    """A row has an ID of its own, the event's name and time, and the columns that the event has."""
    missed = delivery("missed_call", MORE["missed_call"])
    assert row(missed, ["caller_id_number", "to_user", "hangup_cause", "message_left"]) == {
        "event_id": missed.id,
        "event": "missed_call",
        "at": "2026-01-15T09:30:00+00:00",
        "caller_id_number": "+14155550142",
        "to_user": "6001",
        "message_left": "false",
    }


def test_an_event_without_a_time() -> None:
    """The row of an event without a time has the time of the delivery."""
    created = delivery("doc_created", MORE["doc_created"])
    assert row(created, ["id", "type"])["at"] == "2026-01-15T09:30:06+00:00"


CELLS = {
    '=HYPERLINK("x")': '\'=HYPERLINK("x")',
    "@sum": "'@sum",
    "-1+1": "'-1+1",
    "+14155550142": "+14155550142",
    "-1.5": "-1.5",
    "Zoë": "Zoë",
    "x" * 3000: "x" * 2000,
    "": "",
}


@pytest.mark.parametrize(("text", "expected"), CELLS.items())
def test_a_cell_is_no_formula(text: str, expected: str) -> None:
    """Text that a sheet could take for a formula stays text, and long texts are cut."""
    missed = delivery("missed_call", {**MORE["missed_call"], "caller_id_name": text})
    assert cell(missed.event, "caller_id_name") == expected


@pytest.mark.parametrize("name", ["required", "notify", "about_it", "__class__", "to"])
def test_fields_that_are_no_cells(name: str) -> None:
    """Only texts, numbers, times, and truth values become cells."""
    assert cell(delivery("missed_call", MORE["missed_call"]).event, name) == ""


def test_an_upsert() -> None:
    """Airtable is asked to update the row that has the event's ID."""
    assert upsert({"event_id": "x"}) == {
        "performUpsert": {"fieldsToMergeOn": ["event_id"]},
        "records": [{"fields": {"event_id": "x"}}],
        "typecast": True,
    }


# -- screens ---------------------------------------------------------------------------------------

RINGS = {**CALLED_LEG, "hook_event": "channel_create"}


@time_machine.travel(RECEIVED_AT, tick=False)
def test_a_call_to_an_agent() -> None:
    """A called leg shows its user who is calling."""
    shown = screen(delivery("channel_create", RINGS), 60)
    assert shown
    assert (shown["state"], shown["user"]) == ("ringing", RINGS["owner_id"])
    assert shown["caller"] == {"name": "Zoë Miller", "number": "+14155550142"}
    for hook, state in (("channel_answer", "answered"), ("channel_destroy", "over")):
        later = screen(delivery(hook, RINGS | {"hook_event": hook}), 60)
        assert later
        assert later["state"] == state


@time_machine.travel(RECEIVED_AT, tick=False)
@pytest.mark.parametrize(
    "values",
    [
        {**CREATE},
        {**RINGS, "owner_id": ""},
        {**RINGS, "hook_event": "channel_bridge"},
        {**RINGS, "timestamp": 63_935_688_606 - 61},
        {**RINGS, "timestamp": ""},
    ],
)
def test_events_that_are_not_shown(values: dict[str, Any]) -> None:
    """A caller's own leg, a leg without a user, other events, and old ones are not shown."""
    assert time.time() == RECEIVED_AT
    assert screen(delivery("channel_create", values), 60) is None


# -- documents -------------------------------------------------------------------------------------


def test_the_path_of_a_document() -> None:
    """The path names account, type, and ID, and none of them can lead elsewhere."""
    assert path_of(ObjectEvent(account_id="a", type="user", id="u")) == "/accounts/a/user/u"
    assert path_of(ObjectEvent(account_id="a", type="a/b", id="?")) == "/accounts/a/a%2Fb/%3F"


ALICE = Customer("Alice Adams", "https://acme.zendesk.com/agent/users/1")


def down(number: str) -> list[Customer]:
    """A CRM that is down."""
    raise UpstreamDown("crm", number)


@pytest.mark.parametrize(
    ("state", "number", "find", "found"),
    [
        ("ringing", "+14155550142", lambda number: [ALICE] * (number == "+14155550142"), True),
        ("ringing", "+14155550142", down, False),
        ("ringing", None, down, False),
        ("over", "+14155550142", lambda _: [ALICE], False),
    ],
)
def test_customers_are_shown_while_it_rings(
    state: str, number: str | None, find: Any, *, found: bool
) -> None:
    """A ringing call has the caller's customers; a CRM that is down does not hide the call."""
    call: dict[str, Any] = {"state": state, "caller": {"name": "A", "number": number}}
    shown = with_customers(call, find)
    assert shown == (call | {"customers": [ALICE._asdict()]} if found else call)
