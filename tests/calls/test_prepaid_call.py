"""prepaid_call, dialled: connected for as long as the balance lasts, or refused."""

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.events import Bridged
from pivotctl.switch.scenario import Rung
from pivotctl.upstreams import FakeReply
from tests.calls.conftest import Dial, Upstreams
from tests.calls.phone import Phone

RICH, POOR, BROKE, STRANGER = "+14155550123", "+14155550124", "+14155550125", "+14155550199"
NUMBER, TARGET = "4155550177#", "+14155550177"
ASKED = "Please enter the number you want to call, then pound."
NOT_NOW = "Sorry, calls are not possible right now. Goodbye."


def talked(call: Dialogue) -> list[float]:
    """For how long the caller talked, in seconds."""
    return [event.seconds for event in call.events if isinstance(event, Bridged)]


def test_a_paid_call(dial: Dial, upstreams: Upstreams) -> None:
    """A caller with a balance hears how long it lasts, and is connected."""
    call = dial("prepaid_call", caller=RICH, press=(NUMBER,))
    call.hears(ASKED).presses(NUMBER).hears("You can talk for 60 minutes.")
    call.rings(TARGET, 30).is_bridged_to(TARGET).hung_up("kazoo").is_carried_through()
    (asked,) = upstreams.balance.received
    assert asked.query == {"caller": RICH, "number": TARGET}


@pytest.mark.parametrize(
    ("balance", "rate", "announced", "limit"),
    [(7, 4, "1 minute.", 105), (4, 4, "1 minute.", 60), (40, 4, "10 minutes.", 600)],
)
def test_the_balance_is_the_limit(
    dial: Dial, monkeypatch: pytest.MonkeyPatch, balance: int, rate: int, announced: str, limit: int
) -> None:
    """KAZOO itself ends the call when the balance is used up."""
    answer = FakeReply({"balance": balance, "rate": rate})
    monkeypatch.setattr("pivotctl.upstreams.balance.BalanceFake.answer", lambda *_: answer)
    monkeypatch.setattr("pivotctl.switch.player.channel.TALK_SECONDS", 7200.0)
    call = dial("prepaid_call", caller=RICH, press=(NUMBER,))
    call.hears(f"You can talk for {announced}").hung_up("kazoo")
    assert talked(call) == [limit - 6.0]  # the other side rang for six seconds


def test_the_longest_call(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """No balance pays for more than the setting allows."""
    monkeypatch.setattr("pivotctl.switch.player.channel.TALK_SECONDS", 7200.0)
    call = dial(
        "prepaid_call", caller=RICH, press=(NUMBER,), settings={"LONGEST_MINUTES": 2}
    ).hears("You can talk for 2 minutes.")
    assert talked(call) == [114.0]


def test_a_call_that_costs_nothing(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number without a rate may be called with any balance."""
    answer = FakeReply({"balance": 0, "rate": 0})
    monkeypatch.setattr("pivotctl.upstreams.balance.BalanceFake.answer", lambda *_: answer)
    call = dial("prepaid_call", caller=BROKE, press=(NUMBER,))
    call.hears("You can talk for 60 minutes.").is_bridged_to(TARGET)


def test_an_empty_balance(dial: Dial) -> None:
    """Who cannot pay for a minute hears the balance, and is not connected."""
    call = dial("prepaid_call", caller=BROKE, press=(NUMBER,))
    call.hears("Your balance is 0 dollars. That does not pay for a minute. Goodbye.")
    call.hung_up("kazoo").is_carried_through()
    assert not talked(call)


def test_a_debt(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """A balance below zero pays for nothing."""
    answer = FakeReply({"balance": -250, "rate": 4})
    monkeypatch.setattr("pivotctl.upstreams.balance.BalanceFake.answer", lambda *_: answer)
    call = dial("prepaid_call", caller=POOR, press=(NUMBER,))
    call.hears("Your balance is minus 2 dollars and 50 cents.").hung_up("kazoo")
    assert not talked(call)


def test_no_account(dial: Dial) -> None:
    """Who has no account is told so."""
    call = dial("prepaid_call", caller=STRANGER, press=(NUMBER,))
    call.hears("You have no account. Goodbye.").hung_up("kazoo").is_carried_through()
    assert not talked(call)


@pytest.mark.parametrize("trouble", ["is_slow", "is_wrong", "fails", "is_dead"])
def test_the_billing_system_is_ill(dial: Dial, upstreams: Upstreams, trouble: str) -> None:
    """Without a balance nobody is connected."""
    getattr(upstreams.balance, trouble)()
    call = dial("prepaid_call", caller=RICH, press=(NUMBER,))
    call.hears(NOT_NOW).hung_up("kazoo").is_carried_through()
    assert not talked(call)


def test_a_refusal_of_the_billing_system(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """A billing system that refuses us does not make the caller a stranger."""
    monkeypatch.setattr(
        "pivotctl.upstreams.balance.BalanceFake.answer", lambda *_: FakeReply({}, 403)
    )
    dial("prepaid_call", caller=RICH, press=(NUMBER,)).hears(NOT_NOW).hung_up("kazoo")


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
    """A number that may not be called is refused with the reason, and may be mended once."""
    sorry = f"Sorry, this number cannot be called: {reason}."
    mended = dial("prepaid_call", caller=RICH, press=(number, NUMBER))
    mended.hears(f"{sorry} {ASKED}").presses(NUMBER).is_bridged_to(TARGET)
    upstreams.reset()
    refused = dial("prepaid_call", caller=RICH, press=(number, number, NUMBER))
    refused.hears(sorry).hears(f"{sorry} Goodbye.").hung_up("kazoo").is_carried_through()
    assert not upstreams.balance.received


def test_other_destinations(dial: Phone) -> None:
    """The setting says where calls may go."""
    call = dial(
        "prepaid_call",
        caller=RICH,
        press=("011442079460000#",),
        settings={"ALLOWED_DESTINATIONS": "US +4420"},
    )
    call.is_bridged_to("+442079460000").is_carried_through()


def test_silence(dial: Dial) -> None:
    """Who enters nothing hears a goodbye."""
    call = dial("prepaid_call", caller=RICH).hears(ASKED).is_silent()
    call.hears("Goodbye.").hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.NO_RESOURCES])
def test_nobody_answers(dial: Dial, rung: Rung) -> None:
    """A caller whose call does not come about is told so."""
    call = dial("prepaid_call", caller=RICH, press=(NUMBER,), rung=rung).rings(TARGET)
    call.hears("Nobody answers. Goodbye.").hung_up("kazoo").is_carried_through()
