"""Calls played against answers at hand, as the JSON events that the phone's page gets."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pivotctl.switch.http.exchange import HttpRequest, HttpResponse
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import Scenario, pivot_flow

URL = "https://functions.example/menu"
FALLBACK = {"module": "tts", "data": {"text": "Please try again later."}}


def callflow(flow: Mapping[str, Any]) -> HttpResponse:
    """An answer that is a callflow."""
    return HttpResponse(200, (("content-type", "application/json"),), json.dumps(flow).encode())


def twiml(text: str) -> HttpResponse:
    """An answer that is TwiML."""
    return HttpResponse(200, (("content-type", "text/xml"),), text.encode())


def action(module: str, children: Mapping[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    """An action of a callflow."""
    return {"module": module, "data": data, "children": dict(children or {})}


def played(answers: Iterable[HttpResponse], **call: Any) -> list[dict[str, Any]]:
    """The events of a call that gets *answers*, one after the other."""
    left = iter(answers)

    def answer(_request: HttpRequest) -> HttpResponse:
        return next(left)

    scenario = Scenario(flow=pivot_flow(URL, fallback=FALLBACK), followed=True)
    events = place_call(replace(scenario, **call), answer)
    return [json.loads(json.dumps(event.as_json())) for event in events]
