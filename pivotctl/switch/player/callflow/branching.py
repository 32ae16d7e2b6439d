"""Modules that choose the next child: by number, list, variable, or schedule; stored flows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pivotctl.switch.player.callflow.handler import (
    ModuleHandler,
    ModulePlayer,
    branch_to,
    extension,
    report,
)
from pivotctl.switch.player.callflow.transitions import (
    ALWAYS,
    ActionData,
    Branch,
    FlowNode,
    Next,
    Transition,
)
from pivotctl.switch.player.channel import Playback
from pivotctl.whole_numbers import whole

_SCOPES = ("custom_channel_vars", "device", "user", "account")
_FAX_SECONDS = 3


def _callflow(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Run a stored flow, and come back to `_`; skip one that the world does not have."""
    yield from report(player, data, node)
    return branch_to(player.channel.scenario.world.callflows.get(str(data.get("id", ""))))


def _branch_variable(
    player: ModulePlayer, data: ActionData, node: FlowNode
) -> Playback[Transition]:
    scope, name = str(data.get("scope", _SCOPES[0])), str(data.get("variable", ""))
    variables = player.channel.scenario.world.variables
    scopes = _SCOPES if scope == "merged" else (scope,)
    values = [variables[each][name] for each in scopes if name in variables.get(each, {})]
    yield from report(
        player, data, node, f"{name} is {values[0]}" if values else f"{name} is not set"
    )
    return Next(tuple(values[:1]))


def _branch_bnumber(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Take the capture group as a child's key, or with hunt as a number whose callflow runs."""
    captured = player.channel.scenario.world.captured
    yield from report(player, data, node, f"the capture group is {captured or 'empty'}")
    if not captured:
        return ALWAYS
    if data.get("hunt") is not True:
        return Next((captured,))
    allow, deny = data.get("hunt_allow"), data.get("hunt_deny")
    allowed = not allow or re.search(str(allow), captured)
    denied = deny and re.search(str(deny), captured)
    flow = extension(player, captured) if allowed and not denied else None
    return Branch(flow) if flow else ALWAYS


def _check_cid(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Match the number against a pattern; a match with a child may change the caller's identity."""
    call = player.channel.call
    matched = re.search(str(data.get("regex", ".*")), call.caller_number)
    absolute = data.get("use_absolute_mode") is True
    key = (call.caller_number if absolute else "match") if matched else "nomatch"
    yield from report(
        player, data, node, f"{call.caller_number} {'matches' if matched else 'does not match'}"
    )
    if matched and (node.get("children") or {}).get(key):
        _new_identity(player, data)
    return Next((key,))


def _new_identity(player: ModulePlayer, data: ActionData) -> None:
    external = (data.get("caller_id") or {}).get("external") or {}
    name, number, user = external.get("name"), external.get("number"), data.get("user_id")
    if name and number and user:
        player.channel.call.change_identity(name, number)
        player.channel.call.owners = (str(user),)


def listed(entries: Mapping[str, str], number: str) -> str | None:
    """Return the name of a number in a list: prefixes come first, then regular expressions.

    KAZOO looks for prefixes of the number without its `+`, so a prefix with one is never found.
    """
    digits = number.removeprefix("+")
    for entry, name in entries.items():
        if entry.isdigit() and digits.startswith(entry):
            return name
    patterns = [entry for entry in entries if not entry.removeprefix("+").isdigit()]
    return next((entries[entry] for entry in patterns if re.search(entry, number)), None)


def _cidlistmatch(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    entries = player.channel.scenario.world.lists.get(str(data.get("id", "")), {})
    found = listed(entries, player.channel.call.caller_number) is not None
    yield from report(
        player,
        data,
        node,
        "the caller is on the list" if found else "the caller is not on the list",
    )
    return Next(("match" if found else "nomatch",))


def _temporal_route(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Choose the first rule in force, or the rule set; other actions switch rules and continue."""
    if "action" in data:
        yield from player.channel.answer()
        yield from report(player, data, node, f"{data['action']}s time rules")
        return ALWAYS
    in_force = player.channel.scenario.world.schedules
    rule = next((each for each in data.get("rules") or [] if each in in_force), None)
    by_set = data.get("rule_set") in in_force
    yield from report(player, data, node, f"in force: {rule or (by_set and 'rule set') or 'none'}")
    if by_set:
        return Next(("rule_set",))
    return Next((rule,)) if rule else ALWAYS


def _fax_detect(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    fax = player.channel.scenario.world.fax
    yield from player.channel.wait(float(data.get("duration") or _FAX_SECONDS))
    yield from report(player, data, node, "detects a fax tone" if fax else "detects no fax tone")
    return Next(("ON_FAX" if fax else "ON_VOICE",))


def _acdc_wait_time(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Choose the highest threshold among the children that the queue's average wait reaches."""
    queue = player.channel.scenario.world.queues.get(str(data.get("id", "")))
    wait = queue.wait if queue else 0
    yield from report(player, data, node, f"the average wait is {wait} s")
    return _highest(node, wait)


def _nomorobo(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Choose the highest score among the children that the call's score reaches."""
    score = player.channel.scenario.world.score
    yield from report(player, data, node, "no answer" if score is None else f"the score is {score}")
    if score is None:
        return ALWAYS
    return _highest(node, score)


def _highest(node: FlowNode, reached: float) -> Next:
    """The child with the highest number that is *reached*."""
    numbers = (whole(key) for key in node.get("children") or {})
    keys = sorted(each for each in numbers if each is not None and each <= reached)
    return Next(tuple(map(str, keys[-1:])))


BRANCHING: Mapping[str, ModuleHandler] = {
    "acdc_wait_time": _acdc_wait_time,
    "branch_bnumber": _branch_bnumber,
    "branch_variable": _branch_variable,
    "callflow": _callflow,
    "check_cid": _check_cid,
    "cidlistmatch": _cidlistmatch,
    "fax_detect": _fax_detect,
    "function": _callflow,
    "nomorobo": _nomorobo,
    "temporal_route": _temporal_route,
}
