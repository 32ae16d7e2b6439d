"""outbound_ivr, dialled: what a person hears whom KAZOO has called for us."""

from typing import Any

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import Rung
from pivotkit.store.directory import Directory
from tests.calls.conftest import Phone

ANN, LISTED = "4155550123", "4155550124"
WHO, WHY = "the practice of Dr. Brown", "your appointment on Monday"
CHOICES = "To talk to us, press 1. To get no more calls from us, press 9."
AGENT = "user b2c0a4e1"
CALL_BACK = "Please call us back: 4 1 5 5 5 5 0 1 0 0. Goodbye."
SORRY = "Sorry, we called you by mistake. Goodbye."


def called(dial: Phone, *press: str, contact: Any = ANN, **call: Any) -> Dialogue:
    """A person who was called by click-to-call, and presses these keys."""
    variables = {"contact": contact, "who": WHO, "why": WHY, **call.pop("variables", {})}
    return dial("outbound_ivr", press=press, variables=variables, **call)


def listed(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The numbers on the list, but for those of the seed."""
    monkeypatch.setenv("DIRECTORY_TABLE", dial.tables["DIRECTORY_TABLE"])
    return set(Directory("do_not_call").entries()) - {f"+1{LISTED}"}


def test_she_wants_to_talk(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who presses 1 has heard who calls and why, and is connected."""
    call = called(dial, "1").hears(f"Hello. This is {WHO}. We call about {WHY}. {CHOICES}")
    call.presses("1").hears("Thank you. Please hold while Please hold while I connect you.").rings(
        AGENT, 30
    ).is_bridged_to(AGENT)
    call.is_carried_through()
    assert not listed(dial, monkeypatch)


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_nobody_is_free(dial: Phone, rung: Rung) -> None:
    """If nobody can talk to her she is told so."""
    call = called(dial, "1", rung=rung).hears("Sorry, nobody is free. We call you again.")
    call.hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("contact", [ANN, f"1{ANN}", f"+1{ANN}", 14155550123])
def test_she_wants_no_calls(dial: Phone, monkeypatch: pytest.MonkeyPatch, contact: Any) -> None:
    """Who presses 9 is on the list from now on, whichever way her number was written."""
    call = called(dial, "9", contact=contact).presses("9").hears("We do not call you again.")
    call.hung_up("kazoo").is_carried_through()
    assert listed(dial, monkeypatch) == {f"+1{ANN}"}

    again = called(dial, "1").hears(SORRY).hung_up("kazoo").is_carried_through()
    again.does_not_hear(CHOICES)


def test_no_variable_names_her_number(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable the call's own number is hers."""
    called(dial, "9", contact="", caller="+14155550177").hears("We do not call you again.")
    assert listed(dial, monkeypatch) == {"+14155550177"}


@pytest.mark.parametrize("contact", ["anonymous", ["4155550123"]])
def test_a_withheld_number(dial: Phone, monkeypatch: pytest.MonkeyPatch, contact: Any) -> None:
    """Whose number is not known is told whom to call."""
    call = called(dial, "9", contact=contact, caller="anonymous")
    call.hears("To get no more calls, please call 4 1 5 5 5 5 0 1 0 0. Goodbye.")
    call.hung_up("kazoo").is_carried_through()
    assert not listed(dial, monkeypatch)


def test_another_country(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting says how a number without a plus is read."""
    called(dial, "9", contact="02079460000", settings={"COUNTRY_CODE": "44"})
    assert listed(dial, monkeypatch) == {"+442079460000"}


def test_an_answering_machine(dial: Phone) -> None:
    """Silence hears the text twice, then once more with our number, and is not connected."""
    call = called(dial).hears(CHOICES).is_silent().hears(CHOICES).is_silent()
    call.hears(f"This is {WHO}. We call about {WHY}. {CALL_BACK}").hung_up("kazoo")
    call.is_carried_through()


@pytest.mark.parametrize(
    ("keys", "end"),
    [
        (("5", "1"), "Please hold while Please hold while I connect you."),
        (("#", "9"), "not call you again"),
        (("5", "*"), CALL_BACK),
    ],
)
def test_wrong_keys(dial: Phone, keys: tuple[str, ...], end: str) -> None:
    """A wrong key is asked about once more."""
    called(dial, *keys).hears(CHOICES).hears(CHOICES).hears(end).is_carried_through()


def test_without_variables(dial: Phone) -> None:
    """A call that brings no text has the company's name, and no reason."""
    call = dial("outbound_ivr", settings={"COMPANY": "Acme", "OUR_NUMBER": "4155550177"})
    call.hears(f"Hello. This is Acme. {CHOICES}").does_not_hear("We call about")
    call.hears("Hello. This is Acme. Please call us back: 4 1 5 5 5 5 0 1 7 7.")
    call.is_carried_through()


def test_texts_from_outside(dial: Phone) -> None:
    """What a media server might expand is not spoken, and no text is longer than it may be."""
    odd = {"who": "Ann ${api(system x)}", "why": "x " * 300}
    call = called(dial, "1", variables=odd).hears("This is Ann api system x. We call about x x")
    call.is_carried_through()
    assert len(call.heard[0]) < 500


@pytest.mark.parametrize("who", [{"a": 1}, True, "<>"])
def test_texts_that_are_none(dial: Phone, who: Any) -> None:
    """A variable that holds nothing to say stands for none."""
    body = {"req_body_format": "json"}
    variables = {"contact": ANN, "who": who}
    call = dial("outbound_ivr", body, press=("1",), variables=variables)
    call.hears(f"This is Example Incorporated. {CHOICES}").is_carried_through()


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Phone, table: str) -> None:
    """Without the list nobody is asked anything."""
    call = called(dial, "1", settings={table: "no-such-table"}).hears(SORRY).hung_up("kazoo")
    call.does_not_hear(CHOICES)
