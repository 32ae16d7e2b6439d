"""survey, dialled: questions, wrong keys, and a second call that goes on with the rest."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pivotkit.store.directory import Directory
from tests.calls.conftest import Phone

HELP, WAITING, RECOMMEND = "How well did we help you?", "wait too long?", "Would you recommend us?"
LATER, THANKS, DONE = "call again to go on", "That was the last question.", "already"
ACCOUNT = "d" * 32
ONE: dict[str, Any] = {"account_id": ACCOUNT, "caller": "+14155550142"}
JANUARY = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def kept(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, object]]:
    """The answers in the Directory, but for those of the seed."""
    monkeypatch.setenv("DIRECTORY_TABLE", dial.tables["DIRECTORY_TABLE"])
    entries = Directory("survey_satisfaction").entries().values()
    return [entry for entry in entries if entry["answers"] != {"help": 5}]


def test_all_questions(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller who answers everything is thanked, and the answers are in the Directory."""
    call = dial("survey", press=("4", "2", "10"))
    call.hears(f"We have 3 questions. {HELP}").presses("4").hears(WAITING).presses("2")
    call.hears(RECOMMEND).presses("10").hears(THANKS).hung_up("kazoo").is_carried_through()

    (entry,) = kept(dial, monkeypatch)
    assert entry["answers"] == {"help": 4, "waiting": 2, "recommend": 10}
    assert entry["complete"] is True
    assert datetime.fromisoformat(str(entry["answered_at"])).tzinfo


@pytest.mark.parametrize("keys", ["0#", "7#"])
def test_an_answer_of_fewer_digits(dial: Phone, keys: str) -> None:
    """A shorter number is ended with a pound, and zero is a number."""
    call = dial("survey", press=("4", "2", keys)).presses(keys).hears(THANKS)
    call.is_carried_through()


@pytest.mark.parametrize("wrong", ["6", "0", "*"])
def test_a_wrong_key(dial: Phone, wrong: str) -> None:
    """A number that is none of the answers is asked for again, with the range."""
    call = dial("survey", press=(wrong, "5")).presses(wrong)
    call.hears(f"Please press a number from 1 to 5. {HELP}").presses("5").hears(WAITING)


def test_two_wrong_keys(dial: Phone) -> None:
    """After two of them the caller may go on another time."""
    call = dial("survey", press=("9", "9", "5")).presses("9").hears("from 1 to 5").presses("9")
    call.hears(LATER).hung_up("kazoo").is_carried_through()


def test_silence(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who presses nothing is let go, and what she has answered is kept."""
    call = dial("survey", press=("4",)).is_silent().hears("from 1 to 2").hears(LATER)
    call.hung_up("kazoo").is_carried_through()

    (entry,) = kept(dial, monkeypatch)
    assert (entry["answers"], entry["complete"]) == ({"help": 4}, False)


def test_a_second_call(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second call goes on with the question that was left, and the third has none."""
    dial("survey", press=("4", "2"), **ONE).hears(LATER)
    call = dial("survey", press=("9#",), **ONE).hears(f"Welcome back. {RECOMMEND}").hears(THANKS)
    call.does_not_hear(HELP).does_not_hear(WAITING).is_carried_through()
    dial("survey", **ONE).hears(DONE).hung_up("kazoo").is_carried_through()

    assert [entry["answers"] for entry in kept(dial, monkeypatch)] == [
        {"help": 4, "waiting": 2, "recommend": 9}
    ]


def test_another_caller(dial: Phone) -> None:
    """Everybody has questions of her own, also in another account."""
    dial("survey", press=("4",), **ONE)
    dial("survey", account_id=ACCOUNT, caller="+14155550143").hears("We have 3").hears(HELP)
    dial("survey", account_id="e" * 32, caller=ONE["caller"]).hears("We have 3").hears(HELP)


@pytest.mark.parametrize("number", ["anonymous", "", "0000000000"])
def test_a_caller_without_a_number(
    dial: Phone, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    """Who hides her number is counted, and never taken for another one who does."""
    for _ in range(2):
        call = dial("survey", press=("4",), account_id=ACCOUNT, caller=number)
        call.hears("We have 3 questions.")
    assert len(kept(dial, monkeypatch)) == 2


def test_answers_expire(dial: Phone) -> None:
    """After the time that is set, the caller may answer again."""
    days = {"KEEP_DAYS": 1}
    dial("survey", press=("4",), at=JANUARY, settings=days, **ONE)
    for hours, greeting in ((23, "Welcome back."), (25, "We have 3 questions.")):
        later = JANUARY + timedelta(hours=hours)
        dial("survey", at=later, settings=days, **ONE).hears(greeting)


def test_a_survey_in_the_directory(dial: Phone) -> None:
    """A setting that names no file names an entry of the Directory."""
    call = dial("survey", press=("1",), settings={"SURVEY": "short"})
    call.hears("Would you call again?").hears(THANKS).is_carried_through()


def test_a_survey_that_is_not_there(dial: Phone) -> None:
    """Without its questions the caller hears an apology."""
    call = dial("survey", settings={"SURVEY": "none"}).hears("Sorry, we cannot take your answers")
    call.hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Phone, table: str) -> None:
    """Without the database the caller hears an apology."""
    call = dial("survey", press=("4",), settings={table: "gone"})
    call.hears("Sorry, we cannot take your answers").hung_up("kazoo").is_carried_through()
