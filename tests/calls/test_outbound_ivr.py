"""outbound_ivr, dialed: what the person whom KAZOO called hears."""

from typing import Any

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import Rung
from pivotkit.store.directory import Directory
from tests.accounts import FIRST
from tests.calls.conftest import Phone

ANN, LISTED = "4155550123", "4155550124"
WHO, WHY = "the practice of Dr. Brown", "your appointment on Monday"
CHOICES = "To talk to us, press 1. To stop calls from us, press 9."
AGENT = "user b2c0a4e1"
CALL_BACK = "Please call us back at 4 1 5 5 5 5 0 1 0 0. Goodbye."
REMOVED = "Thank you. We won't call you again. Goodbye."
MISTAKE = "Sorry, we called you by mistake. Goodbye."


def called(dial: Phone, *press: str, contact: Any = ANN, **call: Any) -> Dialogue:
    """A click-to-call to *contact*, who presses these keys."""
    variables = {"contact": contact, "who": WHO, "why": WHY, **call.pop("variables", {})}
    return dial("outbound_ivr", press=press, variables=variables, **call)


def listed(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The numbers on the list, without those of seed.json."""
    monkeypatch.setenv("DIRECTORY_TABLE", dial.tables["DIRECTORY_TABLE"])
    return set(Directory("do_not_call").of(FIRST).entries()) - {f"+1{LISTED}"}


def test_a_person_who_wants_to_talk(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """People hear who is calling and why, and are connected when they press 1."""
    call = called(dial, "1").hears(f"Hello. This is {WHO}. We're calling about {WHY}. {CHOICES}")
    call.presses("1").hears("Thank you. Please hold while I connect you.").rings(
        AGENT, 30
    ).is_bridged_to(AGENT)
    call.is_carried_through()
    assert not listed(dial, monkeypatch)


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_no_one_is_available(dial: Phone, rung: Rung) -> None:
    """People who want to talk are told if no one is available."""
    call = called(dial, "1", rung=rung).hears(
        "Sorry, no one is available right now. We'll try you again later. Goodbye."
    )
    call.hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("contact", [ANN, f"1{ANN}", f"+1{ANN}", 14155550123])
def test_a_person_who_wants_no_calls(
    dial: Phone, monkeypatch: pytest.MonkeyPatch, contact: Any
) -> None:
    """People who press 9 are put on the list, however their number is written."""
    call = called(dial, "9", contact=contact).presses("9").hears(REMOVED)
    call.hung_up("kazoo").is_carried_through()
    assert listed(dial, monkeypatch) == {f"+1{ANN}"}

    again = called(dial, "1").hears(MISTAKE).hung_up("kazoo").is_carried_through()
    again.does_not_hear(CHOICES)


def test_no_variable_has_the_number(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable, the call's own number is put on the list."""
    called(dial, "9", contact="", caller="+14155550177").hears(REMOVED)
    assert listed(dial, monkeypatch) == {"+14155550177"}


@pytest.mark.parametrize("contact", ["anonymous", ["4155550123"]])
def test_a_withheld_number(dial: Phone, monkeypatch: pytest.MonkeyPatch, contact: Any) -> None:
    """People with a withheld number are told which number to call."""
    call = called(dial, "9", contact=contact, caller="anonymous")
    call.hears("To stop calls from us, please call 4 1 5 5 5 5 0 1 0 0. Goodbye.")
    call.hung_up("kazoo").is_carried_through()
    assert not listed(dial, monkeypatch)


def test_another_country(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting is the default country code of numbers without a plus."""
    called(dial, "9", contact="02079460000", settings={"HOME_COUNTRY": "GB"})
    assert listed(dial, monkeypatch) == {"+442079460000"}


def test_an_answering_machine(dial: Phone) -> None:
    """After silence the greeting is repeated, then ends with our number."""
    call = called(dial).hears(CHOICES).is_silent().hears(CHOICES).is_silent()
    call.hears(f"This is {WHO}. We're calling about {WHY}. {CALL_BACK}").hung_up("kazoo")
    call.is_carried_through()


@pytest.mark.parametrize(
    ("keys", "end"),
    [
        (("5", "1"), "Please hold while I connect you."),
        (("#", "9"), REMOVED),
        (("5", "*"), CALL_BACK),
    ],
)
def test_wrong_keys(dial: Phone, keys: tuple[str, ...], end: str) -> None:
    """The question is asked once more after a wrong key."""
    called(dial, *keys).hears(CHOICES).hears(CHOICES).hears(end).is_carried_through()


def test_without_variables(dial: Phone) -> None:
    """A call without variables has the company's name, and no reason."""
    call = dial("outbound_ivr", settings={"COMPANY": "Acme", "OUR_NUMBER": "4155550177"})
    call.hears(f"Hello. This is Acme. {CHOICES}").does_not_hear("We're calling about")
    call.hears("Hello. This is Acme. Please call us back at 4 1 5 5 5 5 0 1 7 7.")
    call.is_carried_through()


def test_texts_from_outside(dial: Phone) -> None:
    """Variables are cut, and cleaned of all that a media server might expand."""
    odd = {"who": "Ann ${api(system x)}", "why": "x " * 300}
    call = called(dial, "1", variables=odd).hears(
        "This is Ann api system x. We're calling about x x"
    )
    call.is_carried_through()
    assert len(call.heard[0]) < 500


@pytest.mark.parametrize("who", [{"a": 1}, True, "<>"])
def test_unusable_variables(dial: Phone, who: Any) -> None:
    """A variable without speakable text is ignored."""
    body = {"req_body_format": "json"}
    variables = {"contact": ANN, "who": who}
    call = dial("outbound_ivr", body, press=("1",), variables=variables)
    call.hears(f"This is Example Incorporated. {CHOICES}").is_carried_through()


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Phone, table: str) -> None:
    """When a table cannot be reached, people are let go with an apology."""
    call = called(dial, "1", settings={table: "no-such-table"}).hears(MISTAKE).hung_up("kazoo")
    call.does_not_hear(CHOICES)
