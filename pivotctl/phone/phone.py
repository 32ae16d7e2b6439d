"""Common to the softphone's pages: the stack, the switchboard, the voice, and the files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from pivotctl.phone.live_call import LiveCall
from pivotctl.phone.speech import Speech
from pivotctl.phone.switchboard import Switchboard
from pivotpages.assets import Assets
from pivotpages.templates import environment

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

    from pivotctl.stack import Stack

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Phone:
    """The softphone of a running stack."""

    stack: Stack
    switchboard: Switchboard
    speech: Speech
    assets: Assets
    templates: Environment

    @staticmethod
    def of(stack: Stack, speech: Speech | None = None) -> Phone:
        """Return the phone of `stack`."""
        voice = speech or Speech()
        assets = Assets(_HERE / "static")
        templates = environment(_HERE / "templates", assets)
        return Phone(stack, Switchboard(stack, voice.seconds), voice, assets, templates)

    def page(self, name: str, **values: Any) -> HTMLResponse:
        """Render a page."""
        return HTMLResponse(self.templates.get_template(name).render(**values))

    def call(self, request: Request) -> LiveCall:
        """Return the call whose ID is in the path of a request; 404 if there is none."""
        call = self.switchboard.calls.get(request.path_params["call"])
        if call is None:
            raise HTTPException(404, "There is no such call. Start a new one.")
        return call
