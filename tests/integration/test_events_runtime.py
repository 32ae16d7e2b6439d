"""Every sample event through AWS's own runtime, on the local stack."""

import json

import pytest

from pivotctl.stack import Stack
from pivotctl.stack.engine import start_sandbox
from pivotctl.stack.processes import Processes
from pivotctl.stack.runtime import StandardError
from tests.functions import ROOT
from tests.integration.announcing import announce_samples

EVENTS = ROOT / "events"
NAMES = sorted({path.parent.name for path in EVENTS.rglob("*.json")})


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_events_of_a_function_succeed_in_the_runtime(stack: Stack, name: str) -> None:
    """The sample events work: 200 for requests, nothing left over for workers."""
    function = stack.project.function(name)
    processes = Processes()
    environment = stack.lambda_environment(name)
    sandbox = start_sandbox(stack.project, environment, processes, StandardError())
    announce_samples(stack.upstreams)
    paths = sorted((EVENTS / function.kind / name).glob("*.json"))
    try:
        returned = {path.stem: sandbox.invoke(path.read_bytes(), 30) for path in paths}
    finally:
        sandbox.stop()
        processes.close()
    answers = {event: json.loads(answer.payload) for event, answer in returned.items()}

    assert paths
    assert not [event for event, answer in returned.items() if answer.failed]
    if function.schedules:
        assert all(answers.values())
    elif function.kind == "workers":
        assert all(answer == {"batchItemFailures": []} for answer in answers.values())
    else:
        assert {event: answer["statusCode"] for event, answer in answers.items()} == dict.fromkeys(
            answers, 200
        )
