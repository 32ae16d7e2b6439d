"""emergency_closure, dialled: everybody hears it, and one switch ends it."""

from datetime import UTC, datetime

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

SWITCH = "*6063"
CLOSED = "We are closed because of the weather. Please call again another day. Goodbye."


@pytest.mark.parametrize("caller", ["+14155550199", "anonymous"])
def test_everybody_hears_it(dial: Phone, caller: str) -> None:
    """While the office is closed every caller hears the reason, and nobody is rung."""
    call = dial("emergency_closure", caller=caller).hears(CLOSED).hung_up("kazoo")
    call.is_carried_through()
    assert "rings" not in str(call)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("1", "We are closed because of the weather."),
        ("2", "We are closed because of a power failure."),
    ],
)
def test_closing_by_phone(dial: Phone, key: str, said: str) -> None:
    """The reason that is chosen at the switch is what the next caller hears."""
    call = dial("emergency_closure", called=SWITCH, press=("2580#", key))
    call.hears("Please enter your PIN").presses("2580#").hears("To close").presses(key)
    call.hears(f"{said.replace('We are', 'The office is')[:-1]} from now on. Goodbye.")
    call.hung_up("kazoo").is_carried_through()
    dial("emergency_closure").hears(said)


def test_opening_by_phone(dial: Phone) -> None:
    """Once the office is open again, the front desk is rung."""
    call = dial("emergency_closure", called=SWITCH, press=("2580#", "0"))
    call.hears("The office is open from now on. Goodbye.").is_carried_through()
    dial("emergency_closure").is_bridged_to("user b2c0a4e1").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nobody_is_free(dial: Phone, rung: Rung) -> None:
    """A caller whom the front desk does not take leaves a message."""
    dial("emergency_closure", called=SWITCH, press=("2580#", "0"))
    call = dial("emergency_closure", rung=rung)
    call.hears("No one is available right now. Please leave a message.").leaves_voicemail(
        "7a6b5c4d"
    )


def test_a_reason_of_ones_own(dial: Phone) -> None:
    """A reason that is written into the Directory is spoken, without what a speech engine obeys."""
    dial("emergency_closure", called=SWITCH)
    dial.put("switch", "emergency_closure", {"reason": "until ${x} Monday"})
    dial("emergency_closure").hears("We are closed until x Monday.").is_carried_through()


@pytest.mark.parametrize("key", ["9", ""])
def test_no_choice(dial: Phone, key: str) -> None:
    """A key that is no choice, or none, changes nothing."""
    call = dial("emergency_closure", called=SWITCH, press=("2580#", key))
    call.hears("Nothing is changed. Goodbye.").hung_up("kazoo").is_carried_through()
    dial("emergency_closure").hears(CLOSED)


@pytest.mark.parametrize("press", [("1#", "2#", "3#"), ()])
def test_who_does_not_know_the_pin(dial: Phone, press: tuple[str, ...]) -> None:
    """Three wrong PINs, or silence, end the call, and the office stays as it was."""
    call = dial("emergency_closure", called=SWITCH, press=(*press, "2580#") if press else ())
    call.hears("Sorry, that's not correct.").hears("Goodbye.").hung_up("kazoo")
    call.is_carried_through().does_not_hear("press 1")
    dial("emergency_closure").hears(CLOSED)


def test_the_database_is_down(dial: Phone) -> None:
    """When nobody can say whether the office is closed, callers get through."""
    call = dial("emergency_closure", settings={"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"})
    call.is_bridged_to("user b2c0a4e1").is_carried_through()


def test_a_call_id_that_comes_again(dial: Phone) -> None:
    """A call under the id of one that was forgotten is a new call."""
    for day in (1, 2):
        call = dial(
            "emergency_closure",
            call_id="again@198.51.100.23",
            at=datetime(2026, 11, day, tzinfo=UTC),
        )
        call.hears(CLOSED).is_carried_through()
