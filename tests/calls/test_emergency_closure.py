"""emergency_closure, dialed: every caller hears it, and one switch ends it."""

from datetime import UTC, datetime

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

SWITCH = "*6063"
CLOSED = "We're closed because of the weather. Please call back another day. Goodbye."


@pytest.mark.parametrize("caller", ["+14155550199", "anonymous"])
def test_every_caller_hears_it(dial: Phone, caller: str) -> None:
    """While the office is closed, every caller hears the reason, and no phone rings."""
    call = dial("emergency_closure", caller=caller).hears(CLOSED).hung_up("kazoo")
    call.is_carried_through()
    assert "rings" not in str(call)


@pytest.mark.parametrize(
    ("key", "reason"),
    [("1", "because of the weather"), ("2", "because of a power outage")],
)
def test_closing_by_phone(dial: Phone, key: str, reason: str) -> None:
    """The next caller hears the reason chosen at the switch."""
    call = dial("emergency_closure", called=SWITCH, press=("2580#", key))
    call.hears("Please enter your PIN").presses("2580#").hears("To close").presses(key)
    call.hears(f"The office is now closed {reason}. Goodbye.")
    call.hung_up("kazoo").is_carried_through()
    dial("emergency_closure").hears(f"We're closed {reason}.")


def test_opening_by_phone(dial: Phone) -> None:
    """Once the office is open again, callers are connected to the front desk."""
    call = dial("emergency_closure", called=SWITCH, press=("2580#", "0"))
    call.hears("The office is now open. Goodbye.").is_carried_through()
    dial("emergency_closure").is_bridged_to("user b2c0a4e1").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_one_is_available(dial: Phone, rung: Rung) -> None:
    """Callers leave a message when the front desk doesn't answer."""
    dial("emergency_closure", called=SWITCH, press=("2580#", "0"))
    call = dial("emergency_closure", rung=rung)
    call.hears("No one is available right now. Please leave a message.")
    call.leaves_voicemail("7a6b5c4d")


def test_a_reason_from_the_directory(dial: Phone) -> None:
    """A reason written into the Directory is spoken, without anything a media server expands."""
    dial("emergency_closure", called=SWITCH)
    dial.put("switch", "emergency_closure", {"reason": "until ${x} Monday"})
    dial("emergency_closure").hears("We're closed until x Monday.").is_carried_through()


@pytest.mark.parametrize("key", ["9", ""])
def test_an_invalid_choice(dial: Phone, key: str) -> None:
    """An invalid key, or none, changes nothing."""
    call = dial("emergency_closure", called=SWITCH, press=("2580#", key))
    call.hears("Nothing was changed. Goodbye.").hung_up("kazoo").is_carried_through()
    dial("emergency_closure").hears(CLOSED)


@pytest.mark.parametrize("press", [("1#", "2#", "3#"), ()])
def test_a_wrong_pin(dial: Phone, press: tuple[str, ...]) -> None:
    """Three wrong PINs, or silence, end the call and change nothing."""
    call = dial("emergency_closure", called=SWITCH, press=(*press, "2580#") if press else ())
    call.hears("Sorry, that's not correct.").hears("Goodbye.").hung_up("kazoo")
    call.is_carried_through().does_not_hear("press 1")
    dial("emergency_closure").hears(CLOSED)


def test_the_database_is_down(dial: Phone) -> None:
    """Without the database, callers are connected to the front desk."""
    call = dial("emergency_closure", settings={"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"})
    call.is_bridged_to("user b2c0a4e1").is_caught()


def test_a_call_id_used_again(dial: Phone) -> None:
    """A call with the ID of an expired one is a new call."""
    for day in (1, 2):
        call = dial(
            "emergency_closure",
            call_id="again@198.51.100.23",
            at=datetime(2026, 11, day, tzinfo=UTC),
        )
        call.hears(CLOSED).is_carried_through()
