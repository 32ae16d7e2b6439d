"""The outline of an IVR tree: where each key leads, from the first menu to the ends."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tree_form import Node, leads

from pivotkit.store.directory import Entry

MOST_LEVELS = 20


class Branch(NamedTuple):
    """A way on: the key that callers press, the node that it leads to, and the ways from there.

    *node* is `None` for `back`, `repeat`, and `operator`, and for a node that does not exist. A
    node is shown with its branches once; where it comes up again, it `is_repeated`.
    """

    key: str
    target: str
    node: Node | None
    branches: tuple["Branch", ...] = ()
    is_repeated: bool = False


def outline(entry: Entry) -> tuple[Branch, ...]:
    """The first menu of a tree, and its operator, each with what follows; whatever can be read."""
    nodes = entry.get("nodes")
    specs: Mapping[str, Any] = nodes if isinstance(nodes, dict) else {}
    roots = (("", entry.get("start")), ("operator", entry.get("operator")))
    seen = set[str]()
    return tuple(_branch(key, str(name), specs, seen, 1) for key, name in roots if name)


def _branch(key: str, target: str, specs: Mapping[str, Any], seen: set[str], level: int) -> Branch:
    if target not in specs:
        return Branch(key, target, None)
    node = Node.stored(target, specs[target])
    if target in seen:
        return Branch(key, target, node, is_repeated=True)
    if level > MOST_LEVELS:
        return Branch(key, target, node)
    seen.add(target)
    below = (_branch(by, to, specs, seen, level + 1) for by, to in leads(specs[target]))
    return Branch(key, target, node, tuple(below))
