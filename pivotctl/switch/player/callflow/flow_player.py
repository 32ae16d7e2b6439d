"""Executes callflow JSON as KAZOO's callflow application does, action by action.

Follows `cf_exe.erl`; what each action does stands in `modules`.
"""

from __future__ import annotations

from pivotctl.problems import Mode
from pivotctl.reader.kazoo5 import modules_of
from pivotctl.switch.events import Action, FellBack
from pivotctl.switch.player.callflow.handler import Server
from pivotctl.switch.player.callflow.handlers import HANDLERS
from pivotctl.switch.player.callflow.transitions import (
    ALWAYS,
    Branch,
    Data,
    Flow,
    Replace,
    Step,
    Stop,
    child,
)
from pivotctl.switch.player.channel import Play, Stage

_MAX_BRANCHES = 50


class FlowPlayer:
    """Plays a callflow on a stage; servers are asked through `server`.

    `waiting` are the actions to which branches come back, and whether they stand in stored flows.
    `after_bridge` is what follows the next bridge; None: the call ends with it.
    """

    def __init__(self, stage: Stage, server: Server) -> None:
        self.stage = stage
        self.server = server
        self.modules = modules_of(stage.scenario.mode)
        self.branches = 0
        self.waiting: list[tuple[Flow, bool]] = []
        self.stored = True
        self.after_bridge: Step | None = None

    def run(self, flow: Flow) -> Play[Stop]:
        """Play a flow, and those that replace it or that it branches to, until the call ends."""
        node: Flow | None = flow
        while node is not None:
            step = yield from self.action(node)
            if isinstance(step, Stop):
                return step
            node = self._following(node, step)
        return Stop()

    def _following(self, node: Flow, step: Step) -> Flow | None:
        """The next action; at the end of a flow, that at which a branch comes back."""
        match step:
            case Replace():
                self.stored = not step.answer
                if self.stored:
                    self.waiting.clear()
                return step.flow
            case Branch():
                return self._branch(node, step)
            case Stop():
                return None
        following = child(node, step)
        return following or self._back()

    def _back(self) -> Flow | None:
        """What a branch comes back to; None when nothing waits."""
        if not self.waiting:
            return None
        flow, self.stored = self.waiting.pop()
        return flow

    def _branch(self, node: Flow, step: Branch) -> Flow | None:
        self.branches += 1
        if self.branches > _MAX_BRANCHES:
            return None
        if after := child(node, ALWAYS):
            self.waiting.append((after, self.stored))
        self.stored = True
        return step.flow

    def action(self, node: Flow) -> Play[Step]:
        """Play one action; a skipped or unknown one goes on to `_`."""
        data: Data = node.get("data") or {}
        name = str(node.get("module", ""))
        if data.get("skip_module") is True or name not in self.modules:
            yield Action(at=self.stage.now, module=name, data=dict(data), skipped=True)
            return ALWAYS
        if name == "pivot":
            return (yield from self._pivot(node, data))
        return (yield from HANDLERS[name](self, data, node))

    def _pivot(self, node: Flow, data: Data) -> Play[Step]:
        """In a stored flow no default is filled in, and what KAZOO takes without one differs."""
        twiml = self.stored and self.stage.scenario.mode is Mode.K50
        step = yield from self.server.pivot({"req_format": "twiml" if twiml else "kazoo", **data})
        if step is ALWAYS:
            yield FellBack(at=self.stage.now, found=child(node, ALWAYS) is not None)
        return step
