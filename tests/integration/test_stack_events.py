"""Every sample event goes through `pivotctl invoke`, in Lambda's runtime."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pivotctl.commands.invoke import invoke_on, read_event
from pivotctl.stack.processes import Processes
from tests.integration.announcing import announce_samples

if TYPE_CHECKING:
    from pivotctl.project import Project
    from pivotctl.stack import Stack

ROOT = Path(__file__).parents[2]
EVENTS = sorted((ROOT / "events").rglob("*.json"))


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    """Where the runtimes of this module's invocations are started."""
    started = Processes()
    yield started
    started.close()


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: str(path.relative_to(ROOT / "events")))
def test_sample_event(path: Path, stack: Stack, processes: Processes) -> None:
    """A request is answered with 200, a batch has no failed item, a schedule tells what it did."""
    function = stack.project.function(path.parent.name)
    payload = read_event(str(path), stack.project, function)
    announce_samples(stack.upstreams)
    returned = invoke_on(stack, function, payload, {}, processes)
    assert not returned.failed
    answer = json.loads(returned.payload)
    if function.schedules:
        assert answer.keys()
    elif function.kind == "workers":
        assert answer == {"batchItemFailures": []}
    else:
        assert answer["statusCode"] == 200


def test_command(project: Project) -> None:
    """The command itself prints the answer alone on standard output."""
    event = next(path for path in EVENTS if path.parent.name == "say_hello")
    result = subprocess.run(
        [sys.executable, "-m", "pivotctl", "invoke", "say_hello", "-e", str(event)],
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
