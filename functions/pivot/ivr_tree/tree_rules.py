"""The rules for an IVR's JSON document. An error names the node, the field and the rule.

The shapes are described in `tree`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pivotkit.kazoo.rules import Rule, integer, text
from pivotkit.lookups.documents import OBJECT, DocumentError, check_shape

BACK = "back"
REPEAT = "repeat"
OPERATOR = "operator"

_WORDS = (BACK, REPEAT, OPERATOR)
"""Targets that are not nodes."""

_NAME = text(1, 32, r"[a-z0-9_]+")
_TEXT = text(1, 450)
_ID = text(1, 128)
_KEYS = text(1, 4, r"[0-9*]+")
_RING = {"seconds": integer(1, 300), "otherwise": _NAME}
_SHAPES: Mapping[str, Mapping[str, Rule]] = {
    "prompt": {"prompt": _TEXT, "keys": OBJECT._replace(required=True)},
    "play": {"play": _ID, "keys": OBJECT._replace(required=True)},
    "say": {"say": _TEXT, "then": _NAME._replace(required=True)},
    "user": {"user": _ID, **_RING},
    "device": {"device": _ID, **_RING},
    "group": {"group": _ID, **_RING},
    "voicemail": {"voicemail": _ID},
    "hangup": {"hangup": _TEXT},
}
_TREE = {
    "start": _NAME._replace(required=True),
    "operator": _NAME,
    "wrong_keys": integer(1, 10),
    "depth": integer(1, 20),
    "nodes": OBJECT._replace(required=True),
}
_MENUS = frozenset({"prompt", "play"})
_ENDS = frozenset(_SHAPES) - _MENUS - {"say"}

type Spec = Mapping[str, Any]


def check(document: Any) -> None:
    """Raise `DocumentError` for the first fault of a tree."""
    check_shape("the tree", document, _TREE)
    for name, spec in document["nodes"].items():
        _check_node(name, spec)
    references = list(_references(document))
    for reference in references:
        reference.check(document)
    _check_reach(document, references)


def kind_of(spec: Spec) -> str:
    """The property that makes *spec* one kind of node."""
    return next(kind for kind in _SHAPES if kind in spec)


class _Reference(NamedTuple):
    """A field that names a target: one of *words*, or a node of one of *kinds*."""

    node: str
    field: str
    target: str
    kinds: frozenset[str]
    words: tuple[str, ...] = ()

    def check(self, document: Spec) -> None:
        """Raise `DocumentError` for a target that does not exist or does not fit."""
        if self.target in self.words:
            if self.target == OPERATOR and OPERATOR not in document:
                raise self._fault("the tree has no operator; add `operator` next to `start`")
            return
        nodes: Mapping[str, Spec] = document["nodes"]
        fitting = [name for name, spec in nodes.items() if kind_of(spec) in self.kinds]
        if self.target not in nodes:
            targets = ", ".join([*fitting, *self.words])
            raise self._fault(f"is not a node; write one of {targets}")
        if self.target not in fitting:
            raise self._fault(f"is a node of the wrong kind; write one of {', '.join(fitting)}")

    def _fault(self, rule: str) -> DocumentError:
        return DocumentError(self.node, self.field, self.target, rule)


def _check_node(name: str, spec: Any) -> None:
    where = f"node {name}"
    if name in _WORDS or _NAME.check(name):
        rule = f"must be 1 to 32 of a-z, 0-9 and _, and not one of {', '.join(_WORDS)}"
        raise DocumentError(where, "name", name, rule)
    if fault := OBJECT.check(spec):
        raise DocumentError(where, "value", spec, fault)
    if len(spec.keys() & _SHAPES.keys()) != 1:
        rule = f"must have exactly one of {', '.join(_SHAPES)}"
        raise DocumentError(where, "kind", sorted(spec), rule)
    check_shape(where, spec, _SHAPES[kind_of(spec)])
    for keys, target in spec.get("keys", {}).items():
        if fault := _KEYS.check(keys):
            raise DocumentError(where, "keys", keys, fault)
        if fault := _NAME.check(target):
            raise DocumentError(where, f"key {keys}", target, fault)


def _references(document: Spec) -> Iterator[_Reference]:
    every = frozenset(_SHAPES)
    yield _Reference("the tree", "start", document["start"], _MENUS)
    if OPERATOR in document:
        yield _Reference("the tree", OPERATOR, document[OPERATOR], _ENDS)
    for name, spec in document["nodes"].items():
        where = f"node {name}"
        for keys, target in spec.get("keys", {}).items():
            yield _Reference(where, f"key {keys}", target, every, _WORDS)
        if "then" in spec:
            yield _Reference(where, "then", spec["then"], every - {"say"}, (BACK, OPERATOR))
        if "otherwise" in spec:
            yield _Reference(where, "otherwise", spec["otherwise"], _ENDS)


def _check_reach(document: Spec, references: list[_Reference]) -> None:
    """Raise `DocumentError` for a node that no caller can reach."""
    reached = set[str]()
    new = {"the tree"}
    while new:
        targets = {reference.target for reference in references if reference.node in new}
        new = {f"node {target}" for target in targets - reached}
        reached |= targets
    for name in document["nodes"]:
        if name not in reached:
            rule = "cannot be reached; remove it, or let a key lead to it"
            raise DocumentError(f"node {name}", "name", name, rule)
