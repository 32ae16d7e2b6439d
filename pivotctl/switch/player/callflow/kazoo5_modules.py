"""Modules that only KAZOO 5 has: its public `cf_<module>.erl` of 2026-05."""

from __future__ import annotations

from collections.abc import Mapping

from pivotctl.switch.events import Recorded
from pivotctl.switch.player.callflow.handler import Handler, ModulePlayer, gives_up, says
from pivotctl.switch.player.callflow.prompts import voicemail
from pivotctl.switch.player.callflow.transitions import ALWAYS, Data, Flow, Step, Stop
from pivotctl.switch.player.channel import Party, Play
from pivotctl.switch.scenario import Recording
from pivotctl.switch.world import Rung

_GREETING = "Hi. Please state your name after the tone."
_RING_SECONDS = 30
_SHORTEST_NAME, _NAME_SECONDS, _LONGEST_NAME = 2, 3, 16


def _call_pickup(player: ModulePlayer, data: Data, node: Flow) -> Play[Step]:
    """The caller is connected to another call, and the flow is over when she hangs up."""
    yield from says(player, data, node, f"picks up the call {data.get('target_call_id', '')}")
    return gives_up(player)


def _detect_speech(player: ModulePlayer, data: Data, node: Flow) -> Play[Step]:
    """Whatever is no `stop` starts it; what is heard does not come back to Pivot."""
    does = "stops" if data.get("action") == "stop" else "starts"
    yield from says(player, data, node, f"{does} speech detection")
    return ALWAYS


def _tones(player: ModulePlayer, data: Data, node: Flow) -> Play[Step]:
    del data, node
    yield from player.stage.answer()
    yield from player.stage.play("tones", ())
    return ALWAYS


def _doorman(player: ModulePlayer, data: Data, node: Flow) -> Play[Step]:
    """The caller says her name, and the one who is rung accepts her, rejects her, or is away."""
    stage = player.stage
    yield from stage.answer()
    yield from stage.hear(str(data.get("caller_greeting") or _GREETING))
    limit = int(data.get("recording_limit", _NAME_SECONDS))
    seconds = min(max(limit, _SHORTEST_NAME), _LONGEST_NAME)
    stage.now += seconds
    yield Recorded(at=stage.now, media="the caller's name", seconds=seconds, url=None)
    if stage.scenario.recording is Recording.HANGUP:
        return Stop(by="caller")
    yield from stage.play("general-thank_you")
    callee = Party(str(data.get("id", "")), "callee")
    outcome = yield from stage.ring((callee,), float(data.get("call_timeout") or _RING_SECONDS))
    if outcome is Rung.ANSWERED:
        return Stop(by="caller")
    return (yield from _turned_away(player, data, node, outcome))


def _turned_away(player: ModulePlayer, data: Data, node: Flow, outcome: Rung) -> Play[Step]:
    """Nobody took the call: a mailbox, if the strategy says so, else a prompt and the end."""
    away = outcome in (Rung.BUSY, Rung.NO_ANSWER)
    if away and data.get("failover_strategy") == "voicemail" and data.get("vmbox_id"):
        return (yield from voicemail(player, {"id": data["vmbox_id"], "action": "compose"}, node))
    yield from player.stage.play("cf-doorman_unreachable")
    return Stop()


KAZOO_5: Mapping[str, Handler] = {
    "call_pickup": _call_pickup,
    "detect_speech": _detect_speech,
    "doorman": _doorman,
    "tones": _tones,
}
