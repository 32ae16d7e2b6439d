"""Finished calls: as files, as tests, and as commands."""

import ast
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pivotctl.commands.call import CallOptions
from pivotctl.commands.call import command as call_command
from pivotctl.phone import saved_calls
from pivotctl.phone.saved_calls import CallFacts, SavedCall, own_world
from pivotctl.phone.saved_steps import Script, entries, script, steps
from pivotctl.phone.saved_tests import DialogueTest, SavedTestError, literal
from pivotctl.switch.world import MenuDocument, Rung, World
from tests.kazoo import ROOT
from tests.unit.phone.played import action, callflow, played, twiml

GATHER = '<Response><Gather numDigits="1"><Say>One or two?</Say></Gather></Response>'
GOODBYE = twiml("<Response><Say>Goodbye.</Say><Hangup/></Response>")
HOSTILE = '"""\\\n</script>\u202e${system("x")} \u2019'


def saved(**facts: Any) -> SavedCall:
    """A call of two requests in which the caller presses 1."""
    return saved_calls.of("menu", played([twiml(GATHER), GOODBYE], press=("1",)), **facts)


# -- steps -----------------------------------------------------------------------------------------


def test_the_steps_of_a_call() -> None:
    """A call's steps are what the caller hears and does, and the verdict."""
    assert [str(step) for step in steps(saved().events)] == [
        "hears “One or two?”",
        "presses 1",
        "hears “Goodbye.”",
        "kazoo hangs up",
        "verdict: executes",
    ]


def heard(keys: str = "") -> dict[str, Any]:
    """A prompt, stopped by *keys*."""
    return {"type": "heard", "interrupted_by": keys}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([{"type": "pressed", "keys": "1#"}, {"type": "silent"}], Script(("1#",))),
        ([{"type": "silent"}, {"type": "pressed", "keys": "2"}], Script(("", "2"))),
        ([{"type": "reached", "name": "Record"}, {"type": "silent"}], Script((), "silence")),
        ([heard(), {"type": "hung_up", "by": "caller"}], Script(left=True)),
        ([{"type": "bridged"}, {"type": "hung_up", "by": "caller"}], Script()),
        ([{"type": "recorded"}, {"type": "hung_up", "by": "caller"}], Script((), "hangup")),
        ([heard(), {"type": "hung_up", "by": "kazoo"}], Script()),
    ],
)
def test_the_script_of_a_call(events: list[dict[str, Any]], expected: Script) -> None:
    """Keys, silence, and the end of a recording become the script that repeats them."""
    assert script(events) == expected


COLLECT = {"type": "reached", "name": "collect_dtmf"}
REQUEST = {"type": "request"}


@pytest.mark.parametrize(
    ("events", "press", "during", "asked"),
    [
        # A prompt of an action of its own: its key is typed ahead.
        ([heard("4"), COLLECT, {"type": "pressed", "keys": "321"}], ("321",), ("4",), ("4321",)),
        ([heard(), heard("1"), COLLECT, REQUEST], (), ("", "1"), ("1",)),
        # A prompt that asks itself: the key is the first one of the collection.
        ([heard("1"), {"type": "pressed", "keys": "12"}], ("12",), (), ("12",)),
        ([heard("1"), {"type": "pressed", "keys": "2"}], ("2",), ("1",), ("12",)),
    ],
)
def test_keys_that_stop_a_prompt(
    events: list[dict[str, Any]],
    press: tuple[str, ...],
    during: tuple[str, ...],
    asked: tuple[str, ...],
) -> None:
    """A key that stops a prompt is pressed once: during the prompt, or when the caller is asked."""
    found = script(events)
    assert (found.press, found.during, entries(events)) == (press, during, asked)


def test_a_caller_who_left() -> None:
    """A caller who hung up early is not expected to hang up again."""
    events = [*saved().events[:6], {"type": "hung_up", "at": 2, "by": "caller", "cause": ""}]
    assert all(step.method != "hung_up" for step in steps(events))


# -- worlds ----------------------------------------------------------------------------------------

WORLD = World(
    endpoints={"a": (Rung.BUSY, Rung.ANSWERED)},
    menus={"m": MenuDocument(digits=1)},
    callflows={
        "f": {"module": "pivot", "data": {"voice_url": "http://127.0.0.1:8080/k/pivot/ring"}}
    },
    captured="12",
    owned=False,
)


def test_a_world_is_read_again() -> None:
    """The JSON of a world makes the same world."""
    assert World.of(json.loads(json.dumps(WORLD.as_json()))) == WORLD
    assert World().as_json() == {}


def test_a_world_has_no_addresses_of_a_stack() -> None:
    """URLs of the local stack become those placeholders that every stack fills in."""
    shown = own_world(WORLD, "http://127.0.0.1:8080")
    assert shown["callflows"]["f"]["data"]["voice_url"] == "https://<API>/<KEY>/pivot/ring"


# -- tests -----------------------------------------------------------------------------------------


def checked(source: str) -> str:
    """The complaints of Ruff about a dialogue test."""
    name = "tests/calls/test_saved.py"
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--stdin-filename", name, "-"]
    done = subprocess.run(
        command, input=source, capture_output=True, text=True, check=False, cwd=ROOT
    )
    return done.stdout + done.stderr


FACTS: list[dict[str, Any]] = [
    {},
    {
        "began": "2026-11-29T08:15:00+00:00",
        "caller": "+14155550123",
        "caller_name": HOSTILE,
        "rung": "busy",
        "mode": "k5",
        "upstreams": {"crm": "slow"},
        "variables": {"color": "red"},
        "data": {"method": "get"},
        "world": {"media": {"m": f"{HOSTILE} {'a word ' * 40}"}, "schedules": ["s"]},
    },
]


@pytest.mark.parametrize("facts", FACTS, ids=["plain", "everything"])
def test_a_test_is_clean(facts: dict[str, Any]) -> None:
    """A saved test is Python that Ruff accepts and lays out in the same way."""
    source = DialogueTest(saved(**facts), f"A call with {HOSTILE}").source(ROOT)
    assert checked(source) == ""
    assert ast.get_docstring(ast.parse(source))
    assert 'call.hears("One or two?")' in source
    assert 'call.presses("1")' in source


@given(st.text(max_size=200))
def test_literals(text: str) -> None:
    """The literal of a text is the text again, in ASCII and letters of Latin."""
    code = literal(text)
    assert ast.literal_eval(code) == text
    assert code.isprintable()


def project(folder: Path) -> Path:
    """A project that keeps dialogues."""
    (folder / "tests/calls").mkdir(parents=True)
    (folder / "tests/calls/conftest.py").touch()
    return folder


def test_a_test_overwrites_nothing(tmp_path: Path) -> None:
    """A second test of the same name is refused, and the first one stays as it is."""
    root, test = project(tmp_path), DialogueTest(saved(), "One & done")
    path = test.write(root)
    assert path.relative_to(root) == Path("tests/calls/test_menu_one_done.py")
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(SavedTestError, match="already tests/calls/test_menu_one_done"):
        test.write(root)
    assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["", "../../etc", "x" * 81, "日本"])
def test_names(tmp_path: Path, name: str) -> None:
    """A name without letters, or too long, is refused; one with a path stays in its folder."""
    root = project(tmp_path)
    if name == "../../etc":
        assert DialogueTest(saved(), name).write(root).parent == root / "tests/calls"
        return
    with pytest.raises(SavedTestError, match="Use letters"):
        DialogueTest(saved(), name).write(root)


def test_a_project_without_dialogues(tmp_path: Path) -> None:
    """No test is written to a project that keeps no dialogues."""
    with pytest.raises(SavedTestError, match="no conftest"):
        DialogueTest(saved(), "One").write(tmp_path)


# -- commands --------------------------------------------------------------------------------------


def test_the_command_of_a_call() -> None:
    """A call's command has what differs from the defaults, and `pivotctl call` takes it."""
    call = saved(
        caller_name=HOSTILE, rung="busy", upstreams={"crm": "slow"}, variables={"a": "b c"}
    )
    line = saved_calls.command(call)
    program, name, *arguments = shlex.split(line)
    assert (program, name) == ("pivotctl", "call")
    options = CallOptions.of(call_command.make_context("call", arguments).params)
    assert (options.name, options.press, options.rung) == ("menu", ("1",), "busy")
    assert options.caller_name == HOSTILE
    assert options.variables == {"a": "b c"}
    assert saved_calls.command(saved()) == "pivotctl call menu --press 1"


def test_a_world_is_a_file() -> None:
    """The command of a call in a world of its own names a file for it."""
    assert saved_calls.command(saved(world={"fax": True})).endswith("--world world.json")


def test_the_name_of_a_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pivotctl call --name` sets the name that KAZOO sends."""
    sent: list[str] = []

    def stored(scenario: Any) -> Any:
        sent.append(scenario.caller_name)
        return iter(())

    monkeypatch.setattr("pivotctl.commands.call.place_call", stored)
    CliRunner().invoke(call_command, ["--url", "http://127.0.0.1:9/", "--name", "Zoë"])
    assert sent == ["Zoë"]


def test_facts_differ_from_defaults_only_where_they_do() -> None:
    """A call like any other needs no arguments."""
    assert CallFacts("menu").arguments() == {}


def test_actions_are_steps() -> None:
    """Modules that are not heard are steps with their effect; skipped ones are none."""
    flow = action("sleep", {"_": action("hangup")}, duration=1)
    found = [str(step) for step in steps(played([callflow(flow)]))]
    assert found[-2:] == ["kazoo hangs up", "verdict: executes"]
