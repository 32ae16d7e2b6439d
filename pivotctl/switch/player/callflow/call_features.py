"""Modules that change the call or the account, record, park, or send the call to a server."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pivotctl.switch.events import Recorded, VariablesSet
from pivotctl.switch.narration import short_url
from pivotctl.switch.player.callflow.branching import listed
from pivotctl.switch.player.callflow.handler import (
    ModuleHandler,
    ModulePlayer,
    branch_to,
    extension,
    gives_up,
    report,
)
from pivotctl.switch.player.callflow.transitions import (
    ALWAYS,
    ActionData,
    Branch,
    FlowNode,
    Next,
    Stop,
    Transition,
)
from pivotctl.switch.player.channel import Playback
from pivotctl.switch.scenario import RecordingEnd
from pivotctl.whole_numbers import whole

_PARKED_MS = 120_000
_SHOWN = 24
_KNOWN_VARIABLES = ("call_priority", "group_id")


def _set_variables(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    del node
    values = dict(data.get("custom_application_vars") or {})
    player.channel.call.set_application_vars(values)
    yield VariablesSet(at=player.channel.now, values=values)
    return ALWAYS


def _set_cid(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    call = player.channel.call
    call.rewritten = str(data.get("caller_id_name", "")), str(data.get("caller_id_number", ""))
    yield from report(player, data, node, f"the caller is shown as {call.shown}")
    return ALWAYS


def _prepend_cid(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    call = player.channel.call
    name, number = call.prefixes if data.get("apply_to") != "original" else ("", "")
    if data.get("action") == "reset":
        call.prefixes = ("", "")
    else:
        call.prefixes = (
            f"{data.get('caller_id_name_prefix', '')}{name}",
            f"{data.get('caller_id_number_prefix', '')}{number}",
        )
    yield from report(player, data, node, f"the caller is shown as {call.shown}")
    return ALWAYS


def _lookupcidname(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Name the caller as the first list that has their number."""
    call, lists = player.channel.call, player.channel.scenario.world.lists
    names = (listed(lists.get(str(name), {}), call.caller_number) for name in data.get("lists", []))
    name = next((each for each in names if each), None)
    call.caller_name = name or call.caller_name
    yield from report(
        player, data, node, f"the caller is {name}" if name else "no list has the caller's number"
    )
    return ALWAYS


def _dynamic_cid(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Change the caller ID; with a list, the callflow of the captured number replaces `_`."""
    call, captured = player.channel.call, player.channel.scenario.world.captured
    if captured and data.get("action") in ("list", "lists"):
        key, number = _key_and_number(captured, data)
        call.change_identity(*_listed_caller_id(player, data, key))
        yield from _reports_caller(player, data, node)
        flow = extension(player, number)
        # The captured number decides: its callflow runs, or the call ends.
        return Branch(flow) if flow else Stop()
    if data.get("action") == "static":
        chosen = data.get("caller_id") or {}
        call.change_identity(str(chosen.get("name") or ""), str(chosen.get("number") or ""))
    else:
        call.change_identity("", (yield from _entered_caller_id(player, data)))
    yield from _reports_caller(player, data, node)
    return ALWAYS


def _key_and_number(captured: str, data: ActionData) -> tuple[str, str]:
    """The key in the list, and the number to dial: with `idx_name`, a group of its own is the key.

    The world has one capture group; it is the number then, and no entry is found.
    """
    return ("", captured) if data.get("idx_name") else (captured[:2], captured[2:])


def _listed_caller_id(player: ModulePlayer, data: ActionData, key: str) -> tuple[str, str]:
    """The name and the number of *key* in the list; empty if it has none."""
    entries = player.channel.scenario.world.lists.get(str(data.get("id", "")), {})
    name, _, number = entries.get(key, "").rpartition(" ")
    return name, number


def _entered_caller_id(player: ModulePlayer, data: ActionData) -> Playback[str]:
    """The number that the caller enters; empty if KAZOO does not accept it."""
    yield from player.channel.answer()
    yield from player.channel.prompt(str(data.get("media_id") or "dynamic-cid-enter_cid"))
    keys = yield from player.channel.keys(int(data.get("max_digits", 10)), "#", 5.0)
    enough = len(keys or "") >= int(data.get("min_digits", 10))
    if keys and enough and re.search(str(data.get("whitelist_regex") or "[0-9]+"), keys):
        return keys
    yield from player.channel.prompt("dynamic-cid-invalid_using_default")
    return ""


def _reports_caller(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[None]:
    call = player.channel.call
    yield from report(player, data, node, f"the caller is {call.caller_name} {call.caller_number}")


def _language(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    player.channel.call.language = str(data.get("language", player.channel.call.language)).lower()
    yield from report(player, data, node, f"prompts are in {player.channel.call.language}")
    return ALWAYS


def _privacy(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Hide the caller; with a capture group run the callflow of that number, or end the call."""
    captured = player.channel.scenario.world.captured
    yield from report(player, data, node, f"hides the caller: {data.get('mode', 'full')}")
    if not captured:
        return ALWAYS
    flow = extension(player, captured)
    return branch_to(flow) if flow else Stop()


def _record_call(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Start or stop recording; the file is sent when recording stops or the call ends."""
    if data.get("action", "start") == "stop":
        yield from report(player, data, node, "recording stops")
        yield from player.server.store_recordings()
        return ALWAYS
    yield from report(player, data, node, "recording starts")
    player.channel.recordings.append((player.channel.now, player.channel.bridges, data))
    return ALWAYS


def _record_caller(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Record the caller until a key or the time limit; later requests do not mention it."""
    del node
    channel = player.channel
    yield from channel.answer()
    recorded = channel.record(int(data.get("time_limit", 3600)))
    seconds = recorded.seconds
    channel.now += seconds
    media, url = recording_of(channel.call.call_id, data)
    yield Recorded(at=channel.now, media=media, seconds=seconds, url=url)
    yield from player.server.store(url, data, media)
    return Stop(by="caller") if recorded.end is RecordingEnd.HANGUP else ALWAYS


def recording_of(call_id: str, data: ActionData) -> tuple[str, str | None]:
    """Return the name of a recording's file, and the URL to which it is sent."""
    media = str(data.get("media_name") or f"call_recording_{call_id}.{data.get('format', 'mp3')}")
    url = data.get("url")
    return media, f"{str(url).rstrip('/')}/{media}" if url else None


def _webhook(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    yield from report(player, data, node, f"notifies {_server(player, data)}{_own_data(data)}")
    yield from player.server.webhook(data)
    return ALWAYS


def _server(player: ModulePlayer, data: ActionData) -> str:
    """Return the server's URL without keys, and without the address of the local run itself."""
    shown = short_url(str(data["uri"])) if data.get("uri") else "no one"
    for own in player.channel.scenario.own_origins:
        shown = shown.removeprefix(f"{own}/")
    return shown


def _own_data(data: ActionData) -> str:
    """Return the data that the action adds to the call; long values, such as IDs, are omitted."""
    added = {name: str(value) for name, value in (data.get("custom_data") or {}).items()}
    pairs = (f"{name}={value if len(value) <= _SHOWN else '…'}" for name, value in added.items())
    return f" {', '.join(pairs)}" if added else ""


def _park(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Retrieve the call in the slot, or wait there until the ring-back or a hangup."""
    channel, parked = player.channel, player.channel.scenario.world.parked
    slot = str(data.get("slot") or channel.scenario.world.captured or "100")
    highest, action = data.get("max_slot_number"), str(data.get("action", "park"))
    number, most = whole(slot), whole(str(highest))
    if number is not None and most is not None and number > most:
        yield from report(player, data, node, f"slot {slot} is above the highest, {highest}")
        return Next(("MAX_SLOT_EXCEEDED",))
    if action in ("retrieve", "auto") and slot in parked:
        yield from report(player, data, node, f"retrieves slot {slot}")
        yield from channel.talk(parked[slot])
        return Stop(by=channel.parted_by)
    if action == "retrieve":
        yield from channel.play("park-no_caller")
        return Stop()
    yield from report(player, data, node, f"parks the call in slot {slot}")
    yield from channel.wait(int(data.get("default_ringback_timeout") or _PARKED_MS) / 1000)
    return Next((slot,)) if (node.get("children") or {}).get(slot) else gives_up(player)


def _named(data: ActionData, *keys: str) -> str:
    return next((str(data[key]) for key in keys if data.get(key)), "")


def _about(text: str, *keys: str) -> Callable[[ActionData], str]:
    """Describe a module, with the first of some properties that it has."""
    return lambda data: f"{text} {_named(data, *keys)}".rstrip()


def _goes_on(effect: Callable[[ActionData], str], *, answers: bool = False) -> ModuleHandler:
    def handle(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
        if answers:
            yield from player.channel.answer()
        yield from report(player, data, node, effect(data))
        return ALWAYS

    return handle


def _ends(effect: Callable[[ActionData], str]) -> ModuleHandler:
    """End the flow: another call or application has the caller from now on."""

    def handle(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
        yield from report(player, data, node, effect(data))
        return gives_up(player)

    return handle


def _set_variable(data: ActionData) -> str:
    name = str(data.get("variable", ""))
    known = name in _KNOWN_VARIABLES
    return f"sets {name} to {data.get('value', '')}" if known else f"there is no variable {name!r}"


def _presence(data: ActionData) -> str:
    return f"shows {data.get('presence_id', '')} as {data.get('status', 'idle')}"


_FEATURES: Mapping[str, ModuleHandler] = {
    "acdc_agent": _goes_on(_about("agent:", "action")),
    "acdc_queue": _goes_on(_about("agent's queue:", "action")),
    "call_waiting": _goes_on(_about("call waiting:", "action"), answers=True),
    "camping_feature": _ends(_about("calls back when the target is free")),
    "eavesdrop_feature": _ends(_about("listens in on the captured extension")),
    "edr": _goes_on(_about("writes an event detail record")),
    "faxbox": _ends(_about("receives a fax in", "faxbox_id", "id")),
    "group_pickup_feature": _ends(_about("picks up for the captured", "type")),
    "intercept_feature": _ends(_about("intercepts the call of the captured", "type")),
    "manual_presence": _goes_on(_presence, answers=True),
    "missed_call_alert": _goes_on(_about("sends an alert if no one answers")),
    "move": _ends(_about("moves the caller's other call to this phone")),
    "noop": _goes_on(_about("waits for earlier commands")),
    "notification": _goes_on(_about("notifies", "send_at")),
    "receive_fax": _ends(_about("receives a fax for", "owner_id")),
    "ring_group_toggle": _goes_on(_about("ring group:", "action"), answers=True),
    "set": _goes_on(_about("stores agent skills")),
    "set_alert_info": _goes_on(_about("Alert-Info:", "alert_info")),
    "set_variable": _goes_on(_set_variable),
    "skel": _goes_on(_about("does nothing")),
}

FEATURES: Mapping[str, ModuleHandler] = {
    **_FEATURES,
    "dynamic_cid": _dynamic_cid,
    "language": _language,
    "lookupcidname": _lookupcidname,
    "park": _park,
    "prepend_cid": _prepend_cid,
    "privacy": _privacy,
    "record_call": _record_call,
    "record_caller": _record_caller,
    "set_cid": _set_cid,
    "set_variables": _set_variables,
    "webhook": _webhook,
}
