"""A whole IVR as data: its menus, where their keys lead, and how calls end.

The shapes and rules of trees are in `pivotkit.lookups.ivr_trees`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pivotkit.calls.conversations import Conversation, ask
from pivotkit.kazoo import Action, hangup, tts
from pivotkit.lookups.ivr_trees import (
    BACK,
    DEPTH,
    OPERATOR,
    REPEAT,
    WRONG_KEYS,
    Spec,
    check,
)
from tree_nodes import Node, Notice, build_end, build_node

SORRY = "Sorry, that's not a valid choice."
GOODBYE = tts("Goodbye.") >> hangup()

type Path = tuple[str, ...]
"""The names of the nodes from the start to where the caller is."""


class Tree(NamedTuple):
    """A tree that was checked; `operator` is always among its *nodes*."""

    nodes: Mapping[str, Node]
    start: str
    wrong_keys: int
    depth: int

    @classmethod
    def of(cls, document: Any) -> "Tree":
        """The tree that a JSON value describes. Raises `DocumentError`."""
        check(document)
        specs: Mapping[str, Spec] = document["nodes"]
        operator = build_end(document[OPERATOR], specs) if OPERATOR in document else GOODBYE
        return cls(
            nodes={name: build_node(name, specs) for name in specs} | {OPERATOR: operator},
            start=document["start"],
            wrong_keys=document.get("wrong_keys", WRONG_KEYS),
            depth=document.get("depth", DEPTH),
        )

    def walk(self) -> Conversation:
        """Lead the caller from menu to menu to an end: `return (yield from tree.walk())`.

        Answers are stored under the names of the menus. If the tree is changed during a call and
        the answers no longer fit, the caller gets the conversation's fallback.
        """
        path: Path = (self.start,)
        notice = ""
        misses = 0
        while True:
            node = self.nodes[path[-1]]
            if isinstance(node, Action):
                return tts(notice) >> node if notice else node
            if isinstance(node, Notice) or misses >= self.wrong_keys or len(path) > self.depth:
                path = (*path, OPERATOR)
                continue
            keys = yield from ask(node.after(notice), max_digits=node.longest, name=path[-1])
            target = node.keys.get(keys or "")
            if target:
                misses = 0
                notice = self._announcement(target)
                path = self._path_to(target, path)
            else:
                misses += 1
                notice = SORRY if keys else ""

    def _announcement(self, target: str) -> str:
        """The text that callers hear on the way to *target*."""
        node = self.nodes.get(target)
        return node.text if isinstance(node, Notice) else ""

    def _path_to(self, target: str, path: Path) -> Path:
        """The path to *target*, or to where its announcement leads, from the end of *path*."""
        node = self.nodes.get(target)
        if isinstance(node, Notice):
            return path if node.then == BACK else self._path_to(node.then, path)
        if target == REPEAT:
            return path
        if target == BACK:
            return path[:-1] or path
        if target in path:
            return path[: path.index(target) + 1]
        return (*path, target)
