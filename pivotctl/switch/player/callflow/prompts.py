"""Modules that are heard or collect keys: prompts, digits, menus, voicemail boxes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any

from pivotctl.problems import Mode
from pivotctl.switch.events import Responded, Voicemail
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
    Stop,
    Transition,
)
from pivotctl.switch.player.channel import ANY_KEY, MOST_REPEATS, Playback
from pivotctl.switch.player.kazoo_call import DEFAULT_COLLECTION
from pivotctl.switch.world import MenuDocument

_MILLISECONDS = 1000
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_MESSAGE_SECONDS = 15.0
_DISA_SECONDS = 5.0
_DIRECTORY_SECONDS = 2.0
_DIRECTORY_TRIES = 3


def _answer(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    del data, node
    yield from player.channel.answer()
    return ALWAYS


def _tts(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    del node
    yield from player.channel.answer()
    text, terminators = str(data.get("text", "")), _terminators(data)
    return (yield from _prompt(player, data, lambda: player.channel.hear(text, terminators)))


def _play(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    del node
    media = data.get("id")
    if data.get("answer") is not False:
        yield from player.channel.answer()
    if not media:
        return ALWAYS
    name, terminators = str(media), _terminators(data)
    times = min(max(int(data.get("loop_count", 1)), 1), MOST_REPEATS)
    return (
        yield from _prompt(player, data, lambda: player.channel.prompt(name, terminators), times)
    )


def _prompt(
    player: ModulePlayer, data: ActionData, play: Callable[[], Playback[str]], times: int = 1
) -> Playback[Transition]:
    """Play a prompt some times or, if it is endless and the caller stays, until a key or hangup."""
    endless = data.get("endless_playback") is True
    rounds = itertools.count() if endless and player.channel.caller.stays else range(times)
    keys = ""
    for _ in rounds:
        keys = yield from play()
        if keys:
            break
    return _after_prompt(player, keys, endless=endless)


def _audio_macro(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Play the entries one after the other; a key that stops one stops them all."""
    del node
    keys = ""
    for entry in data.get("macros") or []:
        if not keys:
            terminators = _terminators(entry if "terminators" in entry else data)
            keys = yield from _macro(player, entry, terminators)
    return _after_prompt(player, keys, endless=False)


def _macro(player: ModulePlayer, entry: ActionData, terminators: tuple[str, ...]) -> Playback[str]:
    match entry.get("macro"):
        case "tts" | "say":
            return (yield from player.channel.hear(str(entry.get("text", "")), terminators))
        case "tone":
            return (yield from player.channel.play("tone", terminators))
        case _:
            return (yield from player.channel.prompt(str(entry.get("id", "")), terminators))


def _terminators(data: ActionData) -> tuple[str, ...]:
    found = data.get("terminators")
    return tuple(found) if isinstance(found, list) else tuple(ANY_KEY)


def _after_prompt(player: ModulePlayer, keys: str, *, endless: bool) -> Transition:
    """Add keys pressed during a prompt to the default collection."""
    if keys:
        player.channel.call.type_ahead(keys)
    return Stop(by="caller") if endless and not keys else ALWAYS


def _collect_dtmf(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Collect keys; those of the default collection come first, up to a terminator."""
    del node
    channel = player.channel
    yield from channel.answer()
    most = int(data.get("max_digits", 1))
    finish = str(data.get("terminator", "#"))
    early = channel.call.take_type_ahead().partition(finish)[0]
    name = str(data.get("collection_name", DEFAULT_COLLECTION))
    if len(early) >= most:
        channel.call.collect(early[:most], name)
        return ALWAYS
    timeout = float(data.get("timeout", 5000)) / _MILLISECONDS
    keys = yield from channel.keys(most - len(early), finish, timeout, name)
    channel.call.collect(early + keys, name)
    return ALWAYS


def _flush_dtmf(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Clear a collection; KAZOO master never stores the result, so the keys stay."""
    name = str(data.get("collection_name", DEFAULT_COLLECTION))
    kept = player.channel.scenario.mode is Mode.K50
    if not kept and player.channel.call.collections:
        player.channel.call.collections.pop(name, None)
    effect = (
        f"keeps the collection {name}, due to a bug" if kept else f"clears the collection {name}"
    )
    yield from report(player, data, node, effect)
    return ALWAYS


def _menu(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Look for the digits among the children, then, with hunt, among the account's numbers."""
    channel, children = player.channel, node.get("children") or {}
    yield from channel.answer()
    name = str(data.get("id", ""))
    found = channel.scenario.world.menus.get(name)
    menu = found or MenuDocument(digits=_menu_digits(children))
    for _ in range(menu.retries):
        yield from _menu_prompt(player, menu, name)
        keys = yield from channel.keys(menu.digits, "#", menu.timeout)
        if step := _chosen(player, menu, children, keys or "timeout"):
            return step
        if keys:
            yield from channel.play("menu-invalid_entry")
    if children.get("max_retries"):
        return Next(("max_retries",))
    yield from channel.play("menu-transferring_call" if children.get("_") else "vm-goodbye")
    return ALWAYS


def _menu_prompt(player: ModulePlayer, menu: MenuDocument, name: str) -> Playback[None]:
    if menu.prompt:
        ahead = yield from player.channel.hear(menu.prompt)
    else:
        ahead = yield from player.channel.play(f"menu {name}".strip())
    player.channel.caller.ahead = ahead


def _chosen(
    player: ModulePlayer, menu: MenuDocument, children: Mapping[str, Any], keys: str
) -> Transition | None:
    if children.get(keys):
        return Next((keys,), default=False)
    allowed = not menu.hunt_allow or re.search(menu.hunt_allow, keys)
    denied = menu.hunt_deny and re.search(menu.hunt_deny, keys)
    flow = extension(player, keys) if menu.hunt and allowed and not denied else None
    return Branch(flow) if flow else None


def _menu_digits(children: Mapping[str, Any]) -> int:
    lengths = [len(key) for key in children if key.isdigit()]
    return max(lengths, default=MenuDocument().digits)


def voicemail(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Take a message in a voicemail box, or check the box; the flow continues afterwards."""
    del node
    yield from player.channel.answer()
    name, known = str(data.get("id", "")), player.channel.scenario.world.mailboxes
    if known and name not in known:
        yield from player.channel.play("vm-not_available_no_voicemail")
        return ALWAYS
    if greeting := known.get(name):
        yield from player.channel.hear(greeting)
    action = str(data.get("action", "compose"))
    yield Voicemail(at=player.channel.now, mailbox=name, action=action)
    player.channel.pass_time("voicemail", _MESSAGE_SECONDS, name, ANY_KEY)
    return ALWAYS


def _directory(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Find a person by the keys of their name; pressing 0 twice leaves (`cf_directory`)."""
    del node
    channel, world = player.channel, player.channel.scenario.world
    yield from channel.answer()
    users, tries = world.directories.get(str(data.get("id", "")), {}), _DIRECTORY_TRIES
    if not users:
        yield from channel.prompt("dir-no_results_found")
        return ALWAYS
    while tries:
        channel.caller.ahead = yield from channel.prompt("dir-enter_person_name")
        keys = yield from channel.keys(None, "#", _DIRECTORY_SECONDS)
        if keys == "00":
            return ALWAYS
        if found := (yield from _person(player, users, keys)):
            return branch_to(world.callflows.get(found))
        tries = _DIRECTORY_TRIES if keys else tries - 1
    yield from channel.prompt("dir-no_results_found")
    return Stop()


def _person(player: ModulePlayer, users: Mapping[str, str], keys: str) -> Playback[str]:
    """Return the callflow of the name that begins with *keys*, chosen by the caller if several."""
    channel = player.channel
    if len(keys) <= 1:
        yield from channel.prompt("dir-specify_minimum")
        return ""
    found = [callflow for name, callflow in sorted(users.items()) if name.startswith(keys)]
    if len(found) == 1:
        return found[0]
    for callflow in found:
        channel.caller.ahead = yield from channel.prompt("dir-result_menu")
        choice = yield from channel.keys(1, "", _DIRECTORY_SECONDS)
        if choice != "2":
            return callflow if choice == "1" else ""
    yield from channel.prompt("dir-no_more_results" if found else "dir-no_results_found")
    return ""


def _disa(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Ask for the PIN, if set, then for a number, and run its callflow."""
    del node
    channel, tries = player.channel, max(int(data.get("retries", 3)), 1)
    yield from channel.answer()
    if (pin := str(data.get("pin", ""))) and not (yield from _pin(player, pin, tries)):
        return Stop()
    for _ in range(tries):
        yield from channel.play(str(data.get("preconnect_audio", "dialtone")))
        keys = yield from channel.keys(int(data.get("max_digits", 15)), "#", _DISA_SECONDS)
        if keys:
            return branch_to(extension(player, keys))
        yield from channel.play("disa-invalid_extension")
    return Stop()


def _pin(player: ModulePlayer, pin: str, tries: int) -> Playback[bool]:
    for _ in range(tries):
        yield from player.channel.play("disa-enter_pin")
        keys = yield from player.channel.keys(len(pin) + 1, "#", _DISA_SECONDS)
        if keys == pin:
            return True
        yield from player.channel.play("disa-invalid_pin")
    return False


def _sleep(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    del node
    seconds = float(data.get("duration", 0)) * _UNITS[str(data.get("unit", "s"))]
    yield from player.channel.wait(seconds)
    return ALWAYS


def _response(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    del node
    if media := data.get("media"):
        yield from player.channel.prompt(str(media))
    code = int(data.get("code", 486))
    yield Responded(at=player.channel.now, code=code, message=str(data.get("message", "")))
    return Stop(cause=f"sip:{code}")


def _hangup(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    del player, data, node
    yield from ()
    return Stop()


def _dead_air(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    yield from player.channel.answer()
    yield from report(player, data, node, "silence until the caller hangs up")
    return Stop(by="caller")


def _wait_for_hangup(
    player: ModulePlayer, data: ActionData, node: FlowNode
) -> Playback[Transition]:
    yield from report(player, data, node, "waits until the caller hangs up")
    return Stop(by="caller")


def _send_dtmf(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    yield from report(player, data, node, f"sends the keys {data.get('digits', '')} to the caller")
    return ALWAYS


PROMPTS: Mapping[str, ModuleHandler] = {
    "answer": _answer,
    "audio_macro": _audio_macro,
    "collect_dtmf": _collect_dtmf,
    "dead_air": _dead_air,
    "directory": _directory,
    "disa": _disa,
    "flush_dtmf": _flush_dtmf,
    "hangup": _hangup,
    "menu": _menu,
    "play": _play,
    "response": _response,
    "send_dtmf": _send_dtmf,
    "sleep": _sleep,
    "tts": _tts,
    "voicemail": voicemail,
    "wait_for_hangup": _wait_for_hangup,
}
