"""Opening hours in the console: drawn, edited, refused, and never saved unseen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from functions.console.accounts import Chosen
from functions.console.audit import AuditLog
from pivotkit.core.errors import StateUnavailable
from pivotkit.lookups.hours import OfficeHours
from pivotkit.store.directory import Directory, Entries
from tests.console import HASH, Answer, Visitor, signed_in
from tests.events import ACCOUNT

OFFICE = "6051"
NOW = datetime(2026, 12, 21, 15, tzinfo=UTC)
HOLIDAYS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:x\r\n"
    "DTSTAMP:20260101T000000Z\r\nSUMMARY:Christmas <b>Day\r\nDTSTART;VALUE=DATE:20261225\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)
STORED: dict[str, Any] = {
    "zone": "America/New_York",
    "week": {"mon-thu": "09:00-12:30, 13:30-18:00", "fri": "22:00-02:00"},
    "holidays": HOLIDAYS,
    "note": "of the front office",
}
PAGE = f"/entries/hours?account={ACCOUNT}&key={OFFICE}"
FIELDS = {"account": ACCOUNT, "key": OFFICE, "zone": "America/New_York"}


@pytest.fixture(autouse=True)
def entries(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Entries:
    """The account's hours, in a deployed stack with a console key."""
    assert tables
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    monkeypatch.setenv("KEY_HASHES", HASH)
    stored = Directory("office_hours").of(Chosen(ACCOUNT))
    stored.put(OFFICE, STORED)
    return stored


def typed(page: Answer, **changed: str) -> dict[str, str]:
    """The fields of the form as a browser sends them, some of them *changed*."""
    found = re.findall(r'<input[^>]* name="([^"]*)" value="([^"]*)"', page.text)
    fields = {name.replace(".", "__"): value for name, value in found}
    return {**fields, **FIELDS, "holidays": HOLIDAYS, **changed}


def confirmed(visitor: Visitor, fields: Mapping[str, str]) -> Answer:
    """The answer to a form whose changes were shown and confirmed."""
    shown = visitor.post("/entries/hours", **fields)
    found = re.search(r'name="confirm" value="([^"]+)"', shown.text)
    assert found, shown.shown
    return visitor.post("/entries/hours", **fields, confirm=found[1])


def test_the_next_days_are_those_of_callers() -> None:
    """Each day is open or closed as the layer says, with the holiday's name as text."""
    with time_machine.travel(NOW, tick=False):
        page = Visitor(signed_in().cookie).get(PAGE)
    assert page.status == 200
    assert "Fri 25 Dec closed Christmas <b>Day" in page.shown
    assert "<b>Day" not in page.text
    assert "Mon 21 Dec open 09:00-12:30, 13:30-18:00" in page.shown
    assert "Sun 27 Dec closed no hours on Sundays" in page.shown
    assert "Now open in America/New_York" in page.shown
    assert OfficeHours().status(Chosen(ACCOUNT), OFFICE, NOW).open


def test_a_change_is_shown_before_it_is_saved(entries: Entries) -> None:
    """The first press shows what changes and stores nothing; the second one saves just that."""
    visitor = signed_in()
    fields = typed(visitor.get(PAGE), tue__1__from="14:00", wed__2__from="19:00", wed__2__to="2:00")
    shown = visitor.post("/entries/hours", **fields)
    assert shown.status == 200
    assert "Tuesday before: 09:00-12:30, 13:30-18:00 after: 09:00-12:30, 14:00-18:00" in shown.shown
    assert entries.get(OFFICE) == STORED
    assert confirmed(visitor, fields).status == 303
    stored = entries.get(OFFICE)
    assert stored
    assert stored["week"] == {
        "mon": "09:00-12:30, 13:30-18:00",
        "tue": "09:00-12:30, 14:00-18:00",
        "wed": "09:00-12:30, 13:30-18:00, 19:00-02:00",
        "thu": "09:00-12:30, 13:30-18:00",
        "fri": "22:00-02:00",
    }
    assert {**stored, "week": STORED["week"]} == STORED
    (audit,) = AuditLog().of_account(ACCOUNT)
    assert audit.audit[1:] == ("save entries", "office_hours", "6051: Tuesday, Wednesday")
    assert audit.outcome == "done"


def test_what_was_not_shown_is_not_saved(entries: Entries) -> None:
    """A form that was changed after its review is shown again."""
    visitor = signed_in()
    fields = typed(visitor.get(PAGE), sun__0__from="10:00", sun__0__to="12:00")
    found = re.search(
        r'name="confirm" value="(.+?)"', visitor.post("/entries/hours", **fields).text
    )
    assert found
    other = {**fields, "sun__0__to": "13:00", "confirm": found[1]}
    assert "10:00-13:00" in visitor.post("/entries/hours", **other).shown
    assert entries.get(OFFICE) == STORED


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"mon__0__from": "9"}, "week is '9-12:30': must be a span of times, such as 09:00-12:30"),
        ({"mon__0__from": "<b>"}, "week is '<b>-12:30': must be a span of times"),
        ({"sat__0__from": "09:00"}, "must have a beginning and an end, or neither"),
        ({"sat__0__from": "09:00", "sat__0__to": "09:00"}, "must be a span of times"),
        ({"zone": "Mars/Base"}, "zone is 'Mars/Base': must be a time zone"),
        ({"holidays": "25 December"}, "it must begin with BEGIN:VCALENDAR"),
        ({"key": "\x00"}, "must be a dialed number"),
    ],
)
def test_a_wrong_value_is_refused_beside_its_field(
    entries: Entries, changed: dict[str, str], fault: str
) -> None:
    """The layer's rule stands at the field, what was typed stays, and nothing is saved."""
    visitor = signed_in()
    answer = visitor.post("/entries/hours", **typed(visitor.get(PAGE), **changed))
    assert answer.status == 422
    assert fault in answer.shown
    assert answer.text.count('aria-invalid="true"') >= 1
    assert "<b>" not in answer.text
    assert 'name="confirm"' not in answer.text
    assert entries.get(OFFICE) == STORED
    assert AuditLog().of_account(ACCOUNT) == []


def test_the_second_of_two_editors_is_told(entries: Entries) -> None:
    """Hours that changed since the page was opened are not overwritten."""
    visitor = signed_in()
    fields = typed(visitor.get(PAGE), sun__0__from="10:00", sun__0__to="12:00")
    entries.put(OFFICE, {**STORED, "zone": "Europe/Lisbon"})
    answer = visitor.post("/entries/hours", **fields)
    assert answer.status == 409
    assert "Time zone before: Europe/Lisbon after: America/New_York" in answer.shown
    assert (entries.get(OFFICE) or {})["zone"] == "Europe/Lisbon"


def test_a_wrong_value_in_between_hides_no_other_editor(entries: Entries) -> None:
    """A form that is refused and corrected still began with the hours of before."""
    visitor = signed_in()
    fields = typed(visitor.get(PAGE), sun__0__from="10:00")
    entries.put(OFFICE, {**STORED, "zone": "Europe/Lisbon"})
    refused = visitor.post("/entries/hours", **fields)
    assert refused.status == 422
    answer = visitor.post("/entries/hours", **typed(refused, sun__0__to="12:00"))
    assert answer.status == 409


def test_a_change_between_read_and_write_is_not_overwritten(
    entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB itself compares the entry: a change that comes last is refused."""
    visitor = signed_in()
    fields = typed(visitor.get(PAGE), sun__0__from="10:00", sun__0__to="12:00")
    begin = AuditLog.begin

    def meanwhile(*args: Any) -> Any:
        entries.put(OFFICE, {**STORED, "zone": "Europe/Lisbon"})
        return begin(*args)

    monkeypatch.setattr(AuditLog, "begin", meanwhile)
    assert confirmed(visitor, fields).status == 409
    assert (entries.get(OFFICE) or {})["zone"] == "Europe/Lisbon"
    assert [each.outcome for each in AuditLog().of_account(ACCOUNT)] == ["failed"]


def test_without_an_audit_nothing_is_changed(
    entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that cannot be recorded is not made."""

    def down(*_: Any) -> Any:
        raise StateUnavailable("down")

    visitor = signed_in()
    fields = typed(visitor.get(PAGE), sun__0__from="10:00", sun__0__to="12:00")
    monkeypatch.setattr(AuditLog, "begin", down)
    assert confirmed(visitor, fields).status == 503
    assert entries.get(OFFICE) == STORED


def test_new_hours_and_their_end(entries: Entries) -> None:
    """An office without hours gets some, and loses them again; both are shown first."""
    visitor = signed_in()
    fields = typed(visitor.get(f"/entries/hours?account={ACCOUNT}&key="), key="main", holidays="")
    assert confirmed(visitor, fields).status == 303
    made = entries.get("main")
    assert made
    assert made["week"] == dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00")
    page = visitor.get(f"/entries/hours?account={ACCOUNT}&key=main")
    gone = {"account": ACCOUNT, "key": "main", "version": version_of(page), "delete": "yes"}
    assert confirmed(visitor, gone).status == 303
    assert entries.get("main") is None


def version_of(page: Answer) -> str:
    """The version that the form began with."""
    found = re.search(r'name="version" value="([0-9a-f]+)"', page.text)
    assert found
    return found[1]


def test_a_switch_that_overrides_hours_is_named() -> None:
    """Hours that callers do not hear because of the switch are not shown without it."""
    Directory("switch").of(Chosen(ACCOUNT)).put("office_hours", {"mode": "closed"})
    assert "The switch office_hours of this account says closed" in signed_in().get(PAGE).shown


def test_hours_that_cannot_be_read_can_be_mended(entries: Entries) -> None:
    """The page of broken hours names the fault and has a form."""
    entries.put(OFFICE, {"zone": "UTC", "week": {"monday": "09:00-17:00"}})
    visitor = signed_in()
    page = visitor.get(PAGE)
    assert "week is 'monday': must be a day" in page.shown
    fields = typed(page, mon__0__from="09:00", mon__0__to="17:00", holidays="")
    assert confirmed(visitor, fields).status == 303
    assert (entries.get(OFFICE) or {})["week"] == {"mon": "09:00-17:00"}
