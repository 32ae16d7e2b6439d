"""Executes callflow JSON as KAZOO's callflow application does, action by action.

Follows `cf_exe.erl`; `handlers` has what each module does.
"""

from __future__ import annotations

from pivotctl.problems import Mode
from pivotctl.reader.kazoo5 import modules_of
from pivotctl.switch.events import FellBack, ModuleRan
from pivotctl.switch.player.callflow.handler import CallServer
from pivotctl.switch.player.callflow.handlers import HANDLERS
from pivotctl.switch.player.callflow.transitions import (
    ALWAYS,
    ActionData,
    Branch,
    FlowNode,
    Replace,
    Stop,
    Transition,
    child,
)
from pivotctl.switch.player.channel import Channel, Playback

_MAX_BRANCHES = 50


class FlowPlayer:
    """Plays a callflow on a channel; servers are asked through `server`.

    `waiting` are the actions to which branches come back, and whether they are in stored flows.
    `after_bridge` is what follows the next bridge; None: the call ends with it.
    """

    def __init__(self, channel: Channel, server: CallServer) -> None:
        self.channel = channel
        self.server = server
        self.modules = modules_of(channel.scenario.mode)
        self.branches = 0
        self.waiting: list[tuple[FlowNode, bool]] = []
        self.stored = True
        self.after_bridge: Transition | None = None

    def run(self, flow: FlowNode) -> Playback[Stop]:
        """Play a flow, and those that replace it or that it branches to, until the call ends."""
        yield from self.channel.places.begin_flow(flow, "number", self.channel.now)
        node: FlowNode | None = flow
        while node is not None:
            yield from self.channel.places.action(node, self.channel.now)
            step = yield from self.action(node)
            if isinstance(step, Stop):
                return step
            yield from self._begun(step)
            node = self._following(node, step)
        return Stop()

    def _begun(self, step: Transition) -> Playback[None]:
        """Report the flow that a step begins, if it begins one."""
        if isinstance(step, Replace | Branch):
            origin = "answer" if isinstance(step, Replace) and step.answer else "stored"
            yield from self.channel.places.begin_flow(step.flow, origin, self.channel.now)

    def _following(self, node: FlowNode, step: Transition) -> FlowNode | None:
        """Return the next action; at the end of a flow, the one to which a branch comes back."""
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

    def _back(self) -> FlowNode | None:
        """Return the action to which a branch comes back, or None."""
        if not self.waiting:
            return None
        flow, self.stored = self.waiting.pop()
        return flow

    def _branch(self, node: FlowNode, step: Branch) -> FlowNode | None:
        self.branches += 1
        if self.branches > _MAX_BRANCHES:
            return None
        if after := child(node, ALWAYS):
            self.waiting.append((after, self.stored))
        self.stored = True
        return step.flow

    def action(self, node: FlowNode) -> Playback[Transition]:
        """Play one action; a skipped or unknown one continues with `_`."""
        data: ActionData = node.get("data") or {}
        name = str(node.get("module", ""))
        if data.get("skip_module") is True or name not in self.modules:
            yield ModuleRan(at=self.channel.now, module=name, data=dict(data), skipped=True)
            return ALWAYS
        if name == "pivot":
            return (yield from self._pivot(node, data))
        return (yield from HANDLERS[name](self, data, node))

    def _pivot(self, node: FlowNode, data: ActionData) -> Playback[Transition]:
        """Ask a server. A stored flow has no defaults filled in, so KAZOO's own default applies."""
        twiml = self.stored and self.channel.scenario.mode is Mode.K50
        step = yield from self.server.pivot({"req_format": "twiml" if twiml else "kazoo", **data})
        if step is ALWAYS:
            yield FellBack(at=self.channel.now, found=child(node, ALWAYS) is not None)
        return step
