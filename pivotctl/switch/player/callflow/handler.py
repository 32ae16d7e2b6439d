"""Handlers of callflow modules: their type, and the parts of a player that they may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from pivotctl.switch.events import CallEvent, ModuleRan
from pivotctl.switch.player.callflow.transitions import (
    ALWAYS,
    ActionData,
    Branch,
    FlowNode,
    Stop,
    Transition,
)
from pivotctl.switch.player.channel import Channel, Playback

type ModuleHandler = Callable[[ModulePlayer, ActionData, FlowNode], Playback[Transition]]


class CallServer(Protocol):
    """Servers of a call, to which actions send requests, notifications, and recordings."""

    def pivot(self, data: ActionData) -> Playback[Transition]:
        """Ask, and execute the answer if it is TwiML; `ALWAYS` if the request failed."""
        ...

    def webhook(self, data: ActionData) -> Iterator[CallEvent]:
        """Send the call to a server, as a webhook action says."""
        ...

    def store(self, url: str | None, data: ActionData, media: str) -> Iterator[CallEvent]:
        """Send one recording to `url`, if it is not None."""
        ...

    def store_recordings(self) -> Iterator[CallEvent]:
        """End all recordings of the call, and send them."""
        ...


class ModulePlayer(Protocol):
    """The player of a callflow as the handlers of its modules see it.

    `waiting` are the actions to which branches come back, and whether they are in stored flows.
    `after_bridge` is what follows the next bridge; None: the call ends with it.
    """

    channel: Channel
    server: CallServer
    waiting: list[tuple[FlowNode, bool]]
    after_bridge: Transition | None


def report(
    player: ModulePlayer, data: ActionData, node: FlowNode, effect: str = ""
) -> Playback[None]:
    """Report a module that is not heard, with its effect."""
    yield ModuleRan(at=player.channel.now, module=node["module"], data=dict(data), effect=effect)


def branch_to(flow: FlowNode | None) -> Transition:
    """Run a stored flow and come back to `_`; without a flow, continue with `_` at once."""
    return Branch(flow) if flow else ALWAYS


def extension(player: ModulePlayer, number: str | None) -> FlowNode | None:
    """Return the callflow of a number of the account."""
    return player.channel.scenario.world.extension(number)


def gives_up(player: ModulePlayer) -> Transition:
    """End the flow: the caller hears and does nothing more, and finally hangs up."""
    del player
    return Stop(by="caller")
