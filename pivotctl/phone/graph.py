"""The graph of a call: every document it met, and the way that it took through them.

Everything is read from the call's events, so that a call in progress, one that has ended, and one
that somebody saved give the same graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from pivotctl.phone.graph_shapes import Shape, ShapeNode, shape_of_body, shape_of_flow

MOST_NODES = 200
"""Nodes of a graph that shows everything; a layout of more takes a browser too long."""

type Event = Mapping[str, Any]
"""An event of a call, as `CallEvent.as_json` returns it."""


class PlaceState(StrEnum):
    """States of a node or an edge; a call is at one running node at most."""

    UNTAKEN = "untaken"
    TAKEN = "taken"
    RUNNING = "running"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class GraphNode:
    """An action or verb of the document with this number; `problem` is why KAZOO refuses it."""

    id: str
    document: int
    name: str
    detail: str = ""
    state: PlaceState = PlaceState.UNTAKEN
    problem: str = ""


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """A way between two nodes; `key` is the child's, or names the answer that led there."""

    source: str
    target: str
    key: str = ""
    state: PlaceState = PlaceState.UNTAKEN


@dataclass(frozen=True, slots=True)
class CallGraph:
    """The nodes and edges of a call, in the order in which their documents came."""

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[GraphEdge, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return an object with the lists `nodes` and `edges`."""
        return {
            "nodes": [asdict(node) for node in self.nodes],
            "edges": [asdict(edge) for edge in self.edges],
        }


def call_graph(events: Iterable[Event]) -> CallGraph:
    """Return the graph of a call that was followed, as far as its events go."""
    way = _Way()
    for event in events:
        if handler := _HANDLERS.get(event["type"]):
            handler(way, event)
    return way.graph()


@dataclass
class _Way:
    """The way of a call while its events are read. `here` is the node where the call is."""

    shapes: dict[int, Shape] = field(default_factory=dict)
    states: dict[str, PlaceState] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    links: dict[tuple[str, str], str] = field(default_factory=dict)
    taken: set[tuple[str, str]] = field(default_factory=set)
    here: str = ""
    verb: str = ""
    body: str = ""
    answers: int = 0
    ended: bool = False

    def answered(self, event: Event) -> None:
        """Keep the body of an answer until a document begins with it, or it is refused."""
        self.body = str(event["body"])
        self.answers += 1

    def began(self, event: Event) -> None:
        """Add a document, and the way to it."""
        flow = event["flow"]
        shape = shape_of_body(self.body) if flow is None else shape_of_flow(flow)
        key = f"answer {self.answers}" if flow is None else event["origin"]
        self._add(int(event["document"]), shape, key)
        self.body, self.verb = "", ""

    def _add(self, document: int, shape: Shape, key: str) -> None:
        self.shapes[document] = shape
        if self.here and shape.nodes:
            self.links[self.here, _id(document, shape.nodes[0].path)] = key

    def reached(self, event: Event) -> None:
        """Go on to a node."""
        document, path = int(event["document"]), str(event["path"])
        before = self.here
        if path.startswith("Response/"):
            before = _id(document, self.verb) if self.verb else before
            self.verb = path
        elif "/" in path:  # the player names a verb inside of another by that one's name alone
            path = f"{self.verb}/{path.partition('/')[2]}"
        self._know(document, ShapeNode(path, str(event["name"])))
        self.here = _id(document, path)
        self.states[self.here] = PlaceState.TAKEN
        if before:
            self.taken.add((before, self.here))

    def _know(self, document: int, node: ShapeNode) -> None:
        """Add a node that is not in its document's shape."""
        shape = self.shapes.setdefault(document, Shape())
        if node.path not in {each.path for each in shape.nodes}:
            self.shapes[document] = Shape((*shape.nodes, node), shape.edges)

    def refused(self, event: Event) -> None:
        """Mark the problems of the running document, or of an answer that never began."""
        problems = event["problems"]
        if not self.body:
            self._mark(self.here, str(problems[0]["rule"]) if problems else event["meaning"])
            return
        document, shape = -self.answers, shape_of_body(self.body)
        if not shape.nodes:
            shape = Shape((ShapeNode("", event["verdict"], event["meaning"]),))
        self._refuse(document, shape, f"answer {self.answers}")
        for each in problems:
            place = shape.node_of(str(each["path"])) or shape.nodes[0].path
            self._mark(_id(document, place), str(each["rule"]))
        self.body = ""

    def failed(self, event: Event) -> None:
        """Add a node for a request that has no answer."""
        self.answers += 1
        shape = Shape((ShapeNode("", "no answer", str(event["text"])),))
        self._refuse(-self.answers, shape, "no answer")
        self._mark(_id(-self.answers, ""), str(event["text"]))

    def _refuse(self, document: int, shape: Shape, key: str) -> None:
        self._add(document, shape, key)
        self.taken.add((self.here, _id(document, shape.nodes[0].path)))

    def _mark(self, node: str, problem: str) -> None:
        if node:
            self.states[node] = PlaceState.REFUSED
            self.problems.setdefault(node, problem)

    def end(self, _event: Event) -> None:
        """Leave the node where the call ended."""
        self.ended = True

    def graph(self) -> CallGraph:
        """Return the graph."""
        if not self.ended and self.states.get(self.here) is PlaceState.TAKEN:
            self.states[self.here] = PlaceState.RUNNING
        nodes = self._nodes()
        return CallGraph(tuple(nodes), tuple(self._edges({node.id for node in nodes})))

    def _nodes(self) -> list[GraphNode]:
        """Return all nodes.

        A long call has those not taken in its latest document alone, and the latest ones of all.
        """
        found = [
            self._node(number, n) for number, shape in self.shapes.items() for n in shape.nodes
        ]
        if len(found) <= MOST_NODES:
            return found
        latest = max(self.shapes)
        kept = [n for n in found if n.state is not PlaceState.UNTAKEN or n.document == latest]
        return kept[-MOST_NODES:]

    def _node(self, document: int, node: ShapeNode) -> GraphNode:
        found = _id(document, node.path)
        state = self.states.get(found, PlaceState.UNTAKEN)
        return GraphNode(
            found, document, node.name, node.detail, state, self.problems.get(found, "")
        )

    def _edges(self, known: set[str]) -> list[GraphEdge]:
        """Return the documents' own edges, those that lead to the documents, and any other step."""
        keys = {
            (_id(number, edge.source), _id(number, edge.target)): edge.key
            for number, shape in self.shapes.items()
            for edge in shape.edges
        }
        keys |= self.links
        keys |= dict.fromkeys(sorted(self.taken - keys.keys()), "returns")
        return [
            GraphEdge(source, target, key, self._state(source, target))
            for (source, target), key in keys.items()
            if {source, target} <= known
        ]

    def _state(self, source: str, target: str) -> PlaceState:
        return PlaceState.TAKEN if (source, target) in self.taken else PlaceState.UNTAKEN


def _id(document: int, path: str) -> str:
    return f"{document}:{path}"


_HANDLERS = {
    "answer": _Way.answered,
    "document": _Way.began,
    "reached": _Way.reached,
    "refused": _Way.refused,
    "no_answer": _Way.failed,
    "end": _Way.end,
}
