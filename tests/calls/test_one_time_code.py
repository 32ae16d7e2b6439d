"""one_time_code, dialed: text messages, their recipients, and the life of a code."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from pivotctl.upstreams import FakeUpstream
from tests.calls.conftest import Phone, Upstreams

CALL: dict[str, Any] = {"account_id": "f" * 32, "call_id": "one@198.51.100.23"}
PROMPT = "Please enter the six-digit code that we texted you."
WELCOME = "Welcome. Your number has been verified."
NOT_VERIFIED = "Sorry, we couldn't verify your number. Goodbye."
SORRY = "Sorry, that's not correct."
NOT_SENT = "Sorry, we can't send a code right now."
NO_MOBILE = "Sorry, we can't send a code to your number."


def code_of(upstreams: Upstreams) -> str:
    """The code in the last text message."""
    (found,) = re.findall(r"\b\d{6}\b", upstreams.sms.received[-1].body["text"])
    return str(found)


@pytest.fixture
def code(dial: Phone, upstreams: Upstreams) -> str:
    """The code of `CALL`, sent by its first request."""
    dial("one_time_code", **CALL).hears(PROMPT)
    return code_of(upstreams)


def test_the_right_code(dial: Phone, upstreams: Upstreams, code: str) -> None:
    """Callers who enter the code that was sent to their number are let through."""
    call = dial("one_time_code", press=(code,), **CALL).hears(PROMPT).presses(code)
    call.hears("Thank you.").hears(WELCOME).is_bridged_to("group").is_carried_through()
    assert "KAZOO    sets number_verified=yes" in str(call)
    assert {request.body["to"] for request in upstreams.sms.received} == {"+14155550199"}


def test_the_token(dial: Phone, upstreams: Upstreams, tmp_path: Path) -> None:
    """Texts of an account with a token of its own carry it, and those of others the stack's."""
    secrets, folder = tmp_path / "secrets.json", "/local/one_time_code"
    own = CALL["account_id"]
    kept = {f"{folder}/sms_token": "t0ken", f"{folder}/{own}/sms_token": "their-own"}
    secrets.write_text(json.dumps(kept), encoding="utf-8")
    for account in (own, "e" * 32):
        settings = {"PIVOTCTL_SECRETS": str(secrets)}
        dial("one_time_code", account_id=account, settings=settings).hears(PROMPT)
    tokens = [request.headers["authorization"] for request in upstreams.sms.received]
    assert tokens == ["Bearer their-own", "Bearer t0ken"]


def test_the_right_code_at_the_third_try(dial: Phone, code: str) -> None:
    """Callers can try again after a wrong code, and after silence."""
    wrong = f"{(int(code) + 1) % 10**6:06}"
    call = dial("one_time_code", press=(wrong, "", code), **CALL).presses(wrong)
    call.hears(f"{SORRY} {PROMPT}").presses(code).hears(WELCOME).is_carried_through()


def test_three_wrong_codes(dial: Phone, code: str) -> None:
    """There is no fourth try."""
    wrong = f"{(int(code) + 1) % 10**6:06}"
    call = dial("one_time_code", press=(wrong, wrong, wrong, code), **CALL)
    call.hears(SORRY).hears(SORRY).hears(NOT_VERIFIED).hung_up("kazoo").is_carried_through()
    call.does_not_hear(WELCOME)


def test_silence(dial: Phone) -> None:
    """Callers who enter nothing are not let through."""
    call = dial("one_time_code").is_silent().is_silent().is_silent().hears(NOT_VERIFIED)
    call.hung_up("kazoo").is_carried_through()


def test_the_code_of_another_call(dial: Phone, code: str) -> None:
    """Each call has its own code."""
    other = {**CALL, "call_id": "two@198.51.100.23"}
    dial("one_time_code", press=(code,), **other).hears(SORRY).does_not_hear(WELCOME)


def test_one_message_a_call(dial: Phone, upstreams: Upstreams, code: str) -> None:
    """A repeated call has the same code and the same idempotency key."""
    dial("one_time_code", **CALL)
    assert code_of(upstreams) == code
    assert len({request.key for request in upstreams.sms.received}) == 1


def test_the_code_is_not_stored(dial: Phone, code: str) -> None:
    """No table holds the code after it is entered."""
    dial("one_time_code", press=(code,), **CALL).hears(WELCOME)
    scans = [dial.dynamodb.scan(TableName=table)["Items"] for table in dial.tables.values()]
    assert any(scans)
    assert code not in str(scans)


@pytest.mark.parametrize(("minutes", "heard"), [(4, WELCOME), (6, SORRY)])
def test_an_expired_code(
    dial: Phone, monkeypatch: pytest.MonkeyPatch, code: str, minutes: int, heard: str
) -> None:
    """After five minutes, the code is answered like a wrong one."""
    exchange, start = dial.exchange, datetime(2026, 3, 2, 12, tzinfo=UTC)

    def later(request: Any) -> Any:
        follow_up = "/t1." in request.url
        with time_machine.travel(start.replace(minute=minutes if follow_up else 0), tick=True):
            return exchange(request)

    monkeypatch.setattr(dial, "exchange", later)
    dial("one_time_code", press=(code,), **CALL).presses(code).hears(heard)


@pytest.mark.parametrize(
    "caller", ["anonymous", "+18005550100", "+442071838750", "+19005550100", "911", "2030"]
)
def test_numbers_without_text_messages(dial: Phone, upstreams: Upstreams, caller: str) -> None:
    """Hidden, toll-free, premium, foreign, emergency and internal numbers get no text."""
    call = dial("one_time_code", caller=caller).hears(NO_MOBILE).hung_up("kazoo")
    call.is_carried_through()
    assert not upstreams.sms.received


def test_three_codes_an_hour(dial: Phone, upstreams: Upstreams) -> None:
    """Each number gets at most three codes an hour."""
    calls = [dial("one_time_code", account_id="f" * 32) for _ in range(4)]
    for call in calls[:3]:
        call.hears(PROMPT)
    calls[3].hears(NOT_SENT).hung_up("kazoo").is_carried_through()
    dial("one_time_code", account_id="f" * 32, caller="+14155550142").hears(PROMPT)
    assert len(upstreams.sms.received) == 4


def test_the_limit_of_an_account(dial: Phone, upstreams: Upstreams) -> None:
    """However many numbers callers forge, an account sends so many texts an hour, and no more."""
    settings = {"TEXTS_PER_HOUR": "3"}
    numbers = [f"+141555501{number:02}" for number in range(6)]
    for number in numbers:
        dial("one_time_code", account_id="f" * 32, caller=number, settings=settings)
    assert len(upstreams.sms.received) == 3
    other = dial("one_time_code", account_id="e" * 32, caller=numbers[5], settings=settings)
    other.hears(PROMPT)


def test_one_number_in_many_accounts(dial: Phone, upstreams: Upstreams) -> None:
    """A number gets at most three codes an hour, from however many accounts."""
    for account in "abcdef":
        dial("one_time_code", account_id=account * 32)
    assert len(upstreams.sms.received) == 3


def test_the_code_of_another_number(dial: Phone, code: str) -> None:
    """A code verifies only the number that it was sent to."""
    call = dial("one_time_code", press=(code,), caller="+14155550142", **CALL)
    call.hears(SORRY).does_not_hear(WELCOME)


@pytest.mark.parametrize("breaks", [FakeUpstream.is_dead, FakeUpstream.is_slow, FakeUpstream.fails])
def test_a_service_that_is_down(dial: Phone, upstreams: Upstreams, breaks: Any) -> None:
    """Callers are not asked for a code that could not be sent."""
    breaks(upstreams.sms)
    call = dial("one_time_code").hears(NOT_SENT).hung_up("kazoo").is_carried_through()
    call.does_not_hear(PROMPT)


def let_through(dial: Phone, code: str, **call: Any) -> Dialogue:
    """A call with the right code."""
    return dial("one_time_code", press=(code,), **CALL, **call).presses(code)


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_answer_behind_the_code(dial: Phone, code: str, rung: Rung) -> None:
    """The call ends if the callflow ends without an answer."""
    let_through(dial, code, rung=rung).hears(WELCOME).hung_up("kazoo").is_carried_through()


def test_an_unknown_callflow(dial: Phone, code: str) -> None:
    """The call ends if the callflow does not exist."""
    call = let_through(dial, code, world=World()).hears("Thank you.")
    call.hung_up("kazoo").is_carried_through()


def test_the_database_is_down(dial: Phone, upstreams: Upstreams) -> None:
    """No code is sent if the database is down."""
    call = dial("one_time_code", settings={"CALL_STATE_TABLE": "gone"})
    call.hears(NOT_SENT).hung_up("kazoo").is_caught()
    assert not upstreams.sms.received
