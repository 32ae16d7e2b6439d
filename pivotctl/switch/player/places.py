"""Places of a call in its documents, for those who follow it: actions and verbs as it reaches them.

A document is a flow or a TwiML answer. Documents are numbered from 0 in the order in which the call
begins them; a place is a path in one, as in `Problem.path`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pivotctl.reader.flows import actions
from pivotctl.switch.events import CallEvent, DocumentBegan, Reached
from pivotctl.switch.player.callflow.transitions import FlowNode


@dataclass
class Places:
    """The places that a call has reached; none are reported unless it is `followed`."""

    followed: bool = False
    latest: int = -1
    _places: dict[int, tuple[FlowNode, int, str]] = field(default_factory=dict)

    def begin_flow(self, flow: FlowNode, origin: str, at: float) -> Iterator[CallEvent]:
        """Begin a flow: of a number, or stored, or that a server has answered with."""
        if not self.followed:
            return
        known = self._places.get(id(flow))
        if known is not None and known[2] == "":
            return
        yield self._begun(origin, at, None if origin == "answer" else flow)
        found = ((node, self.latest, path) for node, path in actions(flow))
        # The node itself is kept, because its ID is its own only as long as it lives.
        self._places |= {id(node): (node, number, path) for node, number, path in found}

    def begin_twiml(self, at: float) -> Iterator[CallEvent]:
        """Begin a TwiML document, which a server has answered with."""
        if self.followed:
            yield self._begun("answer", at)

    def _begun(self, origin: str, at: float, flow: FlowNode | None = None) -> DocumentBegan:
        self.latest += 1
        stored = None if flow is None else dict(flow)
        return DocumentBegan(at=at, document=self.latest, origin=origin, flow=stored)

    def action(self, node: FlowNode, at: float) -> Iterator[CallEvent]:
        """Reach an action of a flow."""
        if self.followed and (place := self._places.get(id(node))):
            _, number, path = place
            name = str(node.get("module", ""))
            yield Reached(at=at, document=number, path=path, name=name)

    def verb(self, name: str, path: str, at: float) -> Iterator[CallEvent]:
        """Reach a verb of the latest document."""
        if self.followed:
            yield Reached(at=at, document=self.latest, path=path, name=name)
