"""office_hours, dialed: hours, holidays, and the switch behind a PIN."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import Rung
from tests.accounts import SECOND
from tests.calls.conftest import Phone, Upstreams

NEW_YORK = ZoneInfo("America/New_York")
OFFICE, SWITCH = "6051", "*6051"
MESSAGE = "Please leave a message."


def at(text: str) -> datetime:
    """The moment when clocks in New York show *text*."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize("now", ["2026-11-23 09:00", "2026-11-23 17:59", "2026-07-06 10:00"])
def test_while_it_is_open(dial: Phone, now: str) -> None:
    """During office hours the front desk is rung, whatever the offset from UTC."""
    call = dial("office_hours", called=OFFICE, at=at(now))
    call.is_bridged_to("b2c0a4e1").is_carried_through().does_not_hear("closed")


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_one_is_available(dial: Phone, rung: Rung) -> None:
    """Callers leave a message when the front desk doesn't answer."""
    call = dial("office_hours", called=OFFICE, at=at("2026-11-23 09:00"), rung=rung)
    call.hears(f"No one is available right now. {MESSAGE}").leaves_voicemail("7a6b5c4d")
    call.is_carried_through()


@pytest.mark.parametrize(
    ("now", "announcement"),
    [
        ("2026-11-23 08:59", "We're closed. We'll reopen today at 9 AM."),
        ("2026-11-23 12:45", "We're closed. We'll reopen today at 1:30 PM."),
        ("2026-11-23 23:00", "We're closed. We'll reopen tomorrow at 9 AM."),
        ("2026-11-27 15:00", "We're closed. We'll reopen on Monday at 9 AM."),
        ("2026-11-26 10:00", "We're closed for Thanksgiving. We'll reopen tomorrow at 9 AM."),
        ("2026-07-03 10:00", "We're closed for Independence Day. We'll reopen on Monday at 9 AM."),
        ("2026-12-09 14:30", "We're closed for a staff training. We'll reopen today at 4 PM."),
        ("2026-12-25 00:10", "We're closed for Christmas. We'll reopen on Monday at 9 AM."),
    ],
)
def test_while_it_is_closed(dial: Phone, now: str, announcement: str) -> None:
    """After hours and on holidays callers hear when the office reopens."""
    call = dial("office_hours", called=OFFICE, at=at(now)).hears(f"{announcement} {MESSAGE}")
    call.leaves_voicemail("7a6b5c4d").is_carried_through()


def test_an_office_that_does_not_open_soon(dial: Phone) -> None:
    """Callers hear no time when the office doesn't open within sixty days."""
    call = dial("office_hours", called="6052")
    call.hears(f"We're closed for renovation. {MESSAGE}").leaves_voicemail()


@pytest.mark.parametrize(
    ("now", "is_open"), [("2026-12-25 10:00", True), ("2026-12-25 20:00", False)]
)
def test_a_calendar_that_cannot_be_read(dial: Phone, now: str, *, is_open: bool) -> None:
    """The week applies without the holidays, and the alarm for calendars counts the call."""
    value = {"zone": "America/New_York", "week": {"mon-fri": "09:00-17:00"}, "holidays": "none"}
    dial.put("office_hours", "6053", value)
    call = dial("office_hours", called="6053", at=at(now))
    if is_open:
        call.is_bridged_to("b2c0a4e1")
    else:
        call.hears("We're closed. We'll reopen on Monday at 9 AM.")
    call.is_carried_through()


def test_a_number_without_hours(dial: Phone) -> None:
    """A number without an entry is always open."""
    dial("office_hours", called="+14155550100").is_bridged_to("b2c0a4e1").is_carried_through()


def test_one_office_for_all_numbers(dial: Phone) -> None:
    """With the setting `OFFICE`, the dialed number doesn't matter."""
    call = dial("office_hours", settings={"OFFICE": OFFICE}, at=at("2026-11-28 12:00"))
    call.hears("We're closed. We'll reopen on Monday at 9 AM.").is_carried_through()


@pytest.mark.parametrize(
    ("key", "confirmation", "open_at_night", "open_by_day"),
    [
        ("1", "The office is now open. Goodbye.", True, True),
        ("2", "The office is now closed. Goodbye.", False, False),
        ("3", "The office now follows its regular hours. Goodbye.", False, True),
    ],
)
def test_the_switch(
    dial: Phone, key: str, confirmation: str, *, open_at_night: bool, open_by_day: bool
) -> None:
    """Staff with the PIN open or close the office, or return it to its regular hours."""
    call = dial("office_hours", called=SWITCH, press=("2580#", key))
    call.hears("Please enter your PIN").hears("To open the office, press 1.").presses(key)
    call.hears(confirmation).hung_up("kazoo").is_carried_through()
    for now, open_ in (("2026-11-23 03:00", open_at_night), ("2026-11-23 10:00", open_by_day)):
        call = dial("office_hours", called=OFFICE, at=at(now))
        call.is_bridged_to("user") if open_ else call.hears("We're closed.").leaves_voicemail()


def test_an_office_closed_by_phone_promises_no_opening(dial: Phone) -> None:
    """An office closed by phone doesn't say when it reopens."""
    dial("office_hours", called=SWITCH, press=("2580#", "2")).hears("The office is now closed.")
    call = dial("office_hours", called=OFFICE, at=at("2026-11-23 03:00"))
    call.hears(f"We're closed. {MESSAGE}")


@pytest.mark.parametrize("key", ["7", ""])
def test_an_invalid_choice_at_the_switch(dial: Phone, key: str) -> None:
    """An invalid key, or none, changes nothing."""
    call = dial("office_hours", called=SWITCH, press=("2580#", key))
    call.hears("Nothing was changed. Goodbye.").hung_up("kazoo").is_carried_through()
    dial("office_hours", called=OFFICE, at=at("2026-11-23 10:00")).is_bridged_to("user")


def test_a_wrong_pin(dial: Phone) -> None:
    """After three wrong PINs the call ends; the right one is accepted before that."""
    call = dial("office_hours", called=SWITCH, press=("1#", "2#", "3#", "2580#"))
    call.hears("Sorry, that's not correct.").hears("Goodbye.").hung_up("kazoo")
    call.does_not_hear("press 1")
    dial("office_hours", called=SWITCH, press=("4#", "2580#", "3")).hears("regular hours")


def test_silence_at_the_switch(dial: Phone) -> None:
    """Staff who enter no PIN are asked again, then hear goodbye."""
    call = dial("office_hours", called=SWITCH).is_silent().is_silent().is_silent()
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_five_wrong_pins_lock_the_switch(dial: Phone) -> None:
    """A locked switch accepts no PIN, and sounds the same as for a wrong one."""
    for _ in range(2):
        dial("office_hours", called=SWITCH, press=("1#", "2#", "3#"))
    call = dial("office_hours", called=SWITCH, press=("2580#",))
    call.hears("Sorry, that's not correct.").does_not_hear("press 1")


@pytest.mark.parametrize("broken", [{"zone": "Mars"}, {"week": "always"}])
def test_hours_that_cannot_be_read(dial: Phone, broken: dict[str, str]) -> None:
    """Faulty hours don't turn callers away: the front desk is rung."""
    entry = {"zone": "America/New_York", "week": {}, **broken}
    dial.put("office_hours", "6099", entry)
    dial("office_hours", called="6099").is_bridged_to("b2c0a4e1").is_caught()


def test_a_call_id_used_again(dial: Phone) -> None:
    """A call with the ID of an expired one is a new call."""
    for now in ("2026-11-23 10:00", "2026-11-24 10:00"):
        call = dial("office_hours", call_id="again@198.51.100.23", called=OFFICE, at=at(now))
        call.is_bridged_to("b2c0a4e1").is_carried_through()


def test_the_database_is_down(dial: Phone) -> None:
    """Without the database, callers are connected to the front desk."""
    call = dial(
        "office_hours", called="6052", settings={"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"}
    )
    call.is_bridged_to("user b2c0a4e1").is_caught()


def test_two_accounts(dial: Phone) -> None:
    """Staff of one account close their own office only, also under the same name."""
    monday = datetime(2026, 9, 21, 15, tzinfo=UTC)
    dial("office_hours", called=OFFICE, at=monday).is_bridged_to("b2c0a4e1")
    closed = dial("office_hours", called=OFFICE, at=monday, account_id=SECOND.account_id)
    closed.hears("We're closed.")


# -- a calendar that people keep -------------------------------------------------------------------

SURGERY, NOON = "2027-01-13 14:00", "2027-01-12 12:00"
"""In New York: the fakes' calendar has an event in the first, and none in the second."""


@pytest.mark.parametrize(
    ("kind", "address", "login"),
    [
        ("google", "google", "google"),
        ("microsoft365", "microsoft/v1.0", "microsoft"),
        ("caldav", "caldav/calendars/office", "caldav"),
    ],
)
def test_an_event_closes_the_office(
    dial: Phone, upstreams: Upstreams, kind: str, address: str, login: str
) -> None:
    """An event in the calendar closes the office in its hours; a calendar that is down does not."""
    settings = {
        "CALENDAR": kind,
        "CALENDAR_URL": f"{upstreams.url}/{address}",
        "CALENDAR_LOGIN_URL": f"{upstreams.url}/{login}",
        "CALENDAR_NAME": "office@example.com" if kind == "microsoft365" else "primary",
        "CALENDAR_CLIENT_ID": "c",
        "CALENDAR_CLIENT_SECRET": "s",
        "CALENDAR_TOKEN": "t",
    }

    def place(now: str) -> Dialogue:
        return dial("office_hours", called=OFFICE, at=at(now), settings=settings)

    place(SURGERY).hears(f"We're closed. {MESSAGE}").leaves_voicemail().is_carried_through()
    place(NOON).is_bridged_to("b2c0a4e1").is_carried_through()
    upstreams[login].is_dead()
    place(SURGERY).is_bridged_to("b2c0a4e1").is_carried_through()
