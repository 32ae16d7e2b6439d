"""Shapes of documents: the actions of a callflow or the verbs of TwiML, and their order."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pivotctl.reader.flows import actions
from pivotctl.reader.json_document import JsonError, parse_json
from pivotctl.xml_document import Element, XmlError, parse_xml

_LONGEST = 60
_TELLING = ("text", "id", "number", "name", "media", "url", "voice_url", "action", "queue_id")
"""Fields of an action's data that tell it from others of its module, the best one first."""

_URL = re.compile(r"https?://\S+")
_ID = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24}\b")
_LAST = frozenset({"Hangup", "Reject", "Redirect"})
_NESTING = frozenset({"Gather"})
"""Verbs whose children are verbs."""


@dataclass(frozen=True, slots=True)
class ShapeNode:
    """An action or a verb at `path`; `detail` is its most telling value."""

    path: str
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ShapeEdge:
    """A way from one path to another; `key` is the child's, as `_` or `1`, or '' for verbs."""

    source: str
    target: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """The nodes of a document, of which the first one is its beginning, and the ways between."""

    nodes: tuple[ShapeNode, ...] = ()
    edges: tuple[ShapeEdge, ...] = ()

    def node_of(self, path: str) -> str | None:
        """Return the path of the deepest node that a problem's `path` lies in."""
        within = [node.path for node in self.nodes if _lies_in(path, node.path)]
        return max(within, key=len, default=None)


def shape_of_body(body: str) -> Shape:
    """Return the shape of an answer's body; an empty one if it is neither JSON nor XML."""
    text = body.encode("utf-8", "surrogatepass")
    try:
        if body.lstrip().startswith("<"):
            return shape_of_twiml(parse_xml(text).root)
        return shape_of_flow(parse_json(text).value)
    except (JsonError, XmlError):
        return Shape()


# -- callflows -------------------------------------------------------------------------------------


def shape_of_flow(flow: Any) -> Shape:
    """Return the shape of a callflow, even of one that KAZOO refuses."""
    found = [(action, path) for action, path in actions(flow) if isinstance(action, dict)]
    nodes = tuple(
        ShapeNode(path, str(action.get("module", "?")), _detail(action.get("data")))
        for action, path in found
    )
    known = {node.path for node in nodes}
    edges = tuple(
        edge for action, path in found for edge in _below(action, path) if edge.target in known
    )
    return Shape(nodes, edges)


def _below(action: Mapping[str, Any], path: str) -> Iterator[ShapeEdge]:
    children = action.get("children")
    where = f"{path}.children" if path else "children"
    for key in children if isinstance(children, dict) else ():
        yield ShapeEdge(path, f"{where}.{key}", str(key))


def _detail(data: Any) -> str:
    if not isinstance(data, dict):
        return ""
    found = next((data[key] for key in _TELLING if data.get(key)), "")
    return _cut(found if isinstance(found, str) else json.dumps(found, ensure_ascii=False))


def _cut(text: str) -> str:
    """Return the text in one line: IDs by their beginnings, URLs without what may hold a key."""
    line = _ID.sub(r"\1…", _URL.sub(lambda found: _short(found[0]), " ".join(text.split())))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _short(url: str) -> str:
    path = re.split(r"[?#]", url, maxsplit=1)[0].split("/")[3:]
    return "/".join(["…", *path[-2:]])


# -- TwiML -----------------------------------------------------------------------------------------


def shape_of_twiml(response: Element) -> Shape:
    """Return the shape of a document. Verbs inside of a Gather are nodes of their own."""
    nodes: list[ShapeNode] = []
    edges: list[ShapeEdge] = []
    for path, element, above in _verbs(response, response.name):
        if above:
            edges.append(above)
        nodes.append(ShapeNode(path, element.name, _cut(_said(element))))
    return Shape(tuple(nodes), tuple(edges))


def numbered_from(parent: Element, where: str) -> Iterator[tuple[str, Element]]:
    """Yield the child elements with their paths below `where`, such as `where/Say[2]`."""
    counts: Counter[str] = Counter()
    for element in parent.elements:
        counts[element.name] += 1
        yield f"{where}/{element.name}[{counts[element.name]}]", element


def _verbs(parent: Element, where: str) -> Iterator[tuple[str, Element, ShapeEdge | None]]:
    """Yield path and element of each verb, with the way that leads to it."""
    before = None
    for path, element in numbered_from(parent, where):
        yield path, element, ShapeEdge(before, path) if before else None
        if element.name in _NESTING:
            yield from _nested(element, path)
        before = None if element.name in _LAST else path


def _nested(element: Element, where: str) -> Iterator[tuple[str, Element, ShapeEdge | None]]:
    for path, verb, above in _verbs(element, where):
        yield path, verb, above or ShapeEdge(where, path, "plays")


def _said(element: Element) -> str:
    nouns = [f"{noun.name} {noun.text}".strip() for noun in element.elements]
    shown = [] if element.name in _NESTING else nouns
    given = [f"{name}={value}" for name, value in element.attributes.items()]
    return element.text or ", ".join(shown) or " ".join(given)


def _lies_in(path: str, node: str) -> bool:
    return node in ("", path) or path.startswith((f"{node}.", f"{node}/", f"{node}@"))
