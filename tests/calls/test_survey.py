"""survey, dialed: questions, wrong keys, and a second call for the remaining questions."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pivotkit.store.directory import Directory
from tests.accounts import FIRST
from tests.calls.conftest import Phone

HELP = "On a scale from 1 to 5, where 5 is best, how well did we help you?"
WAITING = "Did you have to wait too long?"
RECOMMEND = "how likely are you to recommend us?"
UNFINISHED = "We've saved your answers. To continue, please call again."
GREETING = f"We have three questions for you. {HELP}"
THANKS = "That was the last question."
FINISHED_BEFORE = "You've already answered all our questions."
SORRY = "Sorry, we can't take your answers right now."
ONE: dict[str, Any] = {"caller": "+14155550142"}
JANUARY = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def stored(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, object]]:
    """The answers in the Directory, without those of the seed."""
    monkeypatch.setenv("DIRECTORY_TABLE", dial.tables["DIRECTORY_TABLE"])
    entries = Directory("survey_answers").of(FIRST).entries().values()
    return [entry for entry in entries if entry["answers"] != {"help": 5}]


def test_all_questions(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers who answer everything are thanked, and their answers are stored."""
    call = dial("survey", press=("4", "2", "10"))
    call.hears(GREETING).presses("4").hears(WAITING).presses("2")
    call.hears(RECOMMEND).presses("10").hears(THANKS).hung_up("kazoo").is_carried_through()

    (entry,) = stored(dial, monkeypatch)
    assert entry["answers"] == {"help": 4, "waiting": 2, "recommend": 10}
    assert entry["complete"] is True
    assert datetime.fromisoformat(str(entry["answered_at"])).tzinfo


@pytest.mark.parametrize("keys", ["0#", "7#"])
def test_an_answer_of_fewer_digits(dial: Phone, keys: str) -> None:
    """The pound key ends a shorter number, and zero is a number."""
    call = dial("survey", press=("4", "2", keys)).presses(keys).hears(THANKS)
    call.is_carried_through()


@pytest.mark.parametrize("wrong", ["6", "0", "*"])
def test_a_wrong_key(dial: Phone, wrong: str) -> None:
    """A number out of range repeats the question with the range."""
    call = dial("survey", press=(wrong, "5")).presses(wrong)
    call.hears(f"Please enter a number from 1 to 5. {HELP}").presses("5").hears(WAITING)


def test_two_wrong_keys(dial: Phone) -> None:
    """After two wrong keys, callers can continue in another call."""
    call = (
        dial("survey", press=("9", "9", "5")).presses("9").hears("number from 1 to 5").presses("9")
    )
    call.hears(UNFINISHED).hung_up("kazoo").is_carried_through()


def test_silence(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers so far are stored if callers press nothing."""
    call = dial("survey", press=("4",)).is_silent().hears("from 1 to 2").hears(UNFINISHED)
    call.hung_up("kazoo").is_carried_through()

    (entry,) = stored(dial, monkeypatch)
    assert (entry["answers"], entry["complete"]) == ({"help": 4}, False)


def test_a_second_call(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second call asks the remaining questions, and a third has none to ask."""
    dial("survey", press=("4", "2"), **ONE).hears(UNFINISHED)
    call = (
        dial("survey", press=("9#",), **ONE)
        .hears("Welcome back. On a scale from 0 to 10")
        .hears(THANKS)
    )
    call.does_not_hear(HELP).does_not_hear(WAITING).is_carried_through()
    dial("survey", **ONE).hears(FINISHED_BEFORE).hung_up("kazoo").is_carried_through()

    assert [entry["answers"] for entry in stored(dial, monkeypatch)] == [
        {"help": 4, "waiting": 2, "recommend": 9}
    ]


def test_another_caller(dial: Phone) -> None:
    """Each caller is asked all questions, and again in another account."""
    dial("survey", press=("4",), **ONE)
    dial("survey", caller="+14155550143").hears(GREETING)
    dial("survey", account_id="e" * 32, caller=ONE["caller"]).hears(GREETING)


@pytest.mark.parametrize("number", ["anonymous", "", "0000000000"])
def test_a_caller_without_a_number(
    dial: Phone, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    """Callers with a hidden number are counted, and never taken for each other."""
    for _ in range(2):
        call = dial("survey", press=("4",), caller=number)
        call.hears("We have three questions for you.")
    assert len(stored(dial, monkeypatch)) == 2


def test_answers_expire(dial: Phone) -> None:
    """Callers can answer again after the days of the settings."""
    days = {"KEEP_DAYS": 1}
    dial("survey", press=("4",), at=JANUARY, settings=days, **ONE)
    for hours, greeting in ((23, "Welcome back."), (25, "We have three questions for you.")):
        later = JANUARY + timedelta(hours=hours)
        dial("survey", at=later, settings=days, **ONE).hears(greeting)


def test_a_survey_in_the_directory(dial: Phone) -> None:
    """A setting that names no file names an entry of the Directory."""
    call = dial("survey", press=("1",), settings={"SURVEY": "short"})
    call.hears("We have one question for you. Would you call us again?").hears(
        THANKS
    ).is_carried_through()


def test_a_missing_survey(dial: Phone) -> None:
    """Callers hear an apology if the survey is missing."""
    call = dial("survey", settings={"SURVEY": "none"}).hears(SORRY)
    call.hung_up("kazoo").is_caught()


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Phone, table: str) -> None:
    """Callers hear an apology if the database is down."""
    call = dial("survey", press=("4",), settings={table: "gone"})
    call.hears(SORRY).hung_up("kazoo").is_caught()
