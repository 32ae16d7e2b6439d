"""Conversations: straight functions, replayed over answers that lie in DynamoDB."""

import io
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from pivotkit.calls import conversations
from pivotkit.calls.call import MAX_BYTES, Call
from pivotkit.calls.conversations import Conversation, ask, conversation
from pivotkit.calls.handler import pivot
from pivotkit.calls.render import rendered
from pivotkit.calls.tokens import FollowUp, Signer, call_digest
from pivotkit.http.gateway import request_of
from pivotkit.kazoo import hangup, play, tts
from pivotkit.store import LIFE
from pivotkit.store.call_state import CallState
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.table import Table
from pivotkit.twiml import Hangup, Play, Response, Say
from tests import functions
from tests.aws import aws_client
from tests.dynamodb import forget_clients
from tests.events import ACCOUNT
from tests.integration.replaying import Line, counted

pytestmark = pytest.mark.usefixtures("function_environment", "state")
BYE = tts("Bye.") >> hangup()
FALLBACK = tts("fallback")


@pytest.fixture
def state(tables: Mapping[str, str]) -> str:
    """The CallState table's name; handlers that are made in the test use it."""
    return tables["CALL_STATE_TABLE"]


def item(table: str, call_id: str = "c1") -> dict[str, Any]:
    """A call's item as it lies in the table."""
    key = {"pk": {"S": f"{ACCOUNT}#{call_id}"}}
    return dict(aws_client("dynamodb").get_item(TableName=table, Key=key).get("Item", {}))


def steps(table: str, call_id: str = "c1") -> list[Any]:
    """The answers of the only run of a call, without its start."""
    (run,) = [value for name, value in item(table, call_id).items() if name.startswith("run:")]
    return [json.loads(step["S"]) for step in run["L"][1:]]


def noted(effects: list[Any], value: Any) -> bool:
    """An effect: it can be seen how often it happened."""
    effects.append(value)
    return True


def made(template: Callable[[Call], Conversation], **options: Any) -> Any:
    """A handler of *template* that uses the table of this test."""
    handler: Any = conversation(fallback=FALLBACK, **options)
    return handler(template)


def straight(name: str = "") -> Callable[[Call], Conversation]:
    """A template of two questions, the second under *name*."""

    def template(call: Call) -> Conversation:
        first = yield from ask("First?", max_digits=4)
        second = yield from ask("Second?", max_digits=4, name=name or None)
        return tts(f"{first} and {second} of {call.call_id}.")

    return template


def test_a_whole_conversation(state: str) -> None:
    """Each request asks the next question, and the last one ends it."""
    line = Line(made(straight()))
    assert line.ask().heard == "First?"
    assert line.ask("12").heard == "Second?"
    assert line.ask("34").heard == "12 and 34 of c1."
    assert line.follow_up == ""
    assert [step["value"] for step in steps(state)] == ["12", "34"]


def test_how_a_question_is_asked() -> None:
    """A question is a prompt, a collection under one name, and a way back with a fallback."""
    line = Line(made(straight())).ask()
    modules = [(action["module"], action["data"]) for action in line.actions]
    assert modules[0] == ("tts", {"text": "First?", "terminators": list("0123456789*")})
    assert modules[1] == (
        "collect_dtmf",
        {"max_digits": 4, "collection_name": "answer", "timeout": 5000},
    )
    url = modules[2][1]["voice_url"]
    assert url.startswith("https://pivot.example.com/t1.")
    assert url.endswith("/pivot/test")
    assert modules[3:] == [("tts", {"text": "fallback"})]


def test_the_pause_between_keys() -> None:
    """A number that has to be read may be pressed slowly."""

    def template(_: Call) -> Conversation:
        yield from ask("The number of your card?", max_digits=19, pause=6)
        return BYE

    (collect,) = [a for a in Line(made(template)).ask().actions if a["module"] == "collect_dtmf"]
    assert collect["data"]["interdigit_timeout"] == 6000


def test_no_input_is_an_answer() -> None:
    """Silence, and a bare `#`, answer a question with None."""
    for digits in (None, "", "#"):
        line = Line(made(straight()), call_id=f"call {digits}")
        line.ask()
        assert line.ask(digits).heard == "Second?"
        assert line.ask("3").heard == f"None and 3 of call {digits}."


def test_the_pound_key_is_no_part_of_an_answer() -> None:
    """A `#` behind the digits ends them, whoever leaves it in."""
    line = Line(made(straight())).ask().ask("12#").ask("#34")
    assert line.heard == "12 and 34 of c1."


def test_a_stray_pound_key(state: str) -> None:
    """A `#` behind the last digit of a full answer is not taken for silence at the next."""
    line = Line(made(straight())).ask()
    assert line.ask("1234").heard == "Second?"
    assert line.ask("").heard == "Second?"
    assert line.ask("56").heard == "1234 and 56 of c1."
    assert [step["value"] for step in steps(state)] == ["1234", None, "56"]


def test_two_stray_pound_keys() -> None:
    """A question is repeated once: the caller who then presses nothing is silent."""
    line = Line(made(straight())).ask().ask("1234").ask("").ask("")
    assert line.heard == "1234 and None of c1."


def test_a_repeated_request(state: str) -> None:
    """A request that comes again gets the same answer and has no second effect."""
    effects: list[str] = []

    def template(call: Call) -> Conversation:
        digits = yield from ask("First?", max_digits=4)
        call.once("effect", bool, partial(noted, effects, digits))
        yield from ask("Second?")
        return BYE

    line = Line(made(template)).ask()
    answers = [line.repeat("12") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert effects == ["12"]
    assert len(steps(state)) == 1


def test_a_repeated_step_of_before(state: str) -> None:
    """A repetition that comes late, after the next answer, is answered as it was then."""
    line = Line(made(straight())).ask()
    key = line.key
    then = line.repeat("12")
    line.ask("12").ask("34")
    assert line.repeat("12", key=key) == then
    assert [step["value"] for step in steps(state)] == ["12", "34"]


def test_a_repetition_with_other_digits() -> None:
    """Of two requests for the same step the first counts, whatever the second says."""
    line = Line(made(straight())).ask()
    first = line.repeat("12")
    assert line.repeat("99") == first


def test_the_same_digit_twice() -> None:
    """A caller who legitimately presses the same digit twice gets on: it is another step."""
    line = Line(made(straight())).ask().ask("1")
    assert line.heard == "Second?"
    assert line.ask("1").heard == "1 and 1 of c1."


def test_runs(state: str) -> None:
    """A request without a token starts a run of its own, which leaves others alone."""
    handler = made(straight())
    first, second = Line(handler).ask(), Line(handler).ask()
    assert first.key != second.key
    first.ask("1")
    second.ask("2")
    assert first.ask("3").heard == "1 and 3 of c1."
    assert second.ask("4").heard == "2 and 4 of c1."
    assert len([name for name in item(state) if name.startswith("run:test:")]) == 2


def test_an_expired_call(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the state's life is over the caller hears the fallback, and nothing is revived."""
    line = Line(made(straight())).ask().ask("1")
    now = time.time()
    before = item(state)
    monkeypatch.setattr(time, "time", lambda: now + LIFE + 1)
    assert line.ask("2").heard == "fallback"
    assert item(state) == before


def test_a_genuine_token_of_a_lost_call(state: str) -> None:
    """A token whose run is not in the table, or whose item is gone, leads to the fallback."""
    line = Line(made(straight())).ask()
    client = aws_client("dynamodb")
    client.delete_item(TableName=state, Key={"pk": {"S": f"{ACCOUNT}#c1"}})
    assert line.ask("1").heard == "fallback"
    assert item(state) == {}


def test_a_step_of_the_future(state: str) -> None:
    """A genuine token for a step that the run has not reached leads to the fallback."""
    line = Line(made(straight())).ask()
    run = line.key.split(".")[1]
    token = FollowUp(2**40, call_digest(ACCOUNT, "c1"), run, 5, "0")
    line.key = Signer.from_environment("test").follow_up(token)
    assert line.ask("1").heard == "fallback"
    assert steps(state) == []


# -- deploys in mid-call ---------------------------------------------------------------------------


def one_question(call: Call) -> Conversation:
    """The same conversation with one question less."""
    yield from ask(f"First, {call.call_id}?", max_digits=4)
    return BYE


def no_question(call: Call) -> Conversation:
    """The same conversation with no question left."""
    if call.call_id == "never":
        yield from ask("First?")
    return BYE


DEPLOYS: dict[str, Callable[[Call], Conversation]] = {
    "another name": straight("other"),
    "one question less": one_question,
    "no question": no_question,
}


@pytest.mark.parametrize("after", DEPLOYS.values(), ids=DEPLOYS.keys())
def test_a_deploy_in_mid_call(after: Callable[[Call], Conversation]) -> None:
    """When the code has other questions than were asked, the caller hears the fallback."""
    line = Line(made(straight("name"))).ask().ask("1")
    line.handler = made(after)
    assert line.ask("2").heard == "fallback"


def test_other_words_are_no_other_question() -> None:
    """A question may be worded anew in mid-call: it is stored by its name, not its text."""

    def reworded(call: Call) -> Conversation:
        first = yield from ask("Una?", max_digits=4)
        second = yield from ask(f"Dos, {call.call_id}?", max_digits=4, name="name")
        return tts(f"{first} y {second}")

    line = Line(made(straight("name"))).ask().ask("1")
    line.handler = made(reworded)
    assert line.ask("2").heard == "1 y 2"


@pytest.mark.parametrize("name", ["", "A", "a.b", "a" * 33, "a b"])
def test_names_of_questions(name: str) -> None:
    """A question's name stands in the URL, so it is short and of plain characters."""
    with pytest.raises(ValueError, match="name is"):
        next(ask("?", name=name))


# -- once, now and secrets -------------------------------------------------------------------------


def test_once_and_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random values and times are the same in every replay of the conversation."""
    seen: list[tuple[int, str, str]] = []

    def template(call: Call) -> Conversation:
        start = call.now.isoformat()
        chance = call.once("chance", int, lambda: int.from_bytes(os.urandom(4)))
        yield from ask("First?")
        later = call.now.isoformat()
        yield from ask("Second?")
        seen.append((chance, start, later))
        return BYE

    line, clock = Line(made(template)), time.time()
    for seconds, digits in ((0, None), (10, "1"), (20, "2")):
        monkeypatch.setattr(time, "time", lambda now=clock + seconds: now)
        again = line.key
        line.ask(digits)
    monkeypatch.setattr(time, "time", lambda: clock + 30)
    line.repeat("2", key=again)
    assert len(seen) == 2
    assert seen[0] == seen[1]
    assert seen[0][1] != seen[0][2]


def test_once_is_at_least_once() -> None:
    """A request cut short before it remembered makes its value again, under the same key."""
    keys: list[str] = []

    def template(call: Call) -> Conversation:
        yield from ask("First?")
        call.once("paid", bool, partial(noted, keys, call.effect_key("pay")))
        if len(keys) == 1:
            raise RuntimeError("cut short")
        return BYE

    line = Line(made(template)).ask()
    assert line.repeat("1")["body"] == json.dumps(FALLBACK.as_json(), separators=(",", ":"))
    assert line.ask("1").heard == "Bye."
    line.repeat("1")
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_effect_keys() -> None:
    """An effect's key differs by its name, by run and by call."""
    keys: list[str] = []

    def template(call: Call) -> Conversation:
        keys.extend(call.effect_key(name) for name in ("a", "b"))
        yield from ask("First?")
        return BYE

    handler = made(template)
    for call_id in ("c1", "c1", "c2"):
        Line(handler, call_id).ask()
    assert len(set(keys)) == 6
    assert all(len(key) == 32 for key in keys)


def pin_asked(call: Call) -> Conversation:
    """Ask for a PIN three times."""
    for _ in range(3):
        accepted = yield from ask("PIN?", max_digits=8, secret=lambda pin: pin == "98764321")
        if accepted:
            return tts(f"Right, {call.call_id}.")
    return BYE


def test_secrets(state: str, log: io.StringIO) -> None:
    """Of a secret only what its check returned is kept: the digits are nowhere."""
    line = Line(made(pin_asked)).ask()
    assert line.ask("98767777").heard == "PIN?"
    assert line.ask("98764321").heard == "Right, c1."
    written = json.dumps(item(state)) + log.getvalue() + line.key
    assert "98767777" not in written
    assert "98764321" not in written
    assert [(step["value"], step["length"]) for step in steps(state)] == [(None, 8)] * 2
    assert "once:" in written
    assert log.getvalue().count("answered") == 3


def test_a_secret_is_checked_once() -> None:
    """The check of a secret runs once, however often the conversation is replayed."""
    checked: list[str] = []

    def check(pin: str) -> bool:
        checked.append(pin)
        return pin == "4321"

    def template(call: Call) -> Conversation:
        found = yield from ask("PIN?", max_digits=4, secret=check)
        other = yield from ask("More?")
        return tts(f"{found} {other} {call.call_id}")

    line = Line(made(template)).ask().ask("4321")
    assert line.ask("5").heard == "True 5 c1"
    assert checked == ["4321"]


def test_silence_is_no_secret() -> None:
    """Silence answers a secret question with None, and nothing is checked."""
    line = Line(made(pin_asked)).ask().ask(None).ask("").ask("#")
    assert line.heard == "Bye."


def test_a_full_secret_and_a_stray_pound_key() -> None:
    """A `#` behind a PIN of full length costs no try."""
    line = (
        Line(made(pin_asked)).ask().ask("11111111").ask("").ask("22222222").ask("").ask("98764321")
    )
    assert line.heard == "Right, c1."


# -- in TwiML --------------------------------------------------------------------------------------


def test_in_twiml() -> None:
    """A conversation in TwiML asks with Gather; the Redirect is the way of the silent."""

    def template(call: Call) -> Conversation:
        first = yield from ask("First?", max_digits=4)
        second = yield from ask(Play("m1"))
        return Response(Say(f"{first} and {second} of {call.call_id}."), Hangup())

    line = Line(made(template, language="twiml")).ask()
    gather, redirect = line.answer["body"].split("</Gather>")
    assert "<Say>First?</Say>" in gather
    assert 'timeout="5" numDigits="4"' in gather
    assert f"/{line.key}/pivot/test</Redirect></Response>" in redirect
    assert "<Play>m1</Play>" in line.ask("12").answer["body"]
    assert line.ask("").heard == "12 and None of c1."


WRONG_PROMPTS: dict[str, Any] = {"kazoo": Say("First?"), "twiml": play("m1")}


@pytest.mark.parametrize("language", WRONG_PROMPTS)
def test_prompts_of_the_other_language(language: str) -> None:
    """A question with a prompt of the other language is the fallback, not a broken answer."""

    def template(call: Call) -> Conversation:
        yield from ask(WRONG_PROMPTS[language], name=None if call.call_id else "x")
        return BYE

    assert Line(made(template, language=language)).ask().heard == "fallback"


def test_prompts_of_actions() -> None:
    """A prompt may be any callflow actions."""

    def template(call: Call) -> Conversation:
        yield from ask(tts(f"One, {call.call_id}.") >> play("m1"))
        return BYE

    modules = [action["module"] for action in Line(made(template)).ask().actions]
    assert modules == ["tts", "play", "collect_dtmf", "pivot", "tts"]


# -- round trips -----------------------------------------------------------------------------------

BEGIN = ["UpdateItem"]
REMEMBER = ["UpdateItem"]
LOOKUP = ["GetItem"]


def test_round_trips_of_account_balance(
    tables: Mapping[str, str], function_environment: pytest.MonkeyPatch
) -> None:
    """One UpdateItem a request; each lookup, each PIN and each thing remembered adds as listed."""
    seed(tables["DIRECTORY_TABLE"])
    function_environment.setenv("POWERTOOLS_SERVICE_NAME", "account_balance")
    line = Line(functions.load("pivot/account_balance"), **{"Caller-ID-Number": "+1999"})
    script: list[tuple[str | None, str, list[str]]] = [
        (None, "Please enter your account number", BEGIN + LOOKUP + REMEMBER),
        ("1001", "Please enter your PIN.", BEGIN + LOOKUP + REMEMBER),
        ("0000", "Sorry, that's not correct.", [*BEGIN, *REMEMBER * 2, *LOOKUP, *REMEMBER]),
        ("", "Sorry, that's not correct.", BEGIN),
        ("4321", "Your balance is 42", [*BEGIN, *REMEMBER, *LOOKUP, *REMEMBER * 2]),
        ("2", "Goodbye.", BEGIN),
    ]
    for digits, heard, expected in script:
        with counted() as calls:
            line.ask(digits)
        assert heard in line.heard
        assert list(calls) == expected, heard


def test_no_round_trip_without_state(
    tables: Mapping[str, str], function_environment: pytest.MonkeyPatch
) -> None:
    """Functions that keep no state make no call to DynamoDB at all."""
    assert tables
    for name in ("say_hello", "play_media", "ring", "collect_digits", "twiml_menu"):
        function_environment.setenv("POWERTOOLS_SERVICE_NAME", name)
        line = Line(functions.load(f"pivot/{name}"))
        with counted() as calls:
            assert line.ask().answer["statusCode"] == 200
        assert calls == [], name


def seed(table: str) -> None:
    """Put account_balance's seed data into the Directory: those of its first account."""
    path = functions.ROOT / "functions/pivot/account_balance/seed.json"
    numbers = {"balance"}
    for entry in (each for each in json.loads(path.read_text()) if "account" not in each):
        value = {
            name: {"N": str(part)} if name in numbers else {"S": part}
            for name, part in entry["value"].items()
        }
        aws_client("dynamodb").put_item(
            TableName=table,
            Item={
                "pk": {"S": f"{entry['kind']}#{ACCOUNT}"},
                "sk": {"S": entry["key"]},
                "value": {"M": value},
            },
        )


# -- sixteen copies at once ------------------------------------------------------------------------


def effectful(call: Call) -> Conversation:
    """Make a random value at each step."""
    numbers = []
    for turn in range(9):
        number = call.once(f"n{turn}", str, lambda: os.urandom(4).hex())
        numbers.append(number)
        digits = yield from ask(f"{number} {numbers}?", max_digits=4)
        call.vars[f"d{turn}"] = digits
    return BYE


def copies(state: str, key: str, digits: str) -> set[str]:
    """The answers to sixteen copies of one request, each by a function with its own client."""
    handlers = [made(effectful) for _ in range(16)]
    for handler in handlers:
        forget_clients()
        handler.state = CallState(Table(state, dynamodb()))
    start = threading.Barrier(16)

    def answer(handler: Any) -> str:
        # Threads have no deadline, so this is the shell without it.
        line = Line(lambda sent, _: rendered(handler.decide(admitted(handler, sent)), FALLBACK))
        start.wait()
        return str(line.repeat(digits, key=key)["body"])

    with ThreadPoolExecutor(16) as pool:
        return set(pool.map(answer, handlers))


def admitted(handler: Any, sent: dict[str, Any]) -> Any:
    """The request as the shell hands it to `decide`."""
    return handler._admit(request_of(sent, MAX_BYTES))


def test_sixteen_copies_of_one_request(state: str) -> None:
    """Of sixteen copies of one request all are answered the same and one step is stored."""
    line = Line(made(effectful)).ask()
    for round_ in range(1, 9):
        assert len(copies(state, line.key, str(round_))) == 1
        line.ask("9")  # one more copy, which counts no more than the others
        assert [step["value"] for step in steps(state)] == [str(at + 1) for at in range(round_)]


def test_state_is_declared_by_being_a_conversation() -> None:
    """A conversation needs no declaration of state; a plain function that asks is the fallback."""

    def asking(call: Call) -> Any:
        yield from ask(f"First, {call.call_id}?")

    assert Line(pivot(fallback=FALLBACK)(asking)).ask().heard == "fallback"
    assert conversations.COLLECTION == "answer"
