"""disa, dialed: out from any phone, behind a PIN and a policy."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Dial
from tests.calls.phone import Phone

PIN, NUMBER, TARGET = "246810#", "4155550177#", "+14155550177"
NUMBER_PROMPT = "Please enter the number you want to call, followed by the pound key."
UNAVAILABLE = "Sorry, this service isn't available right now. Please try again later. Goodbye."


def test_a_call_out(dial: Dial) -> None:
    """Staff with the PIN dial out, and the callee sees the company's number."""
    call = dial("disa", press=(PIN, NUMBER))
    call.hears("Please enter your PIN, followed by the pound key.").presses(PIN)
    call.hears(NUMBER_PROMPT).presses(NUMBER)
    call.runs("set_cid", "the caller is shown as Example Inc +14155550100")
    call.is_bridged_to(TARGET).is_carried_through()


def test_a_pin_after_a_wrong_one(dial: Dial) -> None:
    """After a wrong PIN the right one is accepted."""
    call = dial("disa", press=("1#", PIN, NUMBER))
    call.hears("Sorry, that's not correct.").presses(PIN).is_bridged_to(TARGET)


def test_three_wrong_pins(dial: Dial) -> None:
    """After three wrong PINs the call ends without asking for a number."""
    call = dial("disa", press=("1#", "2#", "3#", PIN, NUMBER))
    call.presses("3#").hears("Goodbye.").hung_up("kazoo").is_carried_through()
    call.does_not_hear("number you want")


def test_the_lock_holds_across_calls(dial: Dial) -> None:
    """After five wrong PINs even the right one is refused."""
    for _ in range(2):
        dial("disa", press=("1#", "2#", "3#"))
    locked = dial("disa", press=(PIN, PIN, PIN, NUMBER))
    locked.hears("Goodbye.").does_not_hear("number you want")


def test_a_right_pin_unlocks_no_one_else(dial: Dial) -> None:
    """The right PIN takes back nothing that other callers got wrong."""
    for _ in range(5):
        dial("disa", press=("1#", ""), caller="+14155550142")
        dial("disa", press=(PIN, NUMBER)).hears("PIN")
    dial("disa", press=(PIN, PIN, PIN, NUMBER)).hears("Goodbye.").does_not_hear("number you want")


def test_silence_at_the_pin(dial: Dial) -> None:
    """Callers who press nothing hear goodbye."""
    call = dial("disa").hears("PIN").is_silent()
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_silence_at_the_number(dial: Dial) -> None:
    """Staff who enter no number hear goodbye."""
    call = dial("disa", press=(PIN,)).hears(NUMBER_PROMPT).is_silent()
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
    """Callers hear why the policy refuses a number, and may enter another one."""
    sorry = f"Sorry, that number can't be called: {reason}."
    refused = dial("disa", press=(PIN, number, number, NUMBER))
    refused.hears(f"{sorry} {NUMBER_PROMPT}").hears(f"{sorry} Goodbye.").hung_up("kazoo")
    corrected = dial("disa", press=(PIN, number, NUMBER)).hears(sorry)
    corrected.is_bridged_to(TARGET).is_carried_through()


@pytest.mark.parametrize(
    ("rung", "prompt"),
    [(Rung.BUSY, "The line is busy. Goodbye."), (Rung.NO_ANSWER, "There was no answer. Goodbye.")],
)
def test_the_callee_does_not_answer(dial: Dial, rung: Rung, prompt: str) -> None:
    """Callers who can't be connected hear why."""
    call = dial("disa", press=(PIN, NUMBER), rung=rung).rings(TARGET)
    call.hears(prompt).hung_up("kazoo").is_carried_through()


def test_too_many_calls(dial: Phone) -> None:
    """Calls beyond the hourly limit of an account are refused."""
    settings = {"CALLS_PER_HOUR": 2}
    calls = [dial("disa", press=(PIN, NUMBER), settings=settings) for _ in range(3)]
    for call in calls[:2]:
        call.is_bridged_to(TARGET)
    calls[2].hears("Sorry, the hourly call limit has been reached.").hung_up("kazoo")
    calls[2].is_carried_through()


def test_the_database_is_down(dial: Phone) -> None:
    """Without the database no one dials out."""
    dial("disa")  # its seed is there
    call = dial("disa", press=(PIN, NUMBER), settings={"CALL_STATE_TABLE": "gone"})
    call.hears(UNAVAILABLE).hung_up("kazoo").is_caught()
