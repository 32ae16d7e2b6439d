"""IVR trees as JSON documents: their nodes, and the rules that they follow.

A tree has `nodes` by name, and `start`, the name of the first menu. A node is one of these; TEXT
has at most 450 characters:

    {"prompt": TEXT, "keys": {"1": TARGET, ...}}                                 a menu
    {"play": MEDIA, "keys": {"1": TARGET, ...}}                                  a recorded menu
    {"say": TEXT, "then": TARGET}                                                an announcement
    {"user" or "device" or "group": ID, "seconds": 20, "otherwise": NODE}        an end: rings
    {"voicemail": ID}                                                            an end
    {"hangup": TEXT}                                                             an end

A TARGET is the name of a node, or `back`, `repeat` or `operator`: the end that the tree names as
its `operator`. Callers also reach the operator after `wrong_keys` (default 3) wrong keys or
silences in a row, and below `depth` (default 5) menus. Without an operator, the call ends there.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pivotkit.core.speech import speakable
from pivotkit.kazoo.rules import Rule, identifier, integer, text
from pivotkit.lookups.documents import OBJECT, DocumentError, shape_faults

KIND = "ivr_tree"
"""The kind of a Directory entry that is a tree."""

BACK = "back"
REPEAT = "repeat"
OPERATOR = "operator"
WORDS = (BACK, REPEAT, OPERATOR)
"""Targets that are not nodes."""

WRONG_KEYS = 3
DEPTH = 5
SECONDS = 20
"""Values of a tree that does not say otherwise."""

TREE = "the tree"
"""The place of a fault that is not in a node."""

NAME_RULE = f"must be 1 to 32 of a-z, 0-9 and _, and not one of {', '.join(WORDS)}"

_NAME = text(1, 32, r"[a-z0-9_]+")
_REQUIRED_NAME = _NAME._replace(required=True)
_LONGEST = text(1, 450)
_ID = identifier(128)
_KEYS = text(1, 4, r"[0-9*]+")
_RING = {"seconds": integer(1, 300), "otherwise": _NAME}
_OBJECT = OBJECT._replace(required=True)


def _speech(value: object) -> str | None:
    fault = _LONGEST.check(value)
    return fault or (None if speakable(value).strip() else "must have something to speak")


_TEXT = Rule(_speech)
_SHAPES: Mapping[str, Mapping[str, Rule]] = {
    "prompt": {"prompt": _TEXT, "keys": _OBJECT},
    "play": {"play": text(1, 128), "keys": _OBJECT},
    "say": {"say": _TEXT, "then": _REQUIRED_NAME},
    "user": {"user": _ID, **_RING},
    "device": {"device": _ID, **_RING},
    "group": {"group": _ID, **_RING},
    "voicemail": {"voicemail": text(32, 32)},
    "hangup": {"hangup": _TEXT},
}
_TREE = {
    "start": _REQUIRED_NAME,
    "operator": _NAME,
    "wrong_keys": integer(1, 10),
    "depth": integer(1, 20),
    "nodes": _OBJECT,
}
KINDS = tuple(_SHAPES)
"""Properties that make a node what it is, each node having one."""

MENUS = frozenset({"prompt", "play"})
RINGS = frozenset({"user", "device", "group"})
ENDS = frozenset(KINDS) - MENUS - {"say"}

type Spec = Mapping[str, Any]


def check(document: Any) -> None:
    """Raise `DocumentError` for the first fault of a tree."""
    for fault in faults(document):
        raise fault


def faults(document: Any) -> list[DocumentError]:
    """All faults of a tree: those of its values, and without any, of where its nodes lead."""
    return list(_value_faults(document)) or list(_link_faults(document))


def place_of(node: str) -> str:
    """The place of a fault in *node*."""
    return f"node {node}"


def is_name(text: str) -> bool:
    """Tell whether a node can have *text* as its name."""
    return text not in WORDS and not _NAME.check(text)


def kind_of(spec: Spec) -> str:
    """The property that makes *spec* one kind of node."""
    return next(kind for kind in KINDS if kind in spec)


class _Reference(NamedTuple):
    """A field that names a target: one of *words*, or a node of one of *kinds*."""

    where: str
    field: str
    target: str
    kinds: frozenset[str]
    words: tuple[str, ...] = ()

    def fault(self, document: Spec) -> DocumentError | None:
        """The fault of a target that does not exist or does not fit."""
        if self.target in self.words:
            missing = self.target == OPERATOR and OPERATOR not in document
            rule = "the tree has no operator; add `operator` next to `start`"
            return self._fault(rule) if missing else None
        nodes: Mapping[str, Spec] = document["nodes"]
        fitting = [name for name, spec in nodes.items() if kind_of(spec) in self.kinds]
        if self.target not in nodes:
            targets = ", ".join([*fitting, *self.words])
            return self._fault(f"is not a node; write one of {targets}")
        if self.target not in fitting:
            return self._fault(f"is a node of the wrong kind; write one of {', '.join(fitting)}")
        return None

    def _fault(self, rule: str) -> DocumentError:
        return DocumentError(self.where, self.field, self.target, rule)


def _value_faults(document: Any) -> Iterator[DocumentError]:
    yield from shape_faults(TREE, document, _TREE)
    nodes = document.get("nodes") if isinstance(document, dict) else None
    for name, spec in nodes.items() if isinstance(nodes, dict) else ():
        yield from _node_faults(name, spec)


def _node_faults(name: str, spec: Any) -> Iterator[DocumentError]:
    where = place_of(name)
    if not is_name(name):
        yield DocumentError(where, "name", name, NAME_RULE)
    if fault := OBJECT.check(spec):
        yield DocumentError(where, "value", spec, fault)
    elif len(spec.keys() & _SHAPES.keys()) != 1:
        rule = f"must have exactly one of {', '.join(KINDS)}"
        yield DocumentError(where, "kind", sorted(spec), rule)
    else:
        yield from shape_faults(where, spec, _SHAPES[kind_of(spec)])
        yield from _key_faults(where, spec.get("keys"))


def _key_faults(where: str, targets: Any) -> Iterator[DocumentError]:
    for keys, target in targets.items() if isinstance(targets, dict) else ():
        if fault := _KEYS.check(keys):
            yield DocumentError(where, "keys", keys, fault)
        if fault := _NAME.check(target):
            yield DocumentError(where, f"key {keys}", target, fault)


def _link_faults(document: Spec) -> Iterator[DocumentError]:
    references = list(_references(document))
    found = [fault for each in references if (fault := each.fault(document))]
    yield from found or [*_circles(document["nodes"]), *_unreached(document, references)]


def _references(document: Spec) -> Iterator[_Reference]:
    every = frozenset(KINDS)
    yield _Reference(TREE, "start", document["start"], MENUS)
    if OPERATOR in document:
        yield _Reference(TREE, OPERATOR, document[OPERATOR], ENDS)
    for name, spec in document["nodes"].items():
        where = place_of(name)
        for keys, target in spec.get("keys", {}).items():
            yield _Reference(where, f"key {keys}", target, every, WORDS)
        if "then" in spec:
            yield _Reference(where, "then", spec["then"], every - {"say"}, (BACK, OPERATOR))
        if "otherwise" in spec:
            yield _Reference(where, "otherwise", spec["otherwise"], ENDS)


def _circles(nodes: Mapping[str, Spec]) -> Iterator[DocumentError]:
    """A fault for each node from which unanswered calls come back to it."""
    for first in nodes:
        rung = [first]
        while (following := nodes[rung[-1]].get("otherwise")) and following not in rung:
            rung.append(following)
        if following == first:
            rule = "must not lead back to an earlier node"
            yield DocumentError(place_of(rung[-1]), "otherwise", first, rule)


def _unreached(document: Spec, references: list[_Reference]) -> Iterator[DocumentError]:
    """A fault for each node that no caller can reach."""
    reached = set[str]()
    new = {TREE}
    while new:
        targets = {reference.target for reference in references if reference.where in new}
        new = {place_of(target) for target in targets - reached}
        reached |= targets
    for name in document["nodes"]:
        if name not in reached:
            rule = "cannot be reached; remove it, or let a key lead to it"
            yield DocumentError(place_of(name), "name", name, rule)
