"""What the handlers of callflow modules share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pivotctl.switch.events import Action
from pivotctl.switch.stage import Play
from pivotctl.switch.steps import ALWAYS, Branch, Data, Flow, Step, Stop

if TYPE_CHECKING:
    from pivotctl.switch.flow import FlowPlayer

type Handler = Callable[[FlowPlayer, Data, Flow], Play[Step]]


def says(player: FlowPlayer, data: Data, node: Flow, effect: str = "") -> Play[None]:
    """Show a module that nobody hears, with what it changes."""
    yield Action(at=player.stage.now, module=node["module"], data=dict(data), effect=effect)


def branch_to(flow: Flow | None) -> Step:
    """Run a stored flow and come back to `_`; go on with `_` at once when there is none."""
    return Branch(flow) if flow else ALWAYS


def extension(player: FlowPlayer, number: str | None) -> Flow | None:
    """The callflow of a number of the account."""
    return player.stage.scenario.world.extension(number)


def gives_up(player: FlowPlayer) -> Step:
    """The caller hears or does nothing more, and hangs up in the end."""
    del player
    return Stop(by="caller")
