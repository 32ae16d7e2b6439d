"""office_hours, dialled: hours, holidays, and the switch behind a PIN."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

NEW_YORK = ZoneInfo("America/New_York")
OFFICE, SWITCH = "6051", "*6051"
MESSAGE = "Please leave a message."


def at(text: str) -> datetime:
    """What a clock in New York shows."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize("now", ["2026-11-23 09:00", "2026-11-23 17:59", "2026-07-06 10:00"])
def test_while_it_is_open(dial: Phone, now: str) -> None:
    """In opening hours the front desk is rung, whichever offset from UTC is in force."""
    call = dial("office_hours", called=OFFICE, at=at(now))
    call.is_bridged_to("b2c0a4e1").is_carried_through().does_not_hear("closed")


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nobody_is_free(dial: Phone, rung: Rung) -> None:
    """A caller whom the front desk does not take leaves a message."""
    call = dial("office_hours", called=OFFICE, at=at("2026-11-23 09:00"), rung=rung)
    call.hears(f"No one is available right now. {MESSAGE}").leaves_voicemail(
        "7a6b5c4d"
    ).is_carried_through()


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-23 08:59", "We are closed. We open today at 9 AM."),
        ("2026-11-23 12:45", "We are closed. We open today at 1:30 PM."),
        ("2026-11-23 23:00", "We are closed. We open tomorrow at 9 AM."),
        ("2026-11-27 15:00", "We are closed. We open on Monday at 9 AM."),
        ("2026-11-26 10:00", "We are closed for Thanksgiving. We open tomorrow at 9 AM."),
        ("2026-07-03 10:00", "We are closed for Independence Day. We open on Monday at 9 AM."),
        ("2026-12-09 14:30", "We are closed for a staff training. We open today at 4 PM."),
        ("2026-12-25 00:10", "We are closed for Christmas. We open on Monday at 9 AM."),
    ],
)
def test_while_it_is_closed(dial: Phone, now: str, said: str) -> None:
    """Outside the hours and on holidays the caller hears when the office opens."""
    call = dial("office_hours", called=OFFICE, at=at(now)).hears(f"{said} {MESSAGE}")
    call.leaves_voicemail("7a6b5c4d").is_carried_through()


def test_an_office_that_does_not_open_soon(dial: Phone) -> None:
    """When no opening is near, none is promised."""
    call = dial("office_hours", called="6052")
    call.hears(f"We are closed for renovation. {MESSAGE}").leaves_voicemail()


def test_a_number_without_hours(dial: Phone) -> None:
    """A number that has no entry is always open."""
    dial("office_hours", called="+14155550100").is_bridged_to("b2c0a4e1").is_carried_through()


def test_one_office_for_all_numbers(dial: Phone) -> None:
    """With a name of the office in its settings, the number that was dialled does not matter."""
    call = dial("office_hours", settings={"OFFICE": OFFICE}, at=at("2026-11-28 12:00"))
    call.hears("We are closed. We open on Monday at 9 AM.").is_carried_through()


@pytest.mark.parametrize(
    ("key", "said", "night", "day"),
    [
        ("1", "The office is open from now on. Goodbye.", True, True),
        ("2", "The office is closed from now on. Goodbye.", False, False),
        ("3", "The office is on schedule from now on. Goodbye.", False, True),
    ],
)
def test_the_switch(dial: Phone, key: str, said: str, *, night: bool, day: bool) -> None:
    """Whoever knows the PIN opens or closes the office, or lets the hours decide."""
    call = dial("office_hours", called=SWITCH, press=("2580#", key))
    call.hears("Please enter your PIN").hears("Press 1 to open").presses(key).hears(said)
    call.hung_up("kazoo").is_carried_through()
    for now, open_ in (("2026-11-23 03:00", night), ("2026-11-23 10:00", day)):
        call = dial("office_hours", called=OFFICE, at=at(now))
        call.is_bridged_to("user") if open_ else call.hears("We are closed.").leaves_voicemail()


def test_an_office_closed_by_phone_promises_no_opening(dial: Phone) -> None:
    """Nobody knows when an office opens that was closed by hand."""
    dial("office_hours", called=SWITCH, press=("2580#", "2")).hears("closed from now on")
    call = dial("office_hours", called=OFFICE, at=at("2026-11-23 03:00"))
    call.hears(f"We are closed. {MESSAGE}")


@pytest.mark.parametrize("key", ["7", ""])
def test_no_choice_at_the_switch(dial: Phone, key: str) -> None:
    """A key that is no choice, or none, changes nothing."""
    call = dial("office_hours", called=SWITCH, press=("2580#", key))
    call.hears("Nothing is changed. Goodbye.").hung_up("kazoo").is_carried_through()
    dial("office_hours", called=OFFICE, at=at("2026-11-23 10:00")).is_bridged_to("user")


def test_a_wrong_pin(dial: Phone) -> None:
    """After three wrong PINs the call ends; a right one among them is taken."""
    call = dial("office_hours", called=SWITCH, press=("1#", "2#", "3#", "2580#"))
    call.hears("Sorry, that's not correct.").hears("Goodbye.").hung_up("kazoo")
    call.does_not_hear("Press 1")
    dial("office_hours", called=SWITCH, press=("4#", "2580#", "3")).hears("on schedule")


def test_silence_at_the_switch(dial: Phone) -> None:
    """Who enters no PIN is asked again, and then hung up."""
    call = dial("office_hours", called=SWITCH).is_silent().is_silent().is_silent()
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_five_wrong_pins_lock_the_switch(dial: Phone) -> None:
    """A locked switch takes no PIN, and sounds as if the PIN was wrong."""
    account_id = "d" * 32
    for _ in range(2):
        dial("office_hours", called=SWITCH, press=("1#", "2#", "3#"), account_id=account_id)
    call = dial("office_hours", called=SWITCH, press=("2580#",), account_id=account_id)
    call.hears("Sorry, that's not correct.").does_not_hear("Press 1")


@pytest.mark.parametrize("broken", [{"zone": "Mars"}, {"holidays": "BEGIN:VEVENT"}])
def test_hours_that_cannot_be_read(dial: Phone, broken: dict[str, str]) -> None:
    """A fault in the entry does not turn callers away: the front desk is rung."""
    entry = {"zone": "America/New_York", "week": {}, **broken}
    dial.put("office_hours", "6099", entry)
    dial("office_hours", called="6099").is_bridged_to("b2c0a4e1").is_carried_through()


def test_a_call_id_that_comes_again(dial: Phone) -> None:
    """A call under the id of one that was forgotten is a new call."""
    for now in ("2026-11-23 10:00", "2026-11-24 10:00"):
        call = dial("office_hours", call_id="again@198.51.100.23", called=OFFICE, at=at(now))
        call.is_bridged_to("b2c0a4e1").is_carried_through()


def test_the_database_is_down(dial: Phone) -> None:
    """When nobody can say whether the office is open, callers get through."""
    call = dial(
        "office_hours", called="6052", settings={"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"}
    )
    call.is_bridged_to("user b2c0a4e1").is_carried_through()
