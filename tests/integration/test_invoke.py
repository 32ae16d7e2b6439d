"""`pivotctl invoke` runs a function once, in Lambda's runtime."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from pivotctl.commands.invoke import invoke_on, read_event
from pivotctl.stack.processes import Processes

if TYPE_CHECKING:
    from pivotctl.project import Project
    from pivotctl.stack import Stack

SAMPLE = "events/pivot/say_hello/post_form.json"


def test_a_variable_is_overridden_for_one_invocation(stack: Stack) -> None:
    """An invocation beside a stack has the stack's variables, but for those that are given."""
    function = stack.project.function("ring")
    event = str(stack.project.root / "events/pivot/ring/post_form.json")
    processes = Processes()
    try:
        payload = read_event(event, stack.project, function)
        other = "d" * 32
        returned = invoke_on(stack, function, payload, {"ring": {"RING_ID": other}}, processes)
    finally:
        processes.close()
    assert json.loads(json.loads(returned.payload)["body"])["data"]["id"] == other


def test_command(project: Project) -> None:
    """The command itself prints the answer alone on standard output."""
    result = subprocess.run(
        [sys.executable, "-m", "pivotctl", "invoke", "say_hello", "-e", project.root / SAMPLE],
        cwd=project.root, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert json.loads(result.stdout)["statusCode"] == 200
    assert "START RequestId" in result.stderr


def test_samples_are_offered(project: Project) -> None:
    """A sample event that is not there is answered with those that are."""
    result = subprocess.run(
        [sys.executable, "-m", "pivotctl", "invoke", "say_hello", "-e", "nothing.json"],
        cwd=project.root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 1
    assert "Sample events: events/pivot/say_hello/" in result.stderr
