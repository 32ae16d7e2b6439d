"""Every sample event through AWS's own runtime, on the local stack."""

import json

import pytest

from pivotctl.stack import Stack
from tests.functions import ROOT
from tests.integration.announcing import announce_samples

EVENTS = ROOT / "events"
NAMES = sorted({path.parent.name for path in EVENTS.rglob("*.json")})


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_events_of_a_function_succeed_in_the_runtime(stack: Stack, name: str) -> None:
    """The sample events work: 200 for requests, nothing left over for workers."""
    function = stack.project.function(name)
    announce_samples(stack.upstreams)
    paths = sorted((EVENTS / function.kind / name).glob("*.json"))
    pool = stack.own.pool(function)
    returned = {path.stem: pool.invoke(path.read_bytes(), 30) for path in paths}
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
