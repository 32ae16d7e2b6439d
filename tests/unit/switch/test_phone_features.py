"""The prompts of the local KAZOO when people switch features by phone."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.switch import events as ev
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import Scenario
from pivotctl.switch.world import World
from tests.unit.switch.servers import Server, flow, says

ANN = {"user": "ann", "pin": "4321"}


def place(*actions: dict[str, Any], world: Any = None, press: tuple[str, ...] = ()) -> Dialogue:
    """A call to a stored callflow of *actions*, behind which something is said."""
    following = says("on")
    for action in reversed(actions):
        following = {**action, "children": {"_": following}}
    scenario = Scenario(flow=following, world=World.of(world or {}), press=press)
    return Dialogue.place(scenario, Server([]))


def told(call: Dialogue) -> list[str]:
    """The prompts and texts that the caller hears."""
    heard = (event for event in call.events if isinstance(event, ev.Played | ev.Heard))
    return [event.media if isinstance(event, ev.Played) else event.text for event in heard]


def forward(action: str) -> dict[str, Any]:
    """A call_forward action."""
    return flow("call_forward", {"action": action})


NUMBER = {"forwarding": {"number": "4155550123"}}
IN_USE = {"forwarding": {"number": "4155550123", "enabled": True}}
FORWARDED = ["cf-now_forwarded_to", "4 1 5 5 5 5 0 1 2 3"]
ENTERED = ["cf-enter_number", "vm-saved"]


@pytest.mark.parametrize(
    ("action", "world", "press", "expected"),
    [
        ("activate", {}, ("4155550123#",), [*ENTERED, *FORWARDED, "on"]),
        ("activate", {}, ("12#", "4155550123"), ["cf-enter_number", *ENTERED, *FORWARDED, "on"]),
        ("activate", {"captured": "4155550123"}, (), [*FORWARDED, "on"]),
        ("activate", {}, (), ["cf-enter_number"]),
        ("deactivate", IN_USE, (), ["cf-disabled", "on"]),
        ("update", {}, ("4155550123",), [*ENTERED, "on"]),
        ("toggle", NUMBER, (), [*FORWARDED, "on"]),
        ("toggle", IN_USE, (), ["cf-disabled", "on"]),
        ("toggle", {}, ("4155550123",), [*ENTERED, *FORWARDED, "on"]),
        ("menu", NUMBER, ("1",), ["cf-disabled_menu", *FORWARDED, "cf-enabled_menu"]),
        (
            "menu",
            IN_USE,
            ("2", "777", "9"),
            ["cf-enabled_menu", *ENTERED, *["cf-enabled_menu"] * 2],
        ),
        ("dance", {}, (), ["on"]),
        ("activate", {"owned": False}, ("4155550123",), ["cf-not_available"]),
    ],
)
def test_call_forwarding(
    action: str, world: dict[str, Any], press: tuple[str, ...], expected: list[str]
) -> None:
    """KAZOO asks for a number until it gets one, and says what is set."""
    assert told(place(forward(action), world=world, press=press)) == expected


def test_forwarding_is_remembered() -> None:
    """A feature that was switched stays so for the rest of the call."""
    call = place(*[forward("toggle")] * 3, world=NUMBER)
    assert told(call) == [*FORWARDED, "cf-disabled", *FORWARDED, "on"]


def test_a_prompt_says_what_the_world_says() -> None:
    """Prompts are heard as speech where the world knows their words."""
    world = {"media": {"cf-disabled": "Your calls are not forwarded."}}
    assert told(place(forward("deactivate"), world=world))[0] == "Your calls are not forwarded."


@pytest.mark.parametrize(
    ("data", "world", "expected"),
    [
        ({"action": "activate"}, {}, ["dnd-activated", "on"]),
        ({"action": "deactivate"}, {}, ["dnd-deactivated", "on"]),
        ({"action": "toggle"}, {}, ["dnd-activated", "on"]),
        ({"action": "toggle"}, {"do_not_disturb": True}, ["dnd-deactivated", "on"]),
        ({}, {}, ["dnd-not_available", "on"]),
        ({"action": "activate"}, {"owned": False}, ["dnd-not_available"]),
        ({"action": "activate", "id": "desk"}, {"owned": False}, ["dnd-activated", "on"]),
    ],
)
def test_do_not_disturb(data: dict[str, Any], world: dict[str, Any], expected: list[str]) -> None:
    """KAZOO says whether it is on or off now; a call from outside is told that it cannot be."""
    assert told(place(flow("do_not_disturb", data), world=world)) == expected


IN, OUT = ["hotdesk-logged_in", "vm-goodbye"], ["hotdesk-logged_out", "vm-goodbye"]
ID, PIN = "hotdesk-enter_id", "hotdesk-enter_pin"
WRONG, ABORT = "hotdesk-invalid_entry", ["hotdesk-abort", "vm-goodbye"]


@pytest.mark.parametrize(
    ("data", "desk", "press", "expected"),
    [
        ({"action": "login"}, ANN, ("100", "4321"), [ID, PIN, *IN]),
        ({"action": "login"}, {"user": "ann"}, ("100#",), [ID, *IN]),
        (
            {"action": "login"},
            ANN,
            ("9", "100", "1", "4321"),
            [ID, WRONG, ID, PIN, WRONG, PIN, *IN],
        ),
        ({"action": "login"}, ANN, ("100", "1", "2", "3"), [ID, *[PIN, WRONG] * 3, *ABORT]),
        ({"action": "login"}, ANN, (), [ID, ID, ID, "hotdesk-abort"]),
        ({"action": "login", "id": "ann"}, ANN, ("4321",), [PIN, *IN]),
        ({"action": "login", "id": "bob"}, ANN, (), IN),
        ({"action": "logout"}, {**ANN, "logged_in": True}, (), OUT),
        ({"action": "logout"}, ANN, ("100",), [ID, *OUT]),
        ({"action": "toggle"}, {**ANN, "logged_in": True}, ("100",), [ID, *OUT]),
        ({"action": "toggle"}, ANN, ("100", "4321"), [ID, PIN, *IN]),
    ],
)
def test_hotdesk(
    data: dict[str, Any], desk: dict[str, Any], press: tuple[str, ...], expected: list[str]
) -> None:
    """KAZOO asks who it is and for her PIN, three times each, and the flow goes on behind it."""
    call = place(flow("hotdesk", data), world={"hotdesks": {"100": desk}}, press=press)
    assert told(call) == [*expected, "on"]


def test_a_hotdesk_is_remembered() -> None:
    """A user who logged in can log out in the same call, without being asked."""
    login, logout = flow("hotdesk", {"action": "login"}), flow("hotdesk", {"action": "logout"})
    assert told(place(login, logout, press=("7",))) == [ID, *IN, *OUT, "on"]


def test_nobody_logs_in_from_outside() -> None:
    """Without a phone of the account's own there is nowhere to log in."""
    call = place(flow("hotdesk", {"action": "login"}), world={"owned": False}, press=("7",))
    assert told(call) == [ID, *ABORT, "on"]


def test_a_hotdesk_is_rung() -> None:
    """`bridge` rings where the user is logged in, and the flow goes on after the conversation."""
    call = place(flow("hotdesk", {"action": "bridge", "id": "ann"}))
    call.is_bridged_to("hotdesk ann").hears("on")


GROUP = {"approved_group_id": "supervisors"}


@pytest.mark.parametrize(
    ("module", "data", "refusal"),
    [
        ("eavesdrop", {"user_id": "ann", **GROUP}, "eavesdrop-no_channels"),
        ("intercept", {"device_id": "desk"}, "intercept-no_channels"),
        ("group_pickup", {"group_id": "sales", **GROUP}, "You have no permission."),
    ],
)
def test_calls_of_others(module: str, data: dict[str, Any], refusal: str) -> None:
    """A phone of the account's gets at the call, one from outside does not; both end there."""
    inside = place(flow(module, data)).runs(module, next(iter(data.values()))).hung_up("caller")
    outside = place(flow(module, data), world={"owned": False}).hung_up("kazoo")
    assert (told(inside), told(outside)) == ([], [refusal])


def test_a_pick_up_that_approves_nobody_is_for_all() -> None:
    """KAZOO asks for no permission where the action names nobody who has it."""
    call = place(flow("group_pickup", {"user_id": "ann"}), world={"owned": False})
    call.runs("group_pickup", "picks up for ann").hung_up("caller")
