"""What stands beside the softphone: state, fired events, replays, and saved tests of real calls."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pivotctl.local.calls import local_scenario
from pivotctl.local.outputs import CallOutputs, Outputs
from pivotctl.phone import saved_calls
from pivotctl.phone.exchanges import beside
from pivotctl.phone.firing import EventForm, FiringReport, fire
from pivotctl.phone.firing_forms import CDR, FiringError, form_of
from pivotctl.phone.replays import replay
from pivotctl.phone.saved_calls import SavedCall
from pivotctl.phone.saved_tests import DialogueTest, run
from pivotctl.phone.state_diff import StateWatch, state_reader
from pivotctl.stack import Stack
from pivotctl.switch.player.call import place_call
from tests.accounts import FIRST

HOSTILE = "</script><img src=x onerror=alert(1)>"


def dialed(stack: Stack, name: str, *press: str) -> SavedCall:
    """A call to a function of the stack, followed as the phone follows it."""
    scenario = local_scenario(stack, name, press=press, followed=True)
    watch = StateWatch(f"{scenario.account_id}#{scenario.call_id}", state_reader(stack))
    events = CallOutputs(Outputs(stack, entries=True)).explained(
        watch.watched(place_call(scenario))
    )
    found = [json.loads(json.dumps(event.as_json())) for event in events]
    return saved_calls.of(name, found)


@pytest.fixture(scope="module")
def call(stack: Stack) -> SavedCall:
    """A call of three requests to a conversation."""
    return dialed(stack, "account_balance", "1001#", "4321")


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
    """What a function logs while it answers is with its request, without figures for machines."""
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


@pytest.fixture
def written(stack: Stack, call: SavedCall) -> Iterator[Path]:
    """A saved call among the dialogues of this checkout, as long as the test runs."""
    test = DialogueTest(call, "a balance saved by the tests of the phone")
    path = stack.project.root / test.path
    path.unlink(missing_ok=True)
    yield test.write(stack.project.root)
    path.unlink()


@pytest.mark.slow
def test_a_saved_call_passes(stack: Stack, written: Path) -> None:
    """A call that was saved as a dialogue test passes as one, on a stack of its own."""
    done = run(written, stack.project.root)
    assert done.passed, done.output
    assert "1 passed" in done.output


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
