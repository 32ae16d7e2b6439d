"""Calls to the functions of the local stack: their flow, webhooks, and CDRs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pivotctl.crossbar import ACCOUNT_ID
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
    """A callflow.json without a call to its function; the text names the file and the fix."""


def local_scenario(
    stack: Stack, name: str, data: Mapping[str, Any] | None = None, **call: Any
) -> Scenario:
    """Return the call to the function `name` of `stack`, by its callflow.json and world.json.

    `data` overrides the data of the pivot action, `call` the fields of the scenario, as in
    `local_scenario(stack, "ring", {"method": "get"}, press=("1",))`. Webhooks and the cdr_url of
    the call lead to the stack's own receivers, and `https://<API>/<KEY>/pivot/NAME` anywhere in
    its flows to the function NAME. The account is the first local one by default, whose entries
    most functions look up. The call is reported to the local Crossbar. Raises
    `CallflowError`, `WorldError`, `UnknownFunctionError`, and `CrossbarClientError`.
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
        ledger=None if "ledger" in call else _crossbar(stack),
        own_origins=frozenset({origin(stack.gateway_url)}),
        world=_world(folder / "world.json"),
        patience=stack.project.patience,
    )
    return _with_own_urls(replace(scenario, **{"account_id": ACCOUNT_ID, **call}), stack)


def _webhooks(stack: Stack) -> dict[str, Webhook]:
    """Return the account's webhooks for the legs of a call, if their receiver runs."""
    if RECEIVER not in stack.project.functions or RECEIVER not in stack.info.functions:
        return {}
    url = stack.url(RECEIVER)
    return {hook: Webhook(url, id=hook_at(url, hook, name=RECEIVER).id) for hook in HOOKS}


def _crossbar(stack: Stack) -> CrossbarClient | None:
    """Return a client of the stack's Crossbar, with the stack's webhooks registered."""
    if stack.upstreams_url is None:
        return None
    crossbar = CrossbarClient(stack.upstreams_url)
    crossbar.register(registered(stack))
    return crossbar


def _with_own_urls(scenario: Scenario, stack: Stack) -> Scenario:
    """Return `scenario` with URLs of `stack` instead of the placeholders of a callflow.json."""

    def put(value: Any) -> Any:
        if isinstance(value, str):
            return _PLACEHOLDER.sub(lambda found: stack.url(found[1]), value)
        if isinstance(value, Mapping):
            return {name: put(item) for name, item in value.items()}
        return [put(item) for item in value] if isinstance(value, list) else value

    world = replace(scenario.world, callflows=put(scenario.world.callflows))
    return replace(scenario, flow=put(scenario.flow), world=world)


def reachable_functions(folder: Path) -> frozenset[str]:
    """Return the functions that a call to the one in `folder` may reach, by its two files."""
    files = (folder / name for name in ("callflow.json", "world.json"))
    texts = (path.read_text(encoding="utf-8") for path in files if path.exists())
    return frozenset(name for text in texts for name in _PLACEHOLDER.findall(text))


def _world(path: Path) -> World:
    """Return the world of the function's calls; an unremarkable one without a file."""
    return World.load(path) if path.exists() else World()


def callflow(path: Path) -> dict[str, Any]:
    """Return the flow of a callflow.json, or without a file a plain pivot action."""
    if not path.exists():
        return pivot_flow("")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CallflowError(f"{path}: {error}. Correct the JSON.") from error
    flow: dict[str, Any] = document.get("flow", document)
    if flow.get("module") != "pivot":
        raise CallflowError(
            f"{path}: the first module is not pivot. Begin the flow with a pivot action."
        )
    return flow
