"""The internal extension in AWS's own runtime: registered at INIT, at work after the handler."""

import json
from pathlib import Path

import pytest

from pivotctl.project import Project
from pivotctl.stack import runtime
from pivotctl.stack.environment import Code, LambdaEnvironment
from pivotctl.stack.processes import Processes
from pivotctl.stack.runtime import LogFile, RieSandbox

pytestmark = [pytest.mark.slow]

APP = """
import os
from pathlib import Path
from pivotkit.core.after_answer import AfterAnswer

notes = Path(os.environ["NOTES"])


def work(item, until):
    with notes.open("a") as file:
        file.write(f"{item} ")


after = AfterAnswer.from_environment(work)
after.start()


def handler(event, context):
    done = notes.read_text() if notes.exists() else ""
    after.add(event["step"])
    return {"done": done, "runs": after.running}
"""


@pytest.mark.skipif(not runtime.supported(), reason="AWS publishes the emulator for Linux only")
def test_work_is_done_before_the_next_request(project: Project, tmp_path: Path) -> None:
    """Work that a request leaves is done when Lambda hands over the next one: nothing is frozen."""
    task, notes = tmp_path / "task", tmp_path / "notes"
    task.mkdir()
    (task / "app.py").write_text(APP, encoding="utf-8")
    layers = project.root / ".aws-sam/build/CommonLayer/python"
    function = project.function("say_hello")
    code = Code(task, (project.root / "layers/common", layers), project.tools.runtime)
    variables = {"NOTES": str(notes), "AWS_SAM_LOCAL": "false"}
    environment = LambdaEnvironment(function, code, variables)
    processes = Processes()
    try:
        sandbox = RieSandbox(project.tools, environment, processes, LogFile(tmp_path / "log"))
        found = [
            json.loads(sandbox.invoke(json.dumps({"step": step}).encode(), 20.0).payload)
            for step in "abc"
        ]
        sandbox.stop()
    finally:
        processes.close()
    assert found == [
        {"done": "", "runs": True},
        {"done": "a ", "runs": True},
        {"done": "a b ", "runs": True},
    ]
