"""Through the real runtime: whatever a template does, its caller hears something in time."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import pivotctl.stack
from pivotctl.project import Project
from pivotctl.stack import Stack
from pivotctl.stack.build import build_folder, ensure
from pivotctl.stack.faults import Fault
from tests.faults.caller import ask

HERE = Path(__file__).parent
FUNCTIONS = ("trouble", "forgetful")


@pytest.fixture(scope="module")
def silent_port() -> Iterator[int]:
    """A server that takes connections and says nothing."""
    kept = []

    def accept() -> None:
        while True:
            try:
                kept.append(listener.accept())
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]


@pytest.fixture(scope="module")
def stack(
    project: Project, tmp_path_factory: pytest.TempPathFactory, silent_port: int
) -> Iterator[Stack]:
    """A stack of the functions that misbehave, on the layer as it was built."""
    ensure(project, print)
    root = tmp_path_factory.mktemp("misbehaving")
    shutil.copytree(HERE / "project", root, dirs_exist_ok=True)
    (root / "layers/common").mkdir(parents=True)
    for name in (".tools", ".venv"):
        (root / name).symlink_to(project.root / name)
    target = root / ".aws-sam/build"
    shutil.copytree(build_folder(project) / "CommonLayer", target / "CommonLayer")
    for name in FUNCTIONS:
        shutil.copytree(root / "functions/pivot" / name, target / name.capitalize())
    (target / "template.yaml").write_text("{}", encoding="utf-8")
    variables = {"Trouble": {"SILENT_PORT": str(silent_port)}}
    misbehaving = replace(Project.find(root), patience=1.0)
    with pivotctl.stack.session(misbehaving, env=variables, fresh=True, wire=True) as running:
        for name in FUNCTIONS:
            ask(running.url(name), "first")
        yield running


TROUBLES = [
    "block", "loop", "swallow", "sleep", "raise",
    "nothing", "dict", "unknown", "float", "surrogate",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_template_in_trouble(trouble: str, stack: Stack) -> None:
    """A template that blocks, loops, fails or answers rubbish: its fallback, in time; and on."""
    heard = ask(stack.url("trouble"), "c1", To=trouble)
    assert heard.in_time, heard
    assert heard.text == "The fallback."
    assert heard.executes
    after = ask(stack.url("trouble"), "c1", To="2030")
    assert after.text == "All is well."
    assert after.in_time, after


@pytest.mark.slow
def test_the_log_of_a_template_in_trouble(stack: Stack) -> None:
    """The log names the kind of failure and its line; a local run adds the message."""
    ask(stack.url("trouble"), "c1", To="raise")
    ask(stack.url("trouble"), "c1", To="sleep")
    lines = [json.loads(line) for line in stack.logs("trouble") if line.startswith("{")]
    faults = [line for line in lines if line.get("message") == "fallback"]
    places = {line["error"]: line["at"] for line in faults}
    assert places["ValueError"].startswith("app.py:")
    assert places["DeadlineExceeded"].startswith("app.py:")
    messages = {line["error"]: line["error_message"] for line in faults}
    assert messages["ValueError"] == "canary-4711"


FAULTS: tuple[Fault, ...] = ("cut", "silent", "throttled")


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_state_out_of_reach(fault: Fault, stack: Stack) -> None:
    """When DynamoDB fails, a stateful function's caller hears the fallback; then it goes on."""
    url, call_id = stack.url("forgetful"), f"call {fault}"
    assert ask(url, call_id).text == "Request 1."
    with stack.dynamodb.failing(fault):
        heard = ask(url, call_id)
    assert heard.in_time, heard
    assert heard.text == "The fallback."
    assert ask(url, call_id).text == "Request 2."


@pytest.mark.slow
def test_a_connection_that_was_cut_is_not_used_again(stack: Stack) -> None:
    """After the deadline has cut a function that had connections, the next request is answered."""
    url = stack.url("forgetful")
    assert ask(url, "cut").text == "Request 1."
    for _ in range(2):
        heard = ask(url, "cut", To="sleep")
        assert heard.in_time, heard
        assert heard.text == "The fallback."
        after = ask(url, "cut")
        assert after.status == 200
        assert after.text.startswith("Request ")
        assert after.in_time, after


@pytest.mark.slow
def test_the_deadline_cuts_a_slow_database(stack: Stack) -> None:
    """An answer of the database that comes too late is not taken for that of the next request."""
    url = stack.url("forgetful")
    ask(url, "slow-a")
    with stack.dynamodb.failing("slow"):
        late = [ask(url, f"slow-{name}") for name in "ab"]
    assert all(heard.in_time for heard in late)
    assert ask(url, "slow-c").text == "Request 1."
