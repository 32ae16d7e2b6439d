"""Steps of calls in a DynamoDB: what is kept, for whom, how much, and at whose cost."""

import json
import time
from collections.abc import Mapping
from functools import reduce
from operator import rshift
from pathlib import Path
from typing import Any

import pytest

from pivotctl.project import Project
from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Conversation, ask, conversation
from pivotkit.calls.handler import REPLAY, pivot
from pivotkit.kazoo import hangup, tts
from pivotkit.store import step_keeper
from pivotkit.store.client import client
from pivotkit.store.debug_switches import LONGEST, MOST, SwitchError, Switches
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.table import Table
from tests.aws import aws_client
from tests.events import ACCOUNT
from tests.integration.replaying import Line, counted
from tests.livedebug import Later, index_table, items, later

OTHER_ACCOUNT = "d4e2c6a3f5b7180990817c6d5e4f3a2b"
CALLER = {"Caller-ID-Number": "+14155550199", "Request": "6031@a.example", "To": "6031@a.example"}
PIN = "4321"


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Work that answers leave to be done."""
    return later(monkeypatch)


@pytest.fixture
def index(
    tables: Mapping[str, str],
    project: Project,
    local: pytest.MonkeyPatch,
    after: Later,
) -> str:
    """The table of a stack with Live Debug."""
    del tables, after
    return index_table(project, local)


@pytest.fixture
def switches(index: str) -> Switches:
    """The switches of that stack."""
    return Switches(Table(index, dynamodb()))


def rows(table: str) -> list[dict[str, Any]]:
    """The rows of calls."""
    return [item for item in items(table) if item["sk"]["S"] == "call"]


def steps(table: str) -> list[dict[str, Any]]:
    """The kept steps, in order."""
    return [item for item in items(table) if item["sk"]["S"].startswith("step#")]


def balance() -> Any:
    """A conversation with a plain answer and a secret one."""

    @conversation
    def template(call: Call) -> Conversation:
        account = yield from ask("Account number?", max_digits=8)
        name = call.once("name", str, lambda: f"name of {account}")
        if not (yield from ask("PIN?", max_digits=4, secret=lambda digits: digits == PIN)):
            return tts("Goodbye.") >> hangup()
        call.vars["greeted"] = f"{name} with {account}"
        return tts(f"Hello {name}, account {' '.join(account or '')}.") >> hangup()

    return template


def played(handler: Any, call_id: str = "c1", **fields: str) -> Line:
    """A call that enters an account number and the PIN."""
    return Line(handler, call_id, **{**CALLER, **fields}).ask().ask("100123#").ask(PIN)


def test_no_answer_waits_for_a_table(index: str, after: Later, local: pytest.MonkeyPatch) -> None:
    """An answer costs the same round trips with Live Debug as without; the rest comes after it."""
    with counted() as kept:
        played(balance())
    with counted() as later_on:
        after.do()
    local.delenv("CALL_INDEX_TABLE")
    with counted() as unkept:
        played(balance())
    assert (kept, len(after.left)) == (unkept, 0)
    assert later_on == ["UpdateItem", "UpdateItem", "GetItem", *["UpdateItem"] * 4]
    assert rows(index)[0]["steps"] == {"N": "3"}


def test_a_row_without_content(index: str, after: Later) -> None:
    """Without a switch a call has a row with its facts, and nothing of what was said or pressed."""
    played(balance())
    after.do()
    (row,) = rows(index)
    assert steps(index) == []
    assert (row["account"]["S"], row["call_id"]["S"]) == (ACCOUNT, "c1")
    assert (row["from"]["S"], row["to"]["S"]) == ("+14155550199", "6031@a.example")
    assert row["functions"] == {"SS": ["test"]}
    assert 13 * 86400 < int(row["expires_at"]["N"]) - time.time() <= 14 * 86400
    assert "100123" not in json.dumps(row)


def test_all_steps_of_an_account_that_is_on(index: str, after: Later, switches: Switches) -> None:
    """Each request of the account is kept, the first one too, in order, with state and answer."""
    switches.turn_on(ACCOUNT, "", 60)
    played(balance())
    after.do()
    found = steps(index)
    assert [each["step"]["N"] for each in found] == ["0", "1", "2"]
    assert [each["outcome"]["S"] for each in found] == ["answered"] * 3
    assert "PIN?" in found[1]["answer"]["S"]
    request = json.loads(found[1]["request"]["S"])
    assert (request["caller_id_number"], request["digits"]) == ("+14155550199", {"answer": "••••"})
    before, after_it = (json.loads(found[2][name]["S"]) for name in ("before", "after"))
    assert "greeted" not in before["vars"]
    assert after_it["vars"]["greeted"] == "name of •••• with ••••"
    assert len(after_it["answers"]) == len(before["answers"]) + 1


def test_digits_and_tokens_are_never_kept(index: str, after: Later, switches: Switches) -> None:
    """No pressed number, no result of a secret, and no token of a URL is in any kept step."""
    switches.turn_on(ACCOUNT, "", 60)
    line = Line(balance(), "c1", **CALLER)
    for digits in (None, "100123#", PIN):
        line.ask(digits)
        assert not line.follow_up or line.key in line.answer["body"]
    after.do()
    text = json.dumps(steps(index), ensure_ascii=False)
    assert "100123" not in text
    assert "1 0 0 1 2 3" not in text
    assert PIN not in text
    assert "t1." not in text
    assert "<key>/pivot/test" in text
    assert "(secret)" in text


def test_another_account_is_not_kept(index: str, after: Later, switches: Switches) -> None:
    """A switch is for one account, and for one number of it if it names one."""
    handler = balance()
    switches.turn_on(ACCOUNT, "+1 (415) 555-0199", 60)
    played(handler, "c1")
    played(handler, "c2", **{"Caller-ID-Number": "+14155550100"})
    played(handler, "c3", **{"Account-ID": OTHER_ACCOUNT})
    after.do()
    assert {each["pk"]["S"] for each in steps(index)} == {f"call#{ACCOUNT}#c1"}
    assert len(rows(index)) == 3


def test_a_switch_ends_by_itself(switches: Switches) -> None:
    """A switch is on for its time and no longer, and can be turned off before."""
    switches.turn_on(ACCOUNT, "", 60)
    switches.turn_on(ACCOUNT, "6031", 600)
    assert [each.number for each in switches.read()] == ["", "6031"]
    assert [each.number for each in switches.read(time.time() + 120)] == ["6031"]
    switches.turn_off(ACCOUNT)
    assert [each.number for each in switches.read()] == ["6031"]


@pytest.mark.parametrize(
    ("account", "number", "seconds", "said"),
    [
        (ACCOUNT, "", 0, "0 s"),
        (ACCOUNT, "", LONGEST + 1, "24 hours"),
        ("acme", "", 60, "account 'acme'"),
        (ACCOUNT, "front desk", 60, "has no digits"),
    ],
)
def test_a_switch_that_cannot_be(
    switches: Switches, account: str, number: str, seconds: int, said: str
) -> None:
    """A switch without an end, without an account, or with an unusable number is refused."""
    with pytest.raises(SwitchError, match=said):
        switches.turn_on(account, number, seconds)


def test_few_switches(switches: Switches, monkeypatch: pytest.MonkeyPatch) -> None:
    """The item with the switches stays small."""
    monkeypatch.setattr("pivotkit.store.debug_switches.MOST", 2)
    for number in ("1", "2"):
        switches.turn_on(ACCOUNT, number, 60)
    switches.turn_on(ACCOUNT, "2", 90)
    with pytest.raises(SwitchError, match="turn one off"):
        switches.turn_on(ACCOUNT, "3", 60)
    assert MOST == 200


def test_the_authors_line(index: str, after: Later, switches: Switches) -> None:
    """A failed step has the fallback that was sent, the error's type, and the author's line."""

    @pivot
    def broken(call: Call) -> Any:
        raise KeyError(call.caller_id_number)

    switches.turn_on(ACCOUNT, "", 60)
    Line(broken, "c1", **CALLER).ask()
    after.do()
    (row,), (step,) = rows(index), steps(index)
    log = json.loads(step["log"]["S"])
    assert (row["fallbacks"]["N"], step["outcome"]["S"]) == ("1", "fallback")
    assert row["fault"]["S"].startswith("KeyError at ")
    assert (log["error"], "test_steps.py" in log["at"]) == ("KeyError", True), log
    assert "something went wrong" in step["answer"]["S"]


def test_a_flood_is_bounded(
    index: str, after: Later, switches: Switches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account has a limited number of kept steps in a minute, and each part a limited size."""
    monkeypatch.setattr(step_keeper, "STEPS_PER_MINUTE", 2)

    @pivot
    def long(call: Call) -> Any:
        del call
        return reduce(rshift, [tts("word " * 200)] * 60)

    switches.turn_on(ACCOUNT, "", 60)
    for number in range(4):
        Line(long, f"c{number}", **CALLER).ask()
    after.do()
    found = steps(index)
    assert (len(rows(index)), len(found)) == (4, 2)
    assert [(len(each["answer"]["S"]), each["cut"]["S"]) for each in found] == [
        (48_000, "answer")
    ] * 2


def test_a_call_has_a_limited_number_of_steps(
    index: str, after: Later, switches: Switches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that never ends fills its row's count, and no more than so many steps."""
    monkeypatch.setattr(step_keeper, "MOST_STEPS", 2)
    switches.turn_on(ACCOUNT, "", 60)
    played(balance())
    after.do()
    assert (rows(index)[0]["steps"]["N"], len(steps(index))) == ("3", 2)


def test_a_table_that_is_down(index: str, after: Later, local: pytest.MonkeyPatch) -> None:
    """Without the table every answer is the same; the table is left alone for some seconds."""
    handler = balance()
    local.setenv("CALL_INDEX_TABLE", "no-such-table")
    line = Line(handler, "c1", **CALLER).ask()
    assert "Account number?" in line.heard
    after.do()
    assert "PIN?" in line.ask("100123#").heard
    after.do()
    assert items(index) == []


def test_no_time_left(index: str, after: Later) -> None:
    """Nothing is begun that Lambda's time-out would interrupt: that would cost the environment."""
    Line(balance(), "c1", **CALLER).ask()
    after.do(until=time.time() + 0.5)
    assert items(index) == []


def test_no_sender_can_stop_the_keeping(index: str, after: Later, switches: Switches) -> None:
    """A Call-ID that DynamoDB would refuse as a key costs no other call its steps."""
    switches.turn_on(ACCOUNT, "", 60)
    played(balance(), "c" * 1500)
    played(balance(), "c2")
    after.do()
    assert {each["pk"]["S"] for each in steps(index)} == {f"call#{ACCOUNT}#c2"}


def test_refused_requests_leave_nothing(index: str, after: Later) -> None:
    """A request without a key has no account, and no row."""
    line = Line(balance(), "c1", **CALLER)
    assert line.repeat(key="wrong")["statusCode"] == 401
    after.do()
    assert items(index) == []


# -- replays ---------------------------------------------------------------------------------------


def replay(handler: Any, step: Mapping[str, Any], digits: str = "") -> dict[str, Any]:
    """The handler's answer of today to a kept step, as the console asks it."""
    request = json.loads(step["request"]["S"])
    request.pop("digits", None)
    sent = {
        "request": request | ({"digits": {"answer": digits}} if digits else {}),
        "base": step.get("base", {}).get("S", ""),
        "run": step.get("run", {}).get("S", ""),
        "step": int(step["step"]["N"]),
        "question": step.get("question", {}).get("S", ""),
        "secret": "secret" in step,
    }
    found: dict[str, Any] = handler({REPLAY: sent}, None)
    return found


def test_each_step_replays_to_the_same_answer(
    index: str, after: Later, switches: Switches, tables: Mapping[str, str]
) -> None:
    """Unchanged code gives the same answer for each step, also for the one with a secret."""
    switches.turn_on(ACCOUNT, "", 60)
    handler = balance()
    played(handler)
    after.do()
    before = items(tables["CALL_STATE_TABLE"], sort="pk")
    for step in steps(index):
        found = replay(handler, step)
        assert found["outcome"] == "answered"
        assert json.loads(found["answer"]) == json.loads(step["answer"]["S"])
    after.do()
    assert (items(tables["CALL_STATE_TABLE"], sort="pk"), len(steps(index))) == (before, 3)


def test_a_replay_has_no_effect(
    index: str, after: Later, switches: Switches, local: pytest.MonkeyPatch
) -> None:
    """A replay ends at the first effect that the code comes to, and says which and where."""
    local.setenv("LAMBDA_TASK_ROOT", str(Path(__file__).parent))
    sent: list[str] = []

    @conversation
    def template(call: Call) -> Conversation:
        if (yield from ask("Send?")):
            client("sqs").send_message(QueueUrl="http://127.0.0.1/queue", MessageBody="sent")
            sent.append(call.call_id)
        return tts("Goodbye.")

    switches.turn_on(ACCOUNT, "", 60)
    Line(template, "c1", **CALLER).ask().ask("1")
    after.do()
    found = [replay(template, step, digits="1") for step in steps(index)]
    assert [each["outcome"] for each in found] == ["answered", "effect"]
    assert found[1]["effect"] == "sqs SendMessage"
    assert "test_steps.py" in found[1]["at"]
    assert found[1]["answer"] == ""
    assert sent == []


def test_a_replay_needs_the_state(
    index: str, after: Later, switches: Switches, tables: Mapping[str, str]
) -> None:
    """Once the state of a call has expired, its later steps end in an error that says so."""
    switches.turn_on(ACCOUNT, "", 60)
    handler = balance()
    played(handler)
    after.do()
    aws_client("dynamodb").delete_item(
        TableName=tables["CALL_STATE_TABLE"], Key={"pk": {"S": f"{ACCOUNT}#c1"}}
    )
    found = [replay(handler, step) for step in steps(index)]
    assert [each["outcome"] for each in found] == ["answered", "fallback", "fallback"]
    assert found[1]["error"] == "StateLost"


def test_a_changed_template(index: str, after: Later, switches: Switches) -> None:
    """A replay runs the code of today: a fixed template gives the fixed answer."""

    @pivot
    def broken(call: Call) -> Any:
        raise KeyError(call.call_id)

    @pivot
    def fixed(call: Call) -> Any:
        return tts(f"Hello {call.caller_id_number}.")

    switches.turn_on(ACCOUNT, "", 60)
    Line(broken, "c1", **CALLER).ask()
    after.do()
    (step,) = steps(index)
    assert "Hello +14155550199." in replay(fixed, step)["answer"]


def test_only_invoke_replays(after: Later, tables: Mapping[str, str]) -> None:
    """Without Live Debug a function knows no replays, and a request cannot ask for one."""
    del tables, after
    handler = balance()
    answer = handler({REPLAY: {"request": {}}}, None)
    assert answer["statusCode"] == 401
