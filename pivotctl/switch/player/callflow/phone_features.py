"""Features by phone: forwarding, do not disturb, hotdesks, and other users' calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pivotctl.switch.player.callflow.bridging import ring_hotdesk
from pivotctl.switch.player.callflow.handler import ModuleHandler, ModulePlayer, gives_up, report
from pivotctl.switch.player.callflow.transitions import (
    ALWAYS,
    ActionData,
    FlowNode,
    Stop,
    Transition,
)
from pivotctl.switch.player.channel import Channel, Playback
from pivotctl.switch.world import Hotdesk

_NUMBER_SECONDS, _KEY_SECONDS = 8.0, 5.0
_SHORTEST_NUMBER, _LONGEST_NUMBER = 3, 20
_LONGEST_ID, _LONGEST_PIN = 10, 6
_TRIES = 3

type Gone = bool
"""Whether the caller has given up: KAZOO would ask forever."""


# -- call forwarding -------------------------------------------------------------------------------


def _call_forward(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Switch call forwarding, for the account's own phones only (`cf_call_forward.erl`)."""
    channel, action = player.channel, str(data.get("action", ""))
    if not channel.scenario.world.owned:
        yield from channel.prompt("cf-not_available")
        return Stop()
    yield from channel.answer()
    yield from report(player, data, node, f"call forwarding: {action}".rstrip())
    gone = (yield from _FORWARDING[action](channel)) if action in _FORWARDING else False
    return gives_up(player) if gone else ALWAYS


def _enter_number(channel: Channel) -> Playback[Gone]:
    """Use the captured number, or ask until at least three digits are entered."""
    if captured := channel.scenario.world.captured:
        channel.phone.number = captured
        return False
    keys = ""
    while len(keys) < _SHORTEST_NUMBER:
        yield from channel.prompt("cf-enter_number")
        keys = yield from channel.keys(_LONGEST_NUMBER, "#", _NUMBER_SECONDS)
        if not keys:
            return True
    channel.phone.number = keys
    yield from channel.prompt("vm-saved")
    return False


def _activate(channel: Channel) -> Playback[Gone]:
    if (yield from _enter_number(channel)):
        return True
    yield from _forwarded(channel)
    return False


def _forwarded(channel: Channel) -> Playback[None]:
    channel.phone.forwarded = True
    yield from channel.prompt("cf-now_forwarded_to")
    yield from channel.hear(" ".join(channel.phone.number))


def _deactivate(channel: Channel) -> Playback[Gone]:
    channel.phone.forwarded = False
    yield from channel.prompt("cf-disabled")
    return False


def _toggle(channel: Channel) -> Playback[Gone]:
    """Turn forwarding on or off; ask for a number only if none was set before."""
    if channel.phone.forwarded:
        return (yield from _deactivate(channel))
    if not channel.phone.number:
        return (yield from _activate(channel))
    yield from _forwarded(channel)
    return False


def _forwarding_menu(channel: Channel) -> Playback[Gone]:
    """Offer the menu until the caller hangs up: 1 toggles, 2 changes the number."""
    gone = False
    while not gone:
        state = "enabled" if channel.phone.forwarded else "disabled"
        yield from channel.prompt(f"cf-{state}_menu")
        key = yield from channel.keys(1, "#", _NUMBER_SECONDS)
        choice = {"1": _toggle, "2": _enter_number}.get(key)
        gone = (yield from choice(channel)) if choice else not key
    return True


_FORWARDING: Mapping[str, Callable[[Channel], Playback[Gone]]] = {
    "activate": _activate,
    "deactivate": _deactivate,
    "update": _enter_number,
    "toggle": _toggle,
    "menu": _forwarding_menu,
}


# -- do not disturb --------------------------------------------------------------------------------


def _do_not_disturb(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Switch it for the named user or device, or for the caller (`cf_do_not_disturb.erl`)."""
    channel, action = player.channel, str(data.get("action", ""))
    if not channel.scenario.world.owned and not data.get("id"):
        yield from channel.prompt("dnd-not_available")
        return Stop()
    yield from channel.answer()
    yield from report(player, data, node, f"do not disturb: {action}".rstrip())
    wanted = {"activate": True, "deactivate": False, "toggle": not channel.phone.undisturbed}
    if action not in wanted:
        yield from channel.prompt("dnd-not_available")
        return ALWAYS
    channel.phone.undisturbed = wanted[action]
    yield from channel.prompt("dnd-activated" if wanted[action] else "dnd-deactivated")
    return ALWAYS


# -- hotdesk ---------------------------------------------------------------------------------------


def _hotdesk(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
    """Log in, log out, or toggle at this phone, or ring a user's phones (`cf_hotdesk.erl`)."""
    channel, action = player.channel, str(data.get("action", "toggle"))
    if action == "bridge":
        return (yield from ring_hotdesk(player, data, node))
    effects = {"login": "logs in at this phone", "logout": "logs out of this phone"}
    yield from channel.answer()
    named = data.get("id", "the user")
    effect = f"{named} {effects.get(action, 'logs in or out here')}"
    yield from report(player, data, node, effect)
    desk = yield from _desk(channel, action, data.get("id"))
    if desk is None:
        yield from channel.prompt("hotdesk-abort")
    elif action == "logout" or (action == "toggle" and desk.user in channel.phone.users):
        yield from _log_out(channel, desk)
    else:
        yield from _log_in(channel, desk)
    return ALWAYS


def _desk(channel: Channel, action: str, user: object) -> Playback[Hotdesk | None]:
    """Return the user who is named, the only one here, or the one whose ID is entered."""
    desks = channel.scenario.world.hotdesks
    if user:
        return next((desk for desk in desks.values() if desk.user == user), Hotdesk(str(user)))
    if action == "logout" and len(channel.phone.users) == 1:
        (only,) = channel.phone.users
        return Hotdesk(only)
    for _ in range(_TRIES):
        yield from channel.prompt("hotdesk-enter_id")
        keys = yield from channel.keys(_LONGEST_ID, "#", _KEY_SECONDS)
        if keys and (keys in desks or not desks):
            return desks.get(keys, Hotdesk(keys))
        if keys:
            yield from channel.prompt("hotdesk-invalid_entry")
    return None


def _log_in(channel: Channel, desk: Hotdesk) -> Playback[None]:
    known = not desk.pin or (yield from _knows_pin(channel, desk.pin))
    if known and channel.scenario.world.owned:
        channel.phone.users.add(desk.user)
        yield from channel.prompt("hotdesk-logged_in")
    else:
        yield from channel.prompt("hotdesk-abort")
    yield from channel.prompt("vm-goodbye")


def _knows_pin(channel: Channel, pin: str) -> Playback[bool]:
    for _ in range(_TRIES):
        yield from channel.prompt("hotdesk-enter_pin")
        if (yield from channel.keys(_LONGEST_PIN, "#", _KEY_SECONDS)) == pin:
            return True
        yield from channel.prompt("hotdesk-invalid_entry")
    return False


def _log_out(channel: Channel, desk: Hotdesk) -> Playback[None]:
    channel.phone.users.discard(desk.user)
    yield from channel.prompt("hotdesk-logged_out")
    yield from channel.prompt("vm-goodbye")


# -- other users' calls ---------------------------------------------------------------------------

_APPROVED = ("approved_device_id", "approved_user_id", "approved_group_id")
_WHOSE = ("device_id", "user_id", "group_id")


def _takes_part(
    effect: str, refusal: Callable[[Channel], Playback[str]], *, open_to_all: bool = False
) -> ModuleHandler:
    """Return a handler that joins another user's call, for approved phones; the flow ends.

    With *open_to_all* every phone is approved unless the action names approved ones.
    """

    def handle(player: ModulePlayer, data: ActionData, node: FlowNode) -> Playback[Transition]:
        channel, named = player.channel, any(data.get(key) for key in _APPROVED)
        if not channel.scenario.world.owned and (named or not open_to_all):
            yield from channel.answer()
            yield from refusal(channel)
            return Stop()
        whose = next((data[key] for key in _WHOSE if data.get(key)), "")
        yield from report(player, data, node, f"{effect} {whose}".rstrip())
        return gives_up(player)

    return handle


BY_PHONE: Mapping[str, ModuleHandler] = {
    "call_forward": _call_forward,
    "do_not_disturb": _do_not_disturb,
    "eavesdrop": _takes_part(
        "listens in on", lambda channel: channel.prompt("eavesdrop-no_channels")
    ),
    "group_pickup": _takes_part(
        "picks up for", lambda channel: channel.hear("You have no permission."), open_to_all=True
    ),
    "hotdesk": _hotdesk,
    "intercept": _takes_part(
        "intercepts the call of", lambda channel: channel.prompt("intercept-no_channels")
    ),
}
