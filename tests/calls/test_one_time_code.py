"""one_time_code, dialled: a code by text message, who gets one, and how long it is good."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from pivotctl.upstreams import FakeUpstream
from tests.calls.conftest import Phone, Upstreams

CALL: dict[str, Any] = {"account_id": "f" * 32, "call_id": "one@198.51.100.23"}
ASKED, WELCOME = "the six digits that we have sent", "Welcome. Your number is verified."
WRONG, SORRY = "We cannot let you in. Goodbye.", "That is not right. "
LATER, NO_PHONE = "We cannot send a code right now.", "We cannot send a code to your number."


def code_of(upstreams: Upstreams) -> str:
    """The code in the last text message."""
    (found,) = re.findall(r"\b\d{6}\b", upstreams.sms.received[-1].body["text"])
    return str(found)


@pytest.fixture
def code(dial: Phone, upstreams: Upstreams) -> str:
    """The code of `CALL`: a first visit of the call makes it be sent."""
    dial("one_time_code", **CALL).hears(ASKED)
    return code_of(upstreams)


def test_the_right_code(dial: Phone, upstreams: Upstreams, code: str) -> None:
    """Who enters the code that was sent to her number is let through."""
    call = dial("one_time_code", press=(code,), **CALL).hears(ASKED).presses(code)
    call.hears("Thank you.").hears(WELCOME).is_bridged_to("group").is_carried_through()
    assert "KAZOO    sets number_verified=yes" in str(call)
    assert {asked.body["to"] for asked in upstreams.sms.received} == {"+14155550199"}


def test_the_right_code_at_the_third_try(dial: Phone, code: str) -> None:
    """A wrong code, and silence, may be mended."""
    other = f"{(int(code) + 1) % 10**6:06}"
    call = dial("one_time_code", press=(other, "", code), **CALL).presses(other)
    call.hears(SORRY + "Please").presses(code).hears(WELCOME).is_carried_through()


def test_three_wrong_codes(dial: Phone, code: str) -> None:
    """There is no fourth try."""
    other = f"{(int(code) + 1) % 10**6:06}"
    call = dial("one_time_code", press=(other, other, other, code), **CALL)
    call.hears(SORRY).hears(SORRY).hears(WRONG).hung_up("kazoo").is_carried_through()
    call.does_not_hear(WELCOME)


def test_silence(dial: Phone) -> None:
    """Who enters nothing is not let through."""
    call = dial("one_time_code").is_silent().is_silent().is_silent().hears(WRONG)
    call.hung_up("kazoo").is_carried_through()


def test_the_code_of_another_call(dial: Phone, code: str) -> None:
    """Each call has a code of its own."""
    other = {**CALL, "call_id": "two@198.51.100.23"}
    dial("one_time_code", press=(code,), **other).hears(SORRY).does_not_hear(WELCOME)


def test_one_message_a_call(dial: Phone, upstreams: Upstreams, code: str) -> None:
    """However often a call comes, it has one code, and the service one key for its message."""
    dial("one_time_code", **CALL)
    assert code_of(upstreams) == code
    assert len({asked.key for asked in upstreams.sms.received}) == 1


def test_the_code_is_nowhere(dial: Phone, code: str) -> None:
    """No table holds the code, before and after it is entered."""
    dial("one_time_code", press=(code,), **CALL).hears(WELCOME)
    scans = [dial.dynamodb.scan(TableName=table)["Items"] for table in dial.tables.values()]
    assert any(scans)
    assert code not in str(scans)


@pytest.mark.parametrize(("minutes", "heard"), [(4, WELCOME), (6, SORRY)])
def test_a_code_grows_old(
    dial: Phone, monkeypatch: pytest.MonkeyPatch, code: str, minutes: int, heard: str
) -> None:
    """After five minutes the code is as good as a wrong one."""
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
def test_numbers_that_get_no_text(dial: Phone, upstreams: Upstreams, caller: str) -> None:
    """No text goes to hidden, toll-free, premium, foreign, emergency or internal numbers."""
    call = dial("one_time_code", caller=caller).hears(NO_PHONE).hung_up("kazoo")
    call.is_carried_through()
    assert not upstreams.sms.received


def test_three_codes_an_hour(dial: Phone, upstreams: Upstreams) -> None:
    """A number gets three codes an hour, and other numbers theirs."""
    calls = [dial("one_time_code", account_id="f" * 32) for _ in range(4)]
    for call in calls[:3]:
        call.hears(ASKED)
    calls[3].hears(LATER).hung_up("kazoo").is_carried_through()
    dial("one_time_code", account_id="f" * 32, caller="+14155550142").hears(ASKED)
    assert len(upstreams.sms.received) == 4


@pytest.mark.parametrize("breaks", [FakeUpstream.is_dead, FakeUpstream.is_slow, FakeUpstream.fails])
def test_a_service_that_is_down(dial: Phone, upstreams: Upstreams, breaks: Any) -> None:
    """When no text can be sent, the caller is not asked for a code."""
    breaks(upstreams.sms)
    call = dial("one_time_code").hears(LATER).hung_up("kazoo").is_carried_through()
    call.does_not_hear(ASKED)


def let_through(dial: Phone, code: str, **call: Any) -> Dialogue:
    """A caller with the right code."""
    return dial("one_time_code", press=(code,), **CALL, **call).presses(code)


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nobody_answers_behind_the_code(dial: Phone, code: str, rung: Rung) -> None:
    """When the callflow has ended without an answer, the call ends."""
    let_through(dial, code, rung=rung).hears(WELCOME).hung_up("kazoo").is_carried_through()


def test_a_callflow_that_is_not_there(dial: Phone, code: str) -> None:
    """A wrong id of the callflow ends the call."""
    call = let_through(dial, code, world=World()).hears("Thank you.")
    call.hung_up("kazoo").is_carried_through()


def test_the_database_is_down(dial: Phone, upstreams: Upstreams) -> None:
    """Without the database no code is sent."""
    call = dial("one_time_code", settings={"CALL_STATE_TABLE": "gone"})
    call.hears(LATER).hung_up("kazoo").is_carried_through()
    assert not upstreams.sms.received
