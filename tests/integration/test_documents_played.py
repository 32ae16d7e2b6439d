"""The folders' documents, played: what READMEs let callers hear, what callflows fall back to."""

import json
import re
from typing import Any

import pytest

from pivotctl.stack import Stack
from pivotctl.switch.events import Bridged, End, Heard, Voicemail
from pivotctl.switch.http import HttpRequest, HttpResponse
from pivotctl.switch.scenario import Rung, Scenario, origin
from pivotctl.switch.session import place_call
from tests.functions import ROOT

FOLDERS = {path.parent.name: path.parent for path in (ROOT / "functions").glob("pivot/*/app.py")}
CALLS: dict[str, list[dict[str, Any]]] = {
    "say_hello": [{"caller_name": "Zoë Miller"}],
    "play_media": [],
    "ring": [{"rung": Rung.NO_ANSWER}],
    "collect_digits": [{"press": ("123#",)}, {}],
    "account_balance": [
        {"press": ("1001#", "4321", "1")},
        {"press": ("1001#", "1111", "1111", "1111")},
        {},
    ],
    "twiml_menu": [{"press": ("1",)}, {"press": ("7", "1")}, {}],
}
"""The calls that a README shows, by function: what differs from a silent caller."""


def flow_of(name: str) -> dict[str, Any]:
    """The flow in the callflow.json of a function."""
    document = json.loads((FOLDERS[name] / "callflow.json").read_text(encoding="utf-8"))
    flow: dict[str, Any] = document["flow"]
    return flow


def told(name: str) -> set[str]:
    """The sentences, in italics, that callers hear according to the README."""
    text = (FOLDERS[name] / "README.md").read_text(encoding="utf-8")
    section = text.partition("## What the caller hears")[2].partition("\n## ")[0]
    return set(re.findall(r"\| KAZOO \| \*(.+?)\* \|", section))


def heard(scenario: Scenario) -> list[str]:
    """What the caller hears in a call that KAZOO carries through."""
    events = list(place_call(scenario))
    end = events[-1]
    assert isinstance(end, End)
    assert end.verdict == "executes", end.reason
    return [event.text for event in events if isinstance(event, Heard)]


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLDERS)
def test_callers_hear_what_the_readme_says(stack: Stack, name: str) -> None:
    """Every sentence of the README's dialogues is spoken in one of the calls that it shows."""
    flow = flow_of(name)
    flow["data"] |= {"voice_url": stack.url(name)}
    if "cdr_url" in flow["data"]:
        flow["data"]["cdr_url"] = stack.url("cdr_url")
    own = frozenset({origin(stack.gateway_url)})
    calls = [Scenario(flow=flow, own_origins=own, **call) for call in CALLS[name]]

    assert told(name) <= {sentence for call in calls for sentence in heard(call)}


def broken(_: HttpRequest) -> HttpResponse:
    """A server that fails."""
    return HttpResponse(503)


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("rung", list(Rung))
def test_a_callflow_survives_the_failure_of_its_request(name: str, rung: Rung) -> None:
    """KAZOO executes the `_` child: the caller hears something, or talks to somebody."""
    *events, end = place_call(Scenario(flow=flow_of(name), rung=rung), broken)

    assert isinstance(end, End)
    assert end.verdict == "falls_back", end.reason
    assert any(isinstance(event, Heard | Bridged | Voicemail) for event in events)
