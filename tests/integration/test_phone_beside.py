"""Panels beside the softphone, of real calls: state, fired events, replays, and saved tests."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pivotctl.local.calls import local_scenario
from pivotctl.local.outputs import CallOutputs, Outputs
from pivotctl.phone import saved_calls
from pivotctl.phone.exchanges import beside
from pivotctl.phone.firing import EventForm, FiringReport, fire
from pivotctl.phone.firing_forms import CDR, FiringError, form_of
from pivotctl.phone.replays import replay
from pivotctl.phone.saved_calls import SavedCall
from pivotctl.phone.saved_tests import DialogueTest
from pivotctl.phone.state_diff import StateWatch, state_reader
from pivotctl.stack import Stack
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import Rung
from pivotctl.upstreams import FakeMode, Upstreams, switched
from scripts.make_dialogues import reset
from tests.accounts import FIRST
from tests.calls.phone import phone

HOSTILE = "</script><img src=x onerror=alert(1)>"


def dialed(stack: Stack, name: str, facts: Any = (), **script: Any) -> SavedCall:
    """A call to a function of the stack, followed as the phone follows it."""
    scenario = local_scenario(stack, name, followed=True, **script)
    watch = StateWatch(f"{scenario.account_id}#{scenario.call_id}", state_reader(stack))
    outputs = CallOutputs(Outputs(stack, entries=True))
    events = outputs.explained(watch.watched(place_call(scenario)))
    found = [json.loads(json.dumps(event.as_json())) for event in events]
    return saved_calls.of(name, found, **dict(facts))


@pytest.fixture
def upstreams(stack: Stack) -> Iterator[Upstreams]:
    """The fakes of other services, as dialogue tests get them."""
    stack.upstreams.reset()
    yield stack.upstreams
    stack.upstreams.reset()


@pytest.fixture(scope="module")
def call(stack: Stack) -> SavedCall:
    """A call of three requests to a conversation."""
    reset(stack, stack.project.function("account_balance"))
    return dialed(stack, "account_balance", press=("1001#", "4321"))


def test_the_state_of_a_call(call: SavedCall) -> None:
    """Each request of a conversation shows the step that it has added to the call's item."""
    found = beside(call.events)
    states = [each["state"] for each in found["exchanges"]]
    assert states[0]["key"].startswith(f"{FIRST.account_id}#")
    added = [change["path"] for state in states for change in state["changes"]]
    assert any(path.startswith("run:account_balance") for path in added)
    assert any(path.endswith(":customer") for path in added)
    assert "6977c479757f7f499218154bf7f9d728" not in json.dumps(found), "a PIN's salt is hidden"


def test_the_log_of_a_call(call: SavedCall) -> None:
    """Log lines of a function are with the request it answers, without figures for machines."""
    found = beside(call.events)["exchanges"]
    lines = [line for each in found for line in each["output"]]
    assert {"type": "logged", "function": "account_balance"}.items() <= lines[0].items()
    assert "INFO" in lines[0]["text"]
    assert all("_aws" not in line["text"] for line in lines)


def test_the_graph_of_a_call(call: SavedCall) -> None:
    """The graph joins the answers of a conversation, from the number's flow to the hangup."""
    graph = beside(call.events)["graph"]
    taken = [node["name"] for node in graph["nodes"] if node["state"] == "taken"]
    assert taken[0] == "pivot"
    assert taken.count("collect_dtmf") >= 3
    keys = {edge["key"] for edge in graph["edges"]}
    assert {"answer 1", "answer 2", "answer 3"} <= keys


def test_a_replay_of_the_same_code(stack: Stack, call: SavedCall) -> None:
    """A call that is repeated against the same code has no differences."""
    found = replay(call, stack)
    assert [row for row in found.dialogue if row.change != "same"] == []
    assert found.same


def test_a_replay_of_other_answers(stack: Stack, call: SavedCall) -> None:
    """A call that another caller would have heard differently shows where."""
    other = [
        {**event, "text": "Welcome."} if "account number" in event.get("text", "") else event
        for event in call.events
    ]
    found = replay(saved_calls.of("account_balance", other), stack)
    assert [row.before for row in found.dialogue if row.change == "changed"] == ["hears “Welcome.”"]


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("account_balance", {"press": ("1001#", "4321", "1")}),
    ("account_balance", {"press": ("1001#", "321"), "press_during_prompts": ("", "4")}),
    ("ring", {"rung": Rung.BUSY}),
    ("say_hello", {"caller_name": HOSTILE}),
    ("twiml_menu", {"press": ("", "1")}),
    ("crm_lookup", {"upstreams": {"crm": "error"}}),
]


@pytest.mark.parametrize(("name", "wanted"), CALLS)
def test_a_saved_call_passes(
    stack: Stack, upstreams: Upstreams, name: str, wanted: dict[str, Any]
) -> None:
    """A call that was saved passes as a dialogue test, with tables of the test's own."""
    reset(stack, stack.project.function(name))
    names = ("caller_name", "rung", "upstreams")
    facts = {each: wanted[each] for each in names if each in wanted}
    script = {each: value for each, value in wanted.items() if each != "upstreams"}
    modes = {each: FakeMode(mode) for each, mode in facts.get("upstreams", {}).items()}
    with switched(stack.upstreams_url, modes):
        call = dialed(stack, name, facts, **script)
    source = DialogueTest(call, "a saved call").source(stack.project.root)
    module: dict[str, Any] = {}
    exec(compile(source, "test_saved.py", "exec"), module)  # noqa: S102 that is the test
    given = {"upstreams": upstreams} if "upstreams" in facts else {}
    with phone(stack) as dial:
        module["test_a_saved_call"](dial, **given)


# -- events ----------------------------------------------------------------------------------------


def fired(stack: Stack, name: str, **values: str) -> FiringReport:
    """The report of an event with some values of its form changed."""
    form = EventForm(name, {})
    untouched = {each.name: each.value for each in form_of(name, form.facts)}
    return fire(EventForm(name, {**untouched, **values}), stack)


def test_what_a_hook_leaves(stack: Stack) -> None:
    """A fired hook shows its delivery, the stored record, and the functions that ran."""
    report = fired(stack, "channel_destroy", call_id="fired@example", caller_id_name=HOSTILE)
    assert [(each.receiver, each.status) for each in report.deliveries] == [("channel_events", 200)]
    keys = [each.key for each in report.stored if each.table == "CallRecordsTable"]
    assert any(key.startswith(f"{FIRST.account_id}#fired@example / ") for key in keys)
    assert HOSTILE in json.dumps([each.item for each in report.stored])
    assert {"channel_events", "call_records"} <= {each.function for each in report.runs}
    assert report.dead_letters == ()
    assert report.unfinished == ""


def test_what_a_cdr_leaves(stack: Stack) -> None:
    """A CDR goes to the sink, and is stored."""
    report = fired(stack, CDR)
    assert [(each.receiver, each.good) for each in report.deliveries] == [("cdr_url", True)]
    assert report.stored


def test_what_leaves_for_a_service(stack: Stack) -> None:
    """A request that a worker sends because of an event is in the report, with its service."""
    report = fired(stack, "missed_call")
    sent = {each.service: each.request for each in report.sent}
    assert sent["chat"]["method"] == "POST"
    assert "notifications" in {each.function for each in report.runs}


def test_an_unknown_encoding(stack: Stack) -> None:
    """An encoding that KAZOO does not have is refused before anything is delivered."""
    with pytest.raises(FiringError, match="encoding is 'xml'"):
        fire(EventForm("channel_create", {}, encoding="xml"), stack)
