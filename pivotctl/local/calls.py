"""Calls to the functions of the local stack: the flow they meet, and who hears of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pivotctl.crossbar.client import CrossbarClient
from pivotctl.local.webhooks import hook_at, registered
from pivotctl.switch.scenario import Scenario, World, origin, pivot_flow
from pivotctl.switch.webhooks.hook import Webhook

if TYPE_CHECKING:
    from pivotctl.stack import Stack

HOOKS = ("channel_create", "channel_answer", "channel_bridge", "channel_destroy")
RECEIVER, SINK = "channel_events", "cdr_url"

_PLACEHOLDER = re.compile(r"https://<API>/<KEY>/pivot/(\w+)")


class CallflowError(Exception):
    """A callflow.json does not describe a call to its function; the text names file and fix."""


def local_scenario(
    stack: Stack, name: str, data: Mapping[str, Any] | None = None, **call: Any
) -> Scenario:
    """The call to the function `name` of `stack`, by its callflow.json and world.json, if any.

    `data` is put over the data of the pivot action, `call` over the fields of the scenario, as in
    `local_scenario(stack, "ring", {"method": "get"}, press=("1",))`. Webhooks and the cdr_url of
    the call go to the stack's own receivers, and `https://<API>/<KEY>/pivot/NAME` anywhere in its
    flows to the function NAME. The local Crossbar is told of it. Raises `CallflowError`,
    `WorldError`, `UnknownFunctionError` and `BooksError`.
    """
    functions = stack.project.functions
    folder = stack.project.function(name).path
    flow = callflow(folder / "callflow.json")
    flow["data"] = {**flow.get("data", {}), **(data or {}), "voice_url": stack.url(name)}
    if "cdr_url" in flow["data"] and SINK in functions:
        flow["data"]["cdr_url"] = stack.url(SINK)
    scenario = Scenario(
        flow=flow,
        webhooks=_webhooks(stack),
        ledger=None if "ledger" in call else _books(stack),
        own_origins=frozenset({origin(stack.gateway_url)}),
        world=_world(folder / "world.json"),
    )
    return _at_home(replace(scenario, **call), stack)


def _webhooks(stack: Stack) -> dict[str, Webhook]:
    """The account's webhooks for the legs of a call."""
    if RECEIVER not in stack.project.functions:
        return {}
    url = stack.url(RECEIVER)
    return {hook: Webhook(url, id=hook_at(url, hook, name=RECEIVER).id) for hook in HOOKS}


def _books(stack: Stack) -> CrossbarClient | None:
    """Where the stack's Crossbar hears of the call; it knows the stack's webhooks by then."""
    if stack.upstreams_url is None:
        return None
    crossbar = CrossbarClient(stack.upstreams_url)
    crossbar.register(registered(stack))
    return crossbar


def _at_home(scenario: Scenario, stack: Stack) -> Scenario:
    """`scenario` with URLs of `stack` in the place of those that a callflow.json has."""

    def put(value: Any) -> Any:
        if isinstance(value, str):
            return _PLACEHOLDER.sub(lambda found: stack.url(found[1]), value)
        if isinstance(value, Mapping):
            return {name: put(item) for name, item in value.items()}
        return [put(item) for item in value] if isinstance(value, list) else value

    world = replace(scenario.world, callflows=put(scenario.world.callflows))
    return replace(scenario, flow=put(scenario.flow), world=world)


def led_to(folder: Path) -> frozenset[str]:
    """The functions that a call to the one in `folder` may meet, by its two files."""
    files = (folder / name for name in ("callflow.json", "world.json"))
    texts = (path.read_text(encoding="utf-8") for path in files if path.exists())
    return frozenset(name for text in texts for name in _PLACEHOLDER.findall(text))


def _world(path: Path) -> World:
    """The world in which the function is dialled; an unremarkable one without a file."""
    return World.load(path) if path.exists() else World()


def callflow(path: Path) -> dict[str, Any]:
    """The flow of a callflow.json, which begins with a pivot action; a plain one without file."""
    if not path.exists():
        return pivot_flow("")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CallflowError(f"{path}: {error}. Correct the JSON.") from error
    flow: dict[str, Any] = document.get("flow", document)
    if flow.get("module") != "pivot":
        raise CallflowError(f"{path}: module is no pivot. Begin the flow with one.")
    return flow
