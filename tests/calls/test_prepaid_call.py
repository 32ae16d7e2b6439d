"""prepaid_call, dialed: connected for as long as the balance lasts, or refused."""

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.events import Bridged
from pivotctl.switch.scenario import Rung
from pivotctl.upstreams import FakeReply
from tests.calls.conftest import Dial, Upstreams
from tests.calls.phone import Phone

RICH, POOR, BROKE, STRANGER = "+14155550123", "+14155550124", "+14155550125", "+14155550199"
NUMBER, TARGET = "4155550177#", "+14155550177"
NUMBER_PROMPT = "Please enter the number you want to call, followed by the pound key."
UNAVAILABLE = "Sorry, this service isn't available right now. Please try again later. Goodbye."


def talk_times(call: Dialogue) -> list[float]:
    """The seconds that the caller talked."""
    return [event.seconds for event in call.events if isinstance(event, Bridged)]


def test_a_paid_call(dial: Dial, upstreams: Upstreams) -> None:
    """Callers with a balance hear how long it lasts, and are connected."""
    call = dial("prepaid_call", caller=RICH, press=(NUMBER,))
    call.hears(NUMBER_PROMPT).presses(NUMBER).hears("You can talk for 60 minutes.")
    call.rings(TARGET, 30).is_bridged_to(TARGET).hung_up("kazoo").is_carried_through()
    (request,) = upstreams.balance.received
    assert request.query == {"caller": RICH, "number": TARGET}


@pytest.mark.parametrize(
    ("balance", "rate", "announced", "limit"),
    [(7, 4, "one minute.", 105), (4, 4, "one minute.", 60), (40, 4, "ten minutes.", 600)],
)
def test_the_balance_is_the_limit(
    dial: Dial, monkeypatch: pytest.MonkeyPatch, balance: int, rate: int, announced: str, limit: int
) -> None:
    """KAZOO ends the call when the balance is used up."""
    answer = FakeReply({"balance": balance, "rate": rate})
    monkeypatch.setattr("pivotctl.upstreams.balance.BalanceFake.answer", lambda *_: answer)
    monkeypatch.setattr("pivotctl.switch.player.channel.TALK_SECONDS", 7200.0)
    call = dial("prepaid_call", caller=RICH, press=(NUMBER,))
    call.hears(f"You can talk for {announced}").hung_up("kazoo")
    assert talk_times(call) == [limit - 6.0]  # the other side rang for six seconds


def test_the_longest_call(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """No balance pays for more than the setting allows."""
    monkeypatch.setattr("pivotctl.switch.player.channel.TALK_SECONDS", 7200.0)
    call = dial(
        "prepaid_call", caller=RICH, press=(NUMBER,), settings={"LONGEST_MINUTES": 2}
    ).hears("You can talk for two minutes.")
    assert talk_times(call) == [114.0]


def test_a_call_that_costs_nothing(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number without a rate can be called with any balance."""
    answer = FakeReply({"balance": 0, "rate": 0})
    monkeypatch.setattr("pivotctl.upstreams.balance.BalanceFake.answer", lambda *_: answer)
    call = dial("prepaid_call", caller=BROKE, press=(NUMBER,))
    call.hears("You can talk for 60 minutes.").is_bridged_to(TARGET)


def test_an_empty_balance(dial: Dial) -> None:
    """Callers who can't pay for a minute hear their balance, and are not connected."""
    call = dial("prepaid_call", caller=BROKE, press=(NUMBER,))
    call.hears("Your balance is 0 dollars. That isn't enough for this call. Goodbye.")
    call.hung_up("kazoo").is_carried_through()
    assert not talk_times(call)


def test_a_debt(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """A balance below zero pays for nothing."""
    answer = FakeReply({"balance": -250, "rate": 4})
    monkeypatch.setattr("pivotctl.upstreams.balance.BalanceFake.answer", lambda *_: answer)
    call = dial("prepaid_call", caller=POOR, press=(NUMBER,))
    call.hears("Your balance is minus 2 dollars and 50 cents.").hung_up("kazoo")
    assert not talk_times(call)


def test_no_account(dial: Dial) -> None:
    """Callers without an account hear so, and are not connected."""
    call = dial("prepaid_call", caller=STRANGER, press=(NUMBER,))
    call.hears("Sorry, we couldn't find an account for your phone number. Goodbye.").hung_up(
        "kazoo"
    ).is_carried_through()
    assert not talk_times(call)


@pytest.mark.parametrize("trouble", ["is_slow", "is_wrong", "fails", "is_dead"])
def test_the_billing_system_fails(dial: Dial, upstreams: Upstreams, trouble: str) -> None:
    """However the billing system fails, callers are not connected."""
    getattr(upstreams.balance, trouble)()
    call = dial("prepaid_call", caller=RICH, press=(NUMBER,))
    call.hears(UNAVAILABLE).hung_up("kazoo").is_carried_through()
    assert not talk_times(call)


def test_a_refusal_of_the_billing_system(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused request doesn't mean that the caller has no account."""
    monkeypatch.setattr(
        "pivotctl.upstreams.balance.BalanceFake.answer", lambda *_: FakeReply({}, 403)
    )
    dial("prepaid_call", caller=RICH, press=(NUMBER,)).hears(UNAVAILABLE).hung_up("kazoo")


REFUSED = {
    "9005550177#": "premium rate",
    "8005550177#": "toll-free",
    "011442079460000#": "not in an allowed country",
    "011870773111632#": "not in an allowed country",
    "911#": "emergency number",
    "411#": "short number",
    "*72415555#": "not a number",
}


@pytest.mark.parametrize(("number", "reason"), REFUSED.items())
def test_a_refused_number(dial: Dial, upstreams: Upstreams, number: str, reason: str) -> None:
    """Callers hear why a number is refused, and may enter another one."""
    sorry = f"Sorry, that number can't be called: {reason}."
    corrected = dial("prepaid_call", caller=RICH, press=(number, NUMBER))
    corrected.hears(f"{sorry} {NUMBER_PROMPT}").presses(NUMBER).is_bridged_to(TARGET)
    upstreams.reset()
    refused = dial("prepaid_call", caller=RICH, press=(number, number, NUMBER))
    refused.hears(sorry).hears(f"{sorry} Goodbye.").hung_up("kazoo").is_carried_through()
    assert not upstreams.balance.received


def test_other_destinations(dial: Phone) -> None:
    """The setting names the destinations that can be called."""
    call = dial(
        "prepaid_call",
        caller=RICH,
        press=("011442079460000#",),
        settings={"ALLOWED_DESTINATIONS": "US +4420"},
    )
    call.is_bridged_to("+442079460000").is_carried_through()


def test_silence(dial: Dial) -> None:
    """Callers who press nothing hear goodbye."""
    call = dial("prepaid_call", caller=RICH).hears(NUMBER_PROMPT).is_silent()
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.NO_RESOURCES])
def test_no_answer(dial: Dial, rung: Rung) -> None:
    """Callers hear when there was no answer."""
    call = dial("prepaid_call", caller=RICH, press=(NUMBER,), rung=rung).rings(TARGET)
    call.hears("There was no answer. Goodbye.").hung_up("kazoo").is_carried_through()
