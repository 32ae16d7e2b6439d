"""Modules that connect the caller: devices, users, groups, carriers, queues, conferences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pivotctl.switch.events import ConferenceJoined, Responded
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
    FlowNode,
    Next,
    Replace,
    Stop,
    Transition,
    child,
)
from pivotctl.switch.player.channel import CAUSES, MOST_REPEATS, Party, Playback
from pivotctl.switch.world import Rung

_RING_SECONDS = 20
_PAGE_SECONDS = 5


def _bridge(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Ring a device or user; a bridge ends the flow, a failure looks for a child of its cause."""
    party = Party(str(data.get("id", "")), node["module"])
    seconds = float(data.get("timeout") or _RING_SECONDS)
    outcome = yield from player.channel.ring((party,), seconds)
    return _ended(player, outcome, node)


def _ended(player: ModulePlayer, outcome: Rung, node: FlowNode) -> Transition:
    """End the flow after a bridge; after a failure try the cause, the SIP code, then `_`."""
    if outcome is Rung.ANSWERED:
        return player.after_bridge or Stop(by=player.channel.parted_by)
    step = Next(() if outcome is Rung.UNREGISTERED else CAUSES[outcome])
    goes_on = child(node, step) or player.waiting
    return step if goes_on else Stop(cause=CAUSES[outcome][0])


def _carriers(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Ring through carriers. A failure without a child for its cause or code ends the call."""
    channel = player.channel
    number = str(data.get("to_did") or channel.call.request_user)
    outcome = yield from channel.ring((Party(number),), float(data.get("timeout") or _RING_SECONDS))
    if outcome is Rung.ANSWERED:
        return _ended(player, outcome, node)
    cause, code = CAUSES[outcome]
    step = Next((cause, code), default=False)
    if child(node, step):
        return step
    yield Responded(at=channel.now, code=int(code.removeprefix("sip:")), message=cause)
    return Stop(cause=cause)


def _group(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Ring the members of a group document, or those that the action lists."""
    name = str(data.get("id", ""))
    members = player.channel.scenario.world.members.get(name, ()) or data.get("endpoints") or ()
    parties = [Party(str(member), "device") for member in members] or [Party(name, "group")]
    return (yield from _ring_all(player, data, node, parties))


def _ring_group(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    return (yield from _ring_all(player, data, node, _endpoints(player, data)))


def _endpoints(player: ModulePlayer, data: ActionData) -> list[Party]:
    """Return the endpoints, by weight if they have one, with groups replaced by their members."""
    listed = [each for each in data.get("endpoints") or [] if isinstance(each, dict)]
    if data.get("strategy") == "weighted_random":
        listed.sort(key=lambda each: -int(each.get("weight", 0)))
    return [party for each in listed for party in _members(player, each)]


def _members(player: ModulePlayer, endpoint: ActionData) -> list[Party]:
    delay, timeout = float(endpoint.get("delay", 0)), float(endpoint.get("timeout", _RING_SECONDS))
    kind, name = str(endpoint["endpoint_type"]), str(endpoint["id"])
    members = player.channel.scenario.world.members.get(name, ()) if kind == "group" else ()
    if members:
        return [Party(member, "device", delay, timeout) for member in members]
    return [Party(name, kind, delay, timeout)]


def _ring_all(
    player: ModulePlayer, data: ActionData, node: FlowNode, parties: Sequence[Party]
) -> Playback[Transition]:
    """Ring together, or one after the other, `repeats` times."""
    channel, outcome = player.channel, Rung.UNREGISTERED
    together = data.get("strategy", "simultaneous") == "simultaneous"
    seconds = float(data.get("timeout") or _RING_SECONDS)
    for _ in range(min(max(int(data.get("repeats", 1)), 1), MOST_REPEATS)):
        for rung in [list(parties)] if together else [[party] for party in parties]:
            wait = seconds if together else (rung[0].timeout or seconds)
            outcome = yield from channel.ring(
                rung, wait, one_reject_is_enough=data.get("fail_on_single_reject") is True
            )
            if outcome is Rung.ANSWERED:
                return _ended(player, outcome, node)
    return _ended(player, outcome, node)


def _page_group(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """End the flow if the page reaches anyone; otherwise continue with `_`, whatever the cause."""
    outcome = yield from player.channel.ring(
        _endpoints(player, data), float(data.get("timeout") or _PAGE_SECONDS)
    )
    return _ended(player, outcome, node) if outcome is Rung.ANSWERED else ALWAYS


def _route_to_cid(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    party = Party(player.channel.call.request_user, "endpoints with caller id")
    outcome = yield from player.channel.ring((party,), float(data.get("timeout") or _RING_SECONDS))
    return _ended(player, outcome, node)


def ring_hotdesk(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Ring where a user is logged in; the flow continues even after an answered call."""
    del node
    party = Party(str(data.get("id", "")), "hotdesk")
    outcome = yield from player.channel.ring((party,), _RING_SECONDS)
    return ALWAYS if outcome in (Rung.ANSWERED, Rung.UNREGISTERED) else Next(CAUSES[outcome])


def _conference(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Hand the caller to the conference application; the children never run."""
    world, channel = player.channel.scenario.world, player.channel
    yield from channel.answer()
    captured = world.captured if node["module"] == "conference_feature" else None
    made = data.get("config") or {}
    name = str(
        data.get("id") or captured or made.get("id") or made.get("name") or "chosen by number"
    )
    welcome = data.get("welcome_prompt") or {}
    if welcome.get("media_id") and welcome.get("play") is not False:
        yield from channel.prompt(str(welcome["media_id"]))
    yield ConferenceJoined(at=channel.now, name=world.conferences.get(name, name))
    return Stop(by="caller")


def _acdc_member(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Wait for an agent; continue with `_` if the queue is full or no one answers."""
    name = str(data.get("id", ""))
    queue = player.channel.scenario.world.queues.get(name)
    if queue is None or queue.outcome == "full":
        yield from report(player, data, node, f"cannot enter the queue {name}".rstrip())
        return ALWAYS
    yield from report(player, data, node, f"enters the queue {name}")
    yield from player.channel.wait(queue.wait)
    if queue.outcome != "answered":
        return ALWAYS
    yield from player.channel.talk(f"an agent of {name}")
    return Stop(by=player.channel.parted_by)


def _transfer(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Transfer the call to an extension or number; this flow is over."""
    target = str(data.get("target", ""))
    yield from report(player, data, node, f"transfers the call to {target or 'no one'}")
    flow = extension(player, target)
    return Replace(flow, answer=False) if flow else Stop(by="caller")


def _intercom(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    number = player.channel.scenario.world.captured
    yield from report(player, data, node, f"calls {number or 'no one'}, with auto-answer")
    return branch_to(extension(player, number))


def _after_bridge(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Choose what follows the next bridge."""
    action, target = str(data.get("action", "")), data.get("data")
    yield from report(player, data, node, f"after the bridge: {action} {target}".rstrip())
    flow = extension(player, str(target)) if action == "transfer" else None
    player.after_bridge = Replace(flow, answer=False) if flow else None
    return ALWAYS


BRIDGING: Mapping[str, ModuleHandler] = {
    "acdc_member": _acdc_member,
    "after_bridge": _after_bridge,
    "conference": _conference,
    "conference_feature": _conference,
    "device": _bridge,
    "group": _group,
    "intercom": _intercom,
    "offnet": _carriers,
    "page_group": _page_group,
    "resources": _carriers,
    "ring_group": _ring_group,
    "route_to_cid": _route_to_cid,
    "transfer": _transfer,
    "user": _bridge,
}
