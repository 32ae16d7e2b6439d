"""Features by phone: forwarding, do not disturb, hotdesks, calls of others; in KAZOO's prompts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pivotctl.switch.player.callflow.bridging import ring_hotdesk
from pivotctl.switch.player.callflow.handler import Handler, ModulePlayer, gives_up, says
from pivotctl.switch.player.callflow.transitions import ALWAYS, Data, Flow, Step, Stop
from pivotctl.switch.player.channel import Play, Stage
from pivotctl.switch.world import Hotdesk

_NUMBER_SECONDS, _KEY_SECONDS = 8.0, 5.0
_SHORTEST_NUMBER, _LONGEST_NUMBER = 3, 20
_LONGEST_ID, _LONGEST_PIN = 10, 6
_TRIES = 3

type Gone = bool
"""Whether the caller has given up: KAZOO would ask for ever."""


# -- call forwarding -------------------------------------------------------------------------------


def _call_forward(player: ModulePlayer, data: Data, node: Flow) -> Play[Step]:
    """Without a phone of the account's own nothing follows (`cf_call_forward.erl`)."""
    stage, action = player.stage, str(data.get("action", ""))
    if not stage.scenario.world.owned:
        yield from stage.prompt("cf-not_available")
        return Stop()
    yield from stage.answer()
    yield from says(player, data, node, f"call forwarding: {action}".rstrip())
    gone = (yield from _FORWARDING[action](stage)) if action in _FORWARDING else False
    return gives_up(player) if gone else ALWAYS


def _enter_number(stage: Stage) -> Play[Gone]:
    """A captured number is taken; else KAZOO asks until it gets three digits."""
    if captured := stage.scenario.world.captured:
        stage.phone.number = captured
        return False
    keys = ""
    while len(keys) < _SHORTEST_NUMBER:
        yield from stage.prompt("cf-enter_number")
        keys = yield from stage.keys(_LONGEST_NUMBER, "#", _NUMBER_SECONDS)
        if not keys:
            return True
    stage.phone.number = keys
    yield from stage.prompt("vm-saved")
    return False


def _activate(stage: Stage) -> Play[Gone]:
    if (yield from _enter_number(stage)):
        return True
    yield from _forwarded(stage)
    return False


def _forwarded(stage: Stage) -> Play[None]:
    stage.phone.forwarded = True
    yield from stage.prompt("cf-now_forwarded_to")
    yield from stage.hear(" ".join(stage.phone.number))


def _deactivate(stage: Stage) -> Play[Gone]:
    stage.phone.forwarded = False
    yield from stage.prompt("cf-disabled")
    return False


def _toggle(stage: Stage) -> Play[Gone]:
    """A number that was set before is not asked for again."""
    if stage.phone.forwarded:
        return (yield from _deactivate(stage))
    if not stage.phone.number:
        return (yield from _activate(stage))
    yield from _forwarded(stage)
    return False


def _forwarding_menu(stage: Stage) -> Play[Gone]:
    """1 toggles, 2 changes the number, and the menu comes again until the caller hangs up."""
    gone = False
    while not gone:
        state = "enabled" if stage.phone.forwarded else "disabled"
        yield from stage.prompt(f"cf-{state}_menu")
        key = yield from stage.keys(1, "#", _NUMBER_SECONDS)
        choice = {"1": _toggle, "2": _enter_number}.get(key)
        gone = (yield from choice(stage)) if choice else not key
    return True


_FORWARDING: Mapping[str, Callable[[Stage], Play[Gone]]] = {
    "activate": _activate,
    "deactivate": _deactivate,
    "update": _enter_number,
    "toggle": _toggle,
    "menu": _forwarding_menu,
}


# -- do not disturb --------------------------------------------------------------------------------


def _do_not_disturb(player: ModulePlayer, data: Data, node: Flow) -> Play[Step]:
    """Of the user or device that is named, else of the caller (`cf_do_not_disturb.erl`)."""
    stage, action = player.stage, str(data.get("action", ""))
    if not stage.scenario.world.owned and not data.get("id"):
        yield from stage.prompt("dnd-not_available")
        return Stop()
    yield from stage.answer()
    yield from says(player, data, node, f"do not disturb: {action}".rstrip())
    wanted = {"activate": True, "deactivate": False, "toggle": not stage.phone.undisturbed}
    if action not in wanted:
        yield from stage.prompt("dnd-not_available")
        return ALWAYS
    stage.phone.undisturbed = wanted[action]
    yield from stage.prompt("dnd-activated" if wanted[action] else "dnd-deactivated")
    return ALWAYS


# -- hotdesk ---------------------------------------------------------------------------------------


def _hotdesk(player: ModulePlayer, data: Data, node: Flow) -> Play[Step]:
    """Log in or out, or over, at this phone (`cf_hotdesk.erl`); or ring where a user is."""
    stage, action = player.stage, str(data.get("action", "toggle"))
    if action == "bridge":
        return (yield from ring_hotdesk(player, data, node))
    effects = {"login": "logs in at this phone", "logout": "logs out of this phone"}
    yield from stage.answer()
    named = data.get("id", "the user")
    effect = f"{named} {effects.get(action, 'logs in here, or out')}"
    yield from says(player, data, node, effect)
    desk = yield from _desk(stage, action, data.get("id"))
    if desk is None:
        yield from stage.prompt("hotdesk-abort")
    elif action == "logout" or (action == "toggle" and desk.user in stage.phone.users):
        yield from _log_out(stage, desk)
    else:
        yield from _log_in(stage, desk)
    return ALWAYS


def _desk(stage: Stage, action: str, user: object) -> Play[Hotdesk | None]:
    """Who logs in or out: the user who is named, the only one here, or whose id is entered."""
    desks = stage.scenario.world.hotdesks
    if user:
        return next((desk for desk in desks.values() if desk.user == user), Hotdesk(str(user)))
    if action == "logout" and len(stage.phone.users) == 1:
        (only,) = stage.phone.users
        return Hotdesk(only)
    for _ in range(_TRIES):
        yield from stage.prompt("hotdesk-enter_id")
        keys = yield from stage.keys(_LONGEST_ID, "#", _KEY_SECONDS)
        if keys and (keys in desks or not desks):
            return desks.get(keys, Hotdesk(keys))
        if keys:
            yield from stage.prompt("hotdesk-invalid_entry")
    return None


def _log_in(stage: Stage, desk: Hotdesk) -> Play[None]:
    known = not desk.pin or (yield from _knows_pin(stage, desk.pin))
    if known and stage.scenario.world.owned:
        stage.phone.users.add(desk.user)
        yield from stage.prompt("hotdesk-logged_in")
    else:
        yield from stage.prompt("hotdesk-abort")
    yield from stage.prompt("vm-goodbye")


def _knows_pin(stage: Stage, pin: str) -> Play[bool]:
    for _ in range(_TRIES):
        yield from stage.prompt("hotdesk-enter_pin")
        if (yield from stage.keys(_LONGEST_PIN, "#", _KEY_SECONDS)) == pin:
            return True
        yield from stage.prompt("hotdesk-invalid_entry")
    return False


def _log_out(stage: Stage, desk: Hotdesk) -> Play[None]:
    stage.phone.users.discard(desk.user)
    yield from stage.prompt("hotdesk-logged_out")
    yield from stage.prompt("vm-goodbye")


# -- calls of others -------------------------------------------------------------------------------

_APPROVED = ("approved_device_id", "approved_user_id", "approved_group_id")
_WHOSE = ("device_id", "user_id", "group_id")


def _takes_part(
    effect: str, refusal: Callable[[Stage], Play[str]], *, open_to_all: bool = False
) -> Handler:
    """A call of somebody else's, for phones that are approved; the flow ends with it.

    With *open_to_all* only an action that names who is approved keeps off others.
    """

    def handle(player: ModulePlayer, data: Data, node: Flow) -> Play[Step]:
        stage, named = player.stage, any(data.get(key) for key in _APPROVED)
        if not stage.scenario.world.owned and (named or not open_to_all):
            yield from stage.answer()
            yield from refusal(stage)
            return Stop()
        whose = next((data[key] for key in _WHOSE if data.get(key)), "")
        yield from says(player, data, node, f"{effect} {whose}".rstrip())
        return gives_up(player)

    return handle


BY_PHONE: Mapping[str, Handler] = {
    "call_forward": _call_forward,
    "do_not_disturb": _do_not_disturb,
    "eavesdrop": _takes_part("listens in on", lambda stage: stage.prompt("eavesdrop-no_channels")),
    "group_pickup": _takes_part(
        "picks up for", lambda stage: stage.hear("You have no permission."), open_to_all=True
    ),
    "hotdesk": _hotdesk,
    "intercept": _takes_part(
        "takes the call of", lambda stage: stage.prompt("intercept-no_channels")
    ),
}
