"""disa, dialled: out from any phone, behind a PIN and a policy."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Dial
from tests.calls.phone import Phone

PIN, NUMBER, TARGET = "246810#", "4155550177#", "+14155550177"
ASKED = "Please enter the number you want to call, followed by the pound key."


def test_a_call_out(dial: Dial) -> None:
    """Who knows the PIN dials out, and the other side sees the company's number."""
    call = dial("disa", press=(PIN, NUMBER))
    call.hears("Please enter your PIN, followed by the pound key.").presses(PIN).hears(
        ASKED
    ).presses(NUMBER)
    call.runs("set_cid", "the caller is shown as Example Inc +14155550100")
    call.is_bridged_to(TARGET).is_carried_through()


def test_a_pin_after_a_wrong_one(dial: Dial) -> None:
    """A wrong PIN may be mended."""
    call = dial("disa", press=("1#", PIN, NUMBER))
    call.hears("Sorry, that's not correct.").presses(PIN).is_bridged_to(TARGET)


def test_three_wrong_pins(dial: Dial) -> None:
    """After three wrong PINs the call ends, and nobody was asked for a number."""
    call = dial("disa", press=("1#", "2#", "3#", PIN, NUMBER))
    call.presses("3#").hears("Goodbye.").hung_up("kazoo").is_carried_through()
    call.does_not_hear("number you want")


def test_the_lock_holds_across_calls(dial: Dial) -> None:
    """After five wrong PINs even the right one opens nothing; another account is not locked."""
    account_id = "d" * 32
    for _ in range(2):
        dial("disa", press=("1#", "2#", "3#"), account_id=account_id)
    locked = dial("disa", press=(PIN, PIN, PIN, NUMBER), account_id=account_id)
    locked.hears("Goodbye.").does_not_hear("number you want")
    dial("disa", press=(PIN, NUMBER), account_id="e" * 32).is_bridged_to(TARGET)


def test_silence_at_the_pin(dial: Dial) -> None:
    """Who presses nothing hears a goodbye."""
    call = dial("disa").hears("PIN").is_silent()
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_silence_at_the_number(dial: Dial) -> None:
    """Who knows the PIN and then presses nothing hears a goodbye."""
    call = dial("disa", press=(PIN,)).hears(ASKED).is_silent()
    call.hears("Goodbye.").does_not_hear("Sorry").hung_up("kazoo").is_carried_through()


REFUSED = {
    "9005550177#": "premium rate",
    "4159761234#": "premium rate",
    "8885550177#": "toll-free",
    "8765550177#": "not in an allowed country",
    "011442079460000#": "not in an allowed country",
    "011881651234567#": "not in an allowed country",
    "911#": "emergency number",
    "2030#": "short number",
    "*67*4155550177#": "not a number",
}


@pytest.mark.parametrize(("number", "reason"), REFUSED.items())
def test_a_refused_number(dial: Dial, number: str, reason: str) -> None:
    """A number that the policy refuses is not dialled; the caller hears why, and may mend it."""
    sorry = f"Sorry, that number can't be called: {reason}."
    refused = dial("disa", press=(PIN, number, number, NUMBER))
    refused.hears(f"{sorry} {ASKED}").hears(f"{sorry} Goodbye.").hung_up("kazoo")
    mended = dial("disa", press=(PIN, number, NUMBER)).hears(sorry)
    mended.is_bridged_to(TARGET).is_carried_through()


@pytest.mark.parametrize(
    ("rung", "said"),
    [(Rung.BUSY, "The line is busy. Goodbye."), (Rung.NO_ANSWER, "There was no answer. Goodbye.")],
)
def test_the_other_side_does_not_answer(dial: Dial, rung: Rung, said: str) -> None:
    """A caller who cannot be connected is told why."""
    call = dial("disa", press=(PIN, NUMBER), rung=rung).rings(TARGET)
    call.hears(said).hung_up("kazoo").is_carried_through()


def test_too_many_calls(dial: Phone) -> None:
    """An account has so many calls an hour, and no more."""
    settings, account_id = {"CALLS_PER_HOUR": 2}, "f" * 32
    calls = [
        dial("disa", press=(PIN, NUMBER), settings=settings, account_id=account_id)
        for _ in range(3)
    ]
    for call in calls[:2]:
        call.is_bridged_to(TARGET)
    calls[2].hears("There were too many calls in this hour.").hung_up("kazoo").is_carried_through()


def test_the_database_is_down(dial: Phone) -> None:
    """Without the database nobody dials out."""
    dial("disa")  # its seed is there
    call = dial("disa", press=(PIN, NUMBER), settings={"CALL_STATE_TABLE": "gone"})
    call.hears("Sorry, please call again later. Goodbye.").hung_up("kazoo").is_carried_through()
