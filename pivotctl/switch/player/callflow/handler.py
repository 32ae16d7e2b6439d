"""What the handlers of callflow modules share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from pivotctl.switch.events import Action, Event
from pivotctl.switch.player.callflow.transitions import ALWAYS, Branch, Data, Flow, Step, Stop
from pivotctl.switch.player.channel import Play, Stage

type Handler = Callable[[ModulePlayer, Data, Flow], Play[Step]]


class Server(Protocol):
    """The servers of a call: whom actions ask, tell, or send recordings."""

    def pivot(self, data: Data) -> Play[Step]:
        """Ask, and execute the answer if it is TwiML; `ALWAYS` when the request failed."""
        ...

    def webhook(self, data: Data) -> Iterator[Event]:
        """Tell a server about the call, as a webhook action says."""
        ...

    def store(self, url: str | None, data: Data, media: str) -> Iterator[Event]:
        """Send one recording to `url`, if there is one."""
        ...

    def store_recordings(self) -> Iterator[Event]:
        """End all recordings of the call and send them."""
        ...


class ModulePlayer(Protocol):
    """The player of a callflow as the handlers of its modules see it.

    `waiting` are the actions to which branches come back, and whether they are in stored flows.
    `after_bridge` is what follows the next bridge; None: the call ends with it.
    """

    stage: Stage
    server: Server
    waiting: list[tuple[Flow, bool]]
    after_bridge: Step | None


def says(player: ModulePlayer, data: Data, node: Flow, effect: str = "") -> Play[None]:
    """Show a module that nobody hears, with what it changes."""
    yield Action(at=player.stage.now, module=node["module"], data=dict(data), effect=effect)


def branch_to(flow: Flow | None) -> Step:
    """Run a stored flow and come back to `_`; go on with `_` at once when there is none."""
    return Branch(flow) if flow else ALWAYS


def extension(player: ModulePlayer, number: str | None) -> Flow | None:
    """The callflow of a number of the account."""
    return player.stage.scenario.world.extension(number)


def gives_up(player: ModulePlayer) -> Step:
    """The caller hears or does nothing more, and hangs up in the end."""
    del player
    return Stop(by="caller")
