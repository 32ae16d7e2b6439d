"""Modules that only KAZOO 5 has: its public `cf_<module>.erl` of 2026-05."""

from __future__ import annotations

from collections.abc import Mapping

from pivotctl.switch.events import Recorded
from pivotctl.switch.player.callflow.handler import ModuleHandler, ModulePlayer, gives_up, report
from pivotctl.switch.player.callflow.prompts import voicemail
from pivotctl.switch.player.callflow.transitions import (
    ALWAYS,
    ActionData,
    FlowNode,
    Stop,
    Transition,
)
from pivotctl.switch.player.channel import Party, Playback
from pivotctl.switch.scenario import RecordingEnd
from pivotctl.switch.world import Rung

_GREETING = "Hi. Please state your name after the tone."
_RING_SECONDS = 30
_SHORTEST_NAME, _NAME_SECONDS, _LONGEST_NAME = 2, 3, 16


def _call_pickup(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Connect the caller to another call; the flow is over when they hang up."""
    yield from report(player, data, node, f"picks up the call {data.get('target_call_id', '')}")
    return gives_up(player)


def _detect_speech(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Start speech detection unless the action is `stop`; Pivot never gets the result."""
    does = "stops" if data.get("action") == "stop" else "starts"
    yield from report(player, data, node, f"{does} speech detection")
    return ALWAYS


def _tones(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    del data, node
    yield from player.channel.answer()
    yield from player.channel.play("tones", ())
    return ALWAYS


def _doorman(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Record the caller's name; the person who is called accepts, rejects, or does not answer."""
    channel = player.channel
    yield from channel.answer()
    yield from channel.hear(str(data.get("caller_greeting") or _GREETING))
    limit = int(data.get("recording_limit", _NAME_SECONDS))
    seconds = min(max(limit, _SHORTEST_NAME), _LONGEST_NAME)
    recorded = channel.record(seconds)
    channel.now += recorded.seconds
    yield Recorded(at=channel.now, media="the caller's name", seconds=recorded.seconds, url=None)
    if recorded.end is RecordingEnd.HANGUP:
        return Stop(by="caller")
    yield from channel.play("general-thank_you")
    callee = Party(str(data.get("id", "")), "callee")
    outcome = yield from channel.ring((callee,), float(data.get("call_timeout") or _RING_SECONDS))
    if outcome is Rung.ANSWERED:
        return Stop(by=channel.parted_by)
    return (yield from _turned_away(player, data, node, outcome))


def _turned_away(
    player: ModulePlayer, data: ActionData, node: FlowNode, outcome: Rung
) -> Playback[Transition]:
    """Turn the caller away: to a voicemail box, if so configured, or with a prompt."""
    away = outcome in (Rung.BUSY, Rung.NO_ANSWER)
    if away and data.get("failover_strategy") == "voicemail" and data.get("vmbox_id"):
        return (yield from voicemail(player, {"id": data["vmbox_id"], "action": "compose"}, node))
    yield from player.channel.play("cf-doorman_unreachable")
    return Stop()


KAZOO_5: Mapping[str, ModuleHandler] = {
    "call_pickup": _call_pickup,
    "detect_speech": _detect_speech,
    "doorman": _doorman,
    "tones": _tones,
}
