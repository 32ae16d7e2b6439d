"""A call's state in DynamoDB, through an emulator and over a socket: one round trip a request."""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Conversation, ask, conversation
from pivotkit.calls.handler import pivot
from pivotkit.core.errors import StateLost
from pivotkit.kazoo import Action, hangup, set_variables, tts
from pivotkit.store import LIFE
from pivotkit.store.call_state import MAX_STEPS, CallState
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.remembered import Changes, Step
from pivotkit.store.table import Table
from tests.aws import aws_client
from tests.events import ACCOUNT
from tests.integration.replaying import Line, counted

KEY = f"{ACCOUNT}#c1"
RUN = "run:test:r1"
NOW = 1_800_000_000

pytestmark = [pytest.mark.every_backend, pytest.mark.usefixtures("function_environment")]


@pytest.fixture
def state(tables: Mapping[str, str]) -> CallState:
    """The CallState table."""
    return CallState(Table(tables["CALL_STATE_TABLE"], dynamodb()))


def item(tables: Mapping[str, str], call: str = KEY) -> dict[str, Any]:
    """A call's item as it lies in the table."""
    client = aws_client("dynamodb")
    found = client.get_item(TableName=tables["CALL_STATE_TABLE"], Key={"pk": {"S": call}})
    return dict(found.get("Item", {}))


def step(value: str, at: int = NOW) -> Step:
    """An answer to the question `0`."""
    return Step(at, "0", value, len(value))


def changes(variables: dict[str, Any], once: dict[str, Any] | None = None) -> Changes:
    """The items that are new."""
    return Changes(variables, once or {})


def test_a_run(state: CallState) -> None:
    """A run begins with one step, and each answer is appended once, in its place."""
    assert state.begin(KEY, RUN, NOW).steps == (Step(NOW),)
    assert state.answer(KEY, RUN, 1, step("12"), NOW).steps[1:] == (step("12"),)
    assert state.answer(KEY, RUN, 2, step("34"), NOW).steps[1:] == (step("12"), step("34"))


def test_a_repeated_step(state: CallState) -> None:
    """A step that comes again changes nothing, whatever it says: the first counts."""
    state.begin(KEY, RUN, NOW)
    state.answer(KEY, RUN, 1, step("12"), NOW)
    assert state.answer(KEY, RUN, 1, step("99"), NOW).steps[1:] == (step("12"),)
    state.answer(KEY, RUN, 2, step("34"), NOW)
    assert state.answer(KEY, RUN, 1, step("99"), NOW).steps[1:] == (step("12"), step("34"))


def test_a_step_too_far(state: CallState) -> None:
    """A step of a run that has not come so far, or never was, is lost, and nothing is written."""
    for index in (1, 2):
        with pytest.raises(StateLost):
            state.answer(KEY, RUN, index, step("1"), NOW)
    state.begin(KEY, RUN, NOW)
    with pytest.raises(StateLost):
        state.answer(KEY, RUN, 2, step("1"), NOW)
    with pytest.raises(StateLost):
        state.answer(KEY, "run:test:other", 1, step("1"), NOW)
    assert state.answer(KEY, RUN, 1, step("1"), NOW).steps == (Step(NOW), step("1"))


def test_a_run_without_end(state: CallState) -> None:
    """A run that asks for ever is ended."""
    state.begin(KEY, RUN, NOW)
    for index in range(1, MAX_STEPS):
        state.answer(KEY, RUN, index, step("1"), NOW)
    with pytest.raises(StateLost, match=f"more than {MAX_STEPS} steps"):
        state.answer(KEY, RUN, MAX_STEPS, step("1"), NOW)


def test_variables_and_values_made_once(state: CallState) -> None:
    """A variable is overwritten; a value made once is not, and the one that counts comes back."""
    state.begin(KEY, RUN, NOW)
    state.remember(KEY, RUN, changes({"a": 1, "b": {"c": [None, True, 1.5, "é"]}}, {"o": "x"}), NOW)
    known = state.remember(KEY, RUN, changes({"a": 2}, {"o": "y"}), NOW)
    assert known.vars == {"a": 2, "b": {"c": [None, True, 1.5, "é"]}}
    assert known.once == {"o": "x"}
    assert known.steps == (Step(NOW),)


ODD_NAMES = ["a b", "Size", "a.b", "a#b", ":now", "#0", "é", "a" * 200]


@pytest.mark.parametrize("name", ODD_NAMES, ids=range(len(ODD_NAMES)))
def test_names(name: str, state: CallState) -> None:
    """A variable may be called anything: DynamoDB's reserved words and signs mean nothing."""
    state.begin(KEY, None, NOW)
    state.remember(KEY, None, changes({name: "1"}, {name: "2"}), NOW)
    known = state.begin(KEY, None, NOW)
    assert (known.vars, known.once) == ({name: "1"}, {name: "2"})


def test_expiry(state: CallState, tables: Mapping[str, str]) -> None:
    """An expired item is neither read nor revived, though DynamoDB still has it."""
    state.begin(KEY, RUN, NOW)
    state.remember(KEY, RUN, changes({"pin": "ok"}), NOW)
    late = NOW + LIFE
    with pytest.raises(StateLost):
        state.answer(KEY, RUN, 1, step("1"), late)
    with pytest.raises(StateLost):
        state.remember(KEY, RUN, changes({"a": 1}), late)
    assert item(tables)["expires_at"] == {"N": str(NOW + LIFE)}
    fresh = state.begin(KEY, "run:test:r2", late)
    assert (dict(fresh.vars), fresh.steps) == ({}, (Step(late),))
    assert set(item(tables)) == {"pk", "expires_at", "run:test:r2"}


def test_life_is_prolonged(state: CallState, tables: Mapping[str, str]) -> None:
    """A call's state lives on from its last step; its last second still counts."""
    state.begin(KEY, RUN, NOW)
    state.answer(KEY, RUN, 1, step("1"), NOW + LIFE - 1)
    assert item(tables)["expires_at"] == {"N": str(NOW + 2 * LIFE - 1)}


def test_an_expired_item_that_two_replace(state: CallState) -> None:
    """Of two first requests that find the same expired item, both go on."""
    state.begin(KEY, None, NOW)
    late = NOW + LIFE

    def begin(run: int) -> int:
        return len(state.begin(KEY, f"run:test:{run}", late).steps)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(begin, range(8))) == [1] * 8


@pytest.mark.usefixtures("atomic_writes")
def test_sixteen_copies_of_one_step(state: CallState) -> None:
    """Of sixteen copies of one step one is stored, and all get the same answer; eight rounds."""
    state.begin(KEY, RUN, NOW)
    for index in range(1, 9):

        def answer(copy: int, index: int = index) -> tuple[Step, ...]:
            return state.answer(KEY, RUN, index, step(str(copy)), NOW).steps

        with ThreadPoolExecutor(16) as pool:
            found = set(pool.map(answer, range(16)))
        assert len(found) == 1
        assert len(found.pop()) == index + 1


def test_round_trips(state: CallState) -> None:
    """Beginning, answering, repeating and remembering are one UpdateItem each."""
    with counted() as calls:
        state.begin(KEY, RUN, NOW)
        state.answer(KEY, RUN, 1, step("1"), NOW)
        state.answer(KEY, RUN, 1, step("1"), NOW)
        state.remember(KEY, RUN, changes({"a": 1}, {"b": 2}), NOW)
    assert calls == ["UpdateItem"] * 4


# -- through functions ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Guest:
    """Something to remember."""

    name: str
    visits: int


class Pair(NamedTuple):
    """Something else to remember."""

    left: str
    right: int


def stateful(template: Callable[[Call], Action]) -> Any:
    """A handler that keeps state; the table is the one of this test."""
    return pivot(state=True, fallback=tts("fallback"))(template)


def test_variables_across_functions(tables: Mapping[str, str]) -> None:
    """A variable that one function sets is seen by others in the same call, and in no other."""
    assert tables

    def setting(call: Call) -> Action:
        call.vars["tier"] = "gold"
        call.vars["count"] = 3
        return hangup()

    def reading(call: Call) -> Action:
        return tts(f"{call.vars.get('tier')} {call.vars.get('count')}")

    Line(stateful(setting)).ask()
    assert Line(stateful(reading)).ask().heard == "gold 3"
    assert Line(stateful(reading), "c2").ask().heard == "None None"
    elsewhere = Line(stateful(reading), **{"Account-ID": "f" * 32})
    assert elsewhere.ask().heard == "None None"


def test_kazoos_variables_are_defaults(tables: Mapping[str, str]) -> None:
    """KAZOO's Custom-Application-Vars are seen until the call has a value of its own."""
    assert tables

    def handler(call: Call) -> Action:
        before = dict(sorted(call.vars.items()))
        call.vars["a"] = "ours"
        call.vars.pop("b", None)
        return tts(json.dumps([before, dict(sorted(call.vars.items()))]))

    sent = {"Custom-Application-Vars[a]": "1", "Custom-Application-Vars[b]": "2"}
    line = Line(stateful(handler), **sent)
    assert json.loads(line.ask().heard) == [{"a": "1", "b": "2"}, {"a": "ours"}]
    assert json.loads(line.ask().heard) == [{"a": "ours"}, {"a": "ours"}]


def test_once_in_a_function(tables: Mapping[str, str]) -> None:
    """A value made once keeps its value and its type, request after request."""
    assert tables
    made: list[int] = []

    def make() -> Guest:
        made.append(1)
        return Guest("Zoë", len(made))

    def handler(call: Call) -> Action:
        guest = call.once("guest", Guest, make)
        pair = call.once("pair", Pair, lambda: Pair("a", 1))
        numbers = call.once("numbers", list, lambda: [1, 2])
        assert isinstance(guest, Guest)
        assert isinstance(pair, Pair)
        return tts(f"{guest.name} {guest.visits} {pair.right} {numbers}")

    line = Line(stateful(handler))
    assert [line.ask().heard for _ in range(3)] == ["Zoë 1 1 [1, 2]"] * 3
    assert len(made) == 1


def test_the_clock_of_a_function(tables: Mapping[str, str]) -> None:
    """`call.now` is the time of the request, aware, in UTC and whole seconds."""
    assert tables
    line = Line(stateful(lambda call: tts(call.now.isoformat())))
    before = int(time.time())
    found = datetime.fromisoformat(line.ask().heard)
    assert found.utcoffset() == timedelta(0)
    assert before <= found.timestamp() <= time.time()
    assert found.microsecond == 0


def test_round_trips_of_a_function(tables: Mapping[str, str]) -> None:
    """A stateful function costs one UpdateItem, and one more only when something is new."""
    assert tables

    def handler(call: Call) -> Action:
        call.vars["to"] = call.to
        return set_variables({"a": "1"})

    line = Line(stateful(handler))
    with counted() as calls:
        line.ask(To="1")
        line.ask(To="1")
        line.ask(To="2")
    assert calls == ["UpdateItem"] * 5


STATELESS = {
    "vars": lambda call: tts(str(call.vars)),
    "once": lambda call: tts(call.once("a", str, str)),
    "now": lambda call: tts(str(call.now)),
}


@pytest.mark.parametrize("template", STATELESS.values(), ids=STATELESS.keys())
def test_state_that_was_not_declared(
    template: Callable[[Call], Action], tables: Mapping[str, str]
) -> None:
    """A function that uses state without declaring it fails at once: its caller hears so."""
    assert tables
    line = Line(pivot(fallback=tts("fallback"))(template))
    with counted() as calls:
        assert line.ask().heard == "fallback"
    assert calls == []


def test_a_conversation_and_a_function_share_variables(tables: Mapping[str, str]) -> None:
    """A conversation sees what a function set, and the other way round."""
    assert tables

    def reading(call: Call) -> Action:
        call.vars.setdefault("tier", "gold")
        return tts(str(call.vars.get("digits")))

    @conversation
    def asking(call: Call) -> Conversation:
        digits = yield from ask(f"You are {call.vars['tier']}.", max_digits=4)
        call.vars["digits"] = digits
        return hangup()

    function = Line(stateful(reading))
    function.ask()
    talk = Line(asking)
    assert talk.ask().heard == "You are gold."
    talk.ask("42")
    assert function.ask().heard == "42"
