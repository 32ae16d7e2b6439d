"""The folders' callflows, played while their request fails."""

import json

import pytest

from pivotctl.switch import events as ev
from pivotctl.switch.http.exchange import HttpRequest, HttpResponse
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import Rung, Scenario
from tests.functions import ROOT

CALLFLOWS = {path.parent.name: path for path in (ROOT / "functions").glob("pivot/*/callflow.json")}
NOTICED = (
    ev.Heard,
    ev.Played,
    ev.Bridged,
    ev.Voicemail,
    ev.ConferenceJoined,
    ev.Responded,
    ev.ModuleRan,
)
"""The parts of a call that the caller or the callee notices."""


def broken(_: HttpRequest) -> HttpResponse:
    """A server that fails."""
    return HttpResponse(503)


@pytest.mark.parametrize("name", CALLFLOWS)
@pytest.mark.parametrize("rung", list(Rung))
def test_a_callflow_survives_the_failure_of_its_request(name: str, rung: Rung) -> None:
    """KAZOO executes the `_` child: no caller is left in silence."""
    flow = json.loads(CALLFLOWS[name].read_text(encoding="utf-8"))["flow"]
    *events, end = place_call(Scenario(flow=flow, rung=rung), broken)

    assert isinstance(end, ev.End)
    assert end.verdict == "falls_back", end.reason
    assert any(isinstance(event, NOTICED) for event in events)
