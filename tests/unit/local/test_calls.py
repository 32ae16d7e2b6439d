"""The scenario of a call to the local stack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pivotctl.local.calls import CallflowError, callflow, local_scenario, reachable_functions
from pivotctl.project import Project, UnknownFunctionError
from pivotctl.stack import Stack
from pivotctl.stack.info import StackInfo
from pivotctl.switch.world import World
from tests.unit.switch.servers import says


def test_a_functions_callflow_gives_the_action_and_its_fallback(tmp_path: Path) -> None:
    """The file that goes into KAZOO is what the local call meets."""
    path = tmp_path / "callflow.json"
    stored = {"module": "pivot", "data": {"method": "post"}, "children": {"_": says("later")}}
    path.write_text(json.dumps({"name": "x", "flow": stored}), encoding="utf-8")
    assert callflow(path) == stored


def test_without_a_callflow_a_function_is_asked_by_post(tmp_path: Path) -> None:
    """A folder that has no file yet can be called all the same."""
    assert callflow(tmp_path / "callflow.json")["data"]["method"] == "post"


@pytest.mark.parametrize(("text", "fault"), [("{", "Correct the JSON"), ("{}", "is not pivot")])
def test_a_callflow_that_is_none_is_named(tmp_path: Path, text: str, fault: str) -> None:
    """The message names the file and the fix."""
    path = tmp_path / "callflow.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CallflowError, match=fault):
        callflow(path)


def on_a_page(name: str) -> dict[str, object]:
    """A pivot action as it stands in a callflow.json."""
    return {"module": "pivot", "data": {"voice_url": f"https://<API>/<KEY>/pivot/{name}"}}


@pytest.fixture
def idle(project: Project) -> Stack:
    """A stack that nobody asks anything."""
    nobody = "http://127.0.0.1:9"
    return Stack(project, StackInfo(0, nobody, None, nobody, "", "", "", ()))


def test_flows_of_the_world_lead_to_the_local_stack(idle: Stack) -> None:
    """A second function of a call is asked where the first one is."""
    deep = {"module": "menu", "children": {"1": on_a_page("ring"), "2": says("later")}}
    world = World(callflows={"next": on_a_page("say_hello"), "deep": deep})
    played = local_scenario(idle, "variables", world=world).world.callflows
    assert played["next"]["data"]["voice_url"] == idle.url("say_hello")
    assert played["deep"]["children"]["1"]["data"]["voice_url"] == idle.url("ring")
    assert played["deep"]["children"]["2"] == says("later")


def test_a_fallback_leads_to_the_local_stack(idle: Stack) -> None:
    """Another function may take the call when the first one fails."""
    flow = {**on_a_page("ring"), "children": {"_": on_a_page("say_hello")}}
    played = local_scenario(idle, "ring", flow=flow).flow
    assert played["children"]["_"]["data"]["voice_url"] == idle.url("say_hello")


def test_a_url_of_no_function_is_named(idle: Stack) -> None:
    """A name that the project does not have is told, with the nearest one."""
    world = World(callflows={"next": on_a_page("say_helo")})
    with pytest.raises(UnknownFunctionError, match=r"say_helo.*say_hello"):
        local_scenario(idle, "ring", world=world)


def test_a_call_needs_the_functions_that_its_files_name(project: Project, tmp_path: Path) -> None:
    """Whoever starts a part of the stack for one call starts those as well."""
    assert reachable_functions(project.function("variables").path) == {
        "variables",
        "variables_read",
    }
    assert reachable_functions(tmp_path) == set()
