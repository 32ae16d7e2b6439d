"""Executes callflow JSON as KAZOO's callflow application does, action by action.

Follows `cf_exe.erl` for the choice of children and `cf_<module>.erl` for what actions do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pivotctl.reader.modules import MODULES
from pivotctl.switch.events import Action, Conference, FellBack, Responded, VariablesSet, Voicemail
from pivotctl.switch.scenario import Rung
from pivotctl.switch.stage import ANY_KEY, CAUSES, DEFAULT_COLLECTION, Play, Stage

type Flow = Mapping[str, Any]
type Data = Mapping[str, Any]

_MAX_BRANCHES = 50
_MENU_TRIES = 3
_MENU_DIGITS = 4
_RING_SECONDS = 20
_MILLISECONDS = 1000
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Next:
    """Go on with the first of `keys` that the action has as a child; then, if wanted, `_`."""

    keys: tuple[str, ...] = ()
    default: bool = True


@dataclass(frozen=True, slots=True)
class Stop:
    """The flow ends and with it the call; `by` is who hangs up, `cause` KAZOO's name for why."""

    cause: str = "NORMAL_CLEARING"
    by: str = "kazoo"


@dataclass(frozen=True, slots=True)
class Replace:
    """The flow is dropped for another one."""

    flow: Flow


type Step = Next | Stop | Replace
ALWAYS = Next()


class Asks(Protocol):
    """Carries out a pivot action: asks the server and says how the flow goes on."""

    def pivot(self, data: Data) -> Play[Step]:
        """Ask, and execute the answer if it is TwiML; `ALWAYS` when the request failed."""
        ...


class FlowPlayer:
    """Plays a callflow on a stage; pivot actions are carried out by `server`."""

    def __init__(self, stage: Stage, server: Asks) -> None:
        self.stage = stage
        self.server = server
        self.branches = 0

    def run(self, flow: Flow) -> Play[Stop]:
        """Play a flow, and those that replace it, until the call ends."""
        node: Flow | None = flow
        while node is not None:
            step = yield from self.action(node)
            match step:
                case Stop():
                    return step
                case Replace():
                    node = step.flow
                case Next():
                    node = child(node, step)
        return Stop()

    def action(self, node: Flow) -> Play[Step]:
        """Play one action; a skipped or unknown one goes on to `_`."""
        data: Data = node.get("data") or {}
        name = str(node.get("module", ""))
        if data.get("skip_module") is True or name not in MODULES:
            yield Action(at=self.stage.now, module=name, data=dict(data), skipped=True)
            return ALWAYS
        if name == "pivot":
            step = yield from self.server.pivot(data)
            if step is ALWAYS:
                yield FellBack(at=self.stage.now, found=child(node, ALWAYS) is not None)
            return step
        return (yield from _ACTIONS.get(name, _generic)(self, data, node))


def child(node: Flow, step: Next) -> Flow | None:
    """The child with which the flow goes on; None ends the call."""
    children: Mapping[str, Flow] = node.get("children") or {}
    keys = (*step.keys, "_") if step.default else step.keys
    return next((children[key] for key in keys if children.get(key)), None)


def _generic(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    """A module without anything to be heard: it shows as an event, its table says what follows."""
    module = MODULES[node["module"]]
    if module.answers:
        yield from player.stage.answer()
    yield Action(at=player.stage.now, module=node["module"], data=dict(data))
    return Stop() if module.ends else ALWAYS


def _branch(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    """A stored callflow is not known here; KAZOO would run it and come back to `_`."""
    player.branches += 1
    yield Action(at=player.stage.now, module=node["module"], data=dict(data))
    return ALWAYS if player.branches <= _MAX_BRANCHES else Stop()


def _answer(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    del data, node
    yield from player.stage.answer()
    return ALWAYS


def _tts(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    del node
    yield from player.stage.answer()
    keys = yield from player.stage.hear(str(data.get("text", "")), _terminators(data))
    return _after_prompt(player, keys, endless=data.get("endless_playback") is True)


def _play(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    del node
    media = data.get("id")
    if data.get("answer") is not False:
        yield from player.stage.answer()
    if not media:
        return ALWAYS
    keys = ""
    for _ in range(max(int(data.get("loop_count", 1)), 1)):
        keys = keys or (yield from player.stage.play(str(media), _terminators(data)))
    return _after_prompt(player, keys, endless=data.get("endless_playback") is True)


def _terminators(data: Data) -> tuple[str, ...]:
    found = data.get("terminators")
    return tuple(found) if isinstance(found, list) else tuple(ANY_KEY)


def _after_prompt(player: FlowPlayer, keys: str, *, endless: bool) -> Step:
    """Keys pressed during a prompt go into the default collection."""
    if keys:
        player.stage.call.type_ahead(keys)
    return Stop(by="caller") if endless and not keys else ALWAYS


def _collect_dtmf(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    """The keys of the default collection come first, cut at a terminator (`cf_collect_dtmf`)."""
    del node
    stage = player.stage
    yield from stage.answer()
    most = int(data.get("max_digits", 1))
    finish = str(data.get("terminator", "#"))
    early = stage.call.take_type_ahead().partition(finish)[0]
    name = str(data.get("collection_name", DEFAULT_COLLECTION))
    if len(early) >= most:
        stage.call.collect(early[:most], name)
        return ALWAYS
    timeout = float(data.get("timeout", 5000)) / _MILLISECONDS
    keys = yield from stage.keys(most - len(early), finish, timeout, name)
    stage.call.collect(early + keys, name)
    return ALWAYS


def _menu(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    """A menu document: its prompt is not known here, so only its id is heard."""
    yield from player.stage.answer()
    children: Mapping[str, Any] = node.get("children") or {}
    for _ in range(_MENU_TRIES):
        yield from player.stage.play(f"menu {data.get('id', '')}".strip())
        keys = yield from player.stage.keys(_menu_digits(children), "#", 10.0)
        if keys and children.get(keys):
            return Next((keys,), default=False)
        if not keys and children.get("timeout"):
            return Next(("timeout",), default=False)
    return Next(("max_retries",))


def _menu_digits(children: Mapping[str, Any]) -> int:
    lengths = [len(key) for key in children if key.isdigit()]
    return max(lengths, default=_MENU_DIGITS)


def _bridge(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    """Ring; a bridge ends the flow, a failure looks for the cause, the SIP code, then `_`."""
    name = node["module"]
    seconds = float(data.get("timeout") or _RING_SECONDS)
    outcome = yield from player.stage.ring(_targets(name, data), seconds)
    if outcome is Rung.ANSWERED:
        return ALWAYS if name == "hotdesk" else Stop(by="caller")
    return _failed(name, outcome, node)


def _failed(name: str, outcome: Rung, node: Flow) -> Step:
    step = Next(CAUSES[outcome], default=name not in _CARRIERS)
    return step if child(node, step) else Stop(cause=CAUSES[outcome][0])


def _targets(name: str, data: Data) -> tuple[str, ...]:
    if name in _CARRIERS:
        return (str(data.get("to_did") or "the dialled number"),)
    endpoints = data.get("endpoints") or []
    named = tuple(
        f"{item['endpoint_type']} {item['id']}" for item in endpoints if isinstance(item, dict)
    )
    return named or (f"{name} {data.get('id', '')}".strip(),)


def _voicemail(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    del node
    yield from player.stage.answer()
    action = str(data.get("action", "compose"))
    yield Voicemail(at=player.stage.now, mailbox=str(data.get("id", "")), action=action)
    player.stage.now += 15.0
    return ALWAYS


def _set_variables(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    del node
    values = dict(data.get("custom_application_vars") or {})
    player.stage.call.set_application_vars(values)
    yield VariablesSet(at=player.stage.now, values=values)
    return ALWAYS


def _set_cid(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    call = player.stage.call
    call.caller_number = str(data.get("caller_id_number") or call.caller_number)
    call.caller_name = str(data.get("caller_id_name") or call.caller_name)
    yield Action(at=player.stage.now, module=node["module"], data=dict(data))
    return ALWAYS


def _prepend_cid(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    call = player.stage.call
    original = player.stage.scenario
    if data.get("action") == "reset":
        call.caller_number, call.caller_name = original.caller, original.caller_name
    else:
        call.caller_number = f"{data.get('caller_id_number_prefix', '')}{call.caller_number}"
        call.caller_name = f"{data.get('caller_id_name_prefix', '')}{call.caller_name}"
    yield Action(at=player.stage.now, module=node["module"], data=dict(data))
    return ALWAYS


def _language(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    player.stage.call.language = str(data.get("language", player.stage.call.language)).lower()
    yield Action(at=player.stage.now, module=node["module"], data=dict(data))
    return ALWAYS


def _sleep(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    del node
    seconds = float(data.get("duration", 0)) * _UNITS[str(data.get("unit", "s"))]
    yield from player.stage.wait(seconds)
    return ALWAYS


def _response(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    del node
    if media := data.get("media"):
        yield from player.stage.play(str(media))
    code = int(data.get("code", 486))
    yield Responded(at=player.stage.now, code=code, message=str(data.get("message", "")))
    return Stop(cause=f"sip:{code}")


def _conference(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    del node
    yield from player.stage.answer()
    yield Conference(at=player.stage.now, name=str(data.get("id") or "asked for by number"))
    return Stop(by="caller")


def _hangup(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    del player, data, node
    yield from ()
    return Stop()


def _endless(player: FlowPlayer, data: Data, node: Flow) -> Play[Step]:
    yield from _generic(player, data, node)
    return Stop(by="caller")


_CARRIERS = frozenset({"offnet", "resources"})

_ACTIONS: Mapping[str, Callable[[FlowPlayer, Data, Flow], Play[Step]]] = {
    "answer": _answer,
    "callflow": _branch,
    "collect_dtmf": _collect_dtmf,
    "conference": _conference,
    "dead_air": _endless,
    "device": _bridge,
    "function": _branch,
    "group": _bridge,
    "hangup": _hangup,
    "language": _language,
    "menu": _menu,
    "offnet": _bridge,
    "page_group": _bridge,
    "play": _play,
    "prepend_cid": _prepend_cid,
    "resources": _bridge,
    "response": _response,
    "ring_group": _bridge,
    "route_to_cid": _bridge,
    "set_cid": _set_cid,
    "set_variables": _set_variables,
    "sleep": _sleep,
    "tts": _tts,
    "user": _bridge,
    "voicemail": _voicemail,
    "wait_for_hangup": _endless,
}
