"""The form with an IVR tree: its first menu and limits, and the fields of each node.

The layer's own rules say what is wrong, so that no tree is saved that callers would not get.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

from entry_changes import Difference
from form import Form

from pivotkit.http.parameters import Value
from pivotkit.store.directory import Entry

MOST_NODES = 100
MOST_KEYS = 20
"""Nodes of a tree, and keys of a menu, that the form has at most."""

MOST_BYTES = 256 * 1024
MOST_FIELDS = 5000
"""Limits of the posted form."""

ADDED = "the added node"
"""The place of a fault in the fields that add a node."""

NAME_TAKEN = "is already the name of a node"
NO_TARGET = "must have a target"
NO_KEY = "must have a key for each target"
KEY_TAKEN = "is already the key of another target"
TOO_MANY = f"has {MOST_NODES} nodes already, and this form shows no more"
_KEYPAD = "1234567890*"
SPOKEN = frozenset({"prompt", "say", "hangup"})
"""Kinds of nodes with a text; the others have the ID of something."""

TOP = {
    "start": "First menu",
    "operator": "Operator",
    "wrong_keys": "Wrong keys in a row",
    "depth": "Nested menus",
}
"""Fields of the tree itself, and their titles."""

type Faults = dict[tuple[str, str], str]
"""Rules that are broken, by place and field."""

type Keys = tuple[tuple[str, str], ...]
"""Keys and their targets, in the order of the keypad."""


class Node(NamedTuple):
    """The fields of a node, as texts; *value* is a text or an ID, by *kind*."""

    name: str
    kind: str
    value: str = ""
    keys: Keys = ()
    then: str = ""
    seconds: str = ""
    otherwise: str = ""
    removed: bool = False

    @classmethod
    def stored(cls, name: str, spec: Any) -> Self:
        """The fields of a stored node, of whatever it has."""
        from pivotkit.lookups.ivr_trees import KINDS  # noqa: PLC0415  (slow to import)

        spec = spec if isinstance(spec, dict) else {}
        kind = next((each for each in KINDS if each in spec), KINDS[0])
        keys = spec.get("keys")
        given = keys if isinstance(keys, dict) else {}
        then, seconds, otherwise = (_text(spec, each) for each in ("then", "seconds", "otherwise"))
        value = _text(spec, kind)
        return cls(name, kind, value, tuple(_by_keypad(given)), then, seconds, otherwise)

    @classmethod
    def sent(cls, form: Form, number: int) -> Self:
        """The fields of a node in a posted form."""

        def field(name: str) -> str:
            return form.text(f"{number}.{name}").strip()

        pairs = ((field(f"{row}.key"), field(f"{row}.target")) for row in range(MOST_KEYS))
        kind = field("kind")
        return cls(
            field("name"),
            kind,
            _lines_of(form.text(f"{number}.value")) if kind in SPOKEN else field("value"),
            tuple(pair for pair in pairs if any(pair)),
            field("then"),
            field("seconds"),
            field("otherwise"),
            removed=f"{number}.removed" in form.texts,
        )

    @property
    def spec(self) -> Entry:
        """The node as it is stored, with the fields of its kind alone."""
        from pivotkit.lookups.ivr_trees import MENUS, RINGS  # noqa: PLC0415  (slow to import)

        spec: Entry = {self.kind: self.value}
        if self.kind in MENUS:
            spec["keys"] = dict(self.keys)
        elif self.kind == "say":
            spec["then"] = self.then
        elif self.kind in RINGS:
            spec |= {"seconds": _whole(self.seconds)} if self.seconds else {}
            spec |= {"otherwise": self.otherwise} if self.otherwise else {}
        return spec

    @property
    def rows(self) -> Keys:
        """Rows of the form: keys with their targets, and empty ones to add to them."""
        return (*self.keys, ("", ""), ("", ""))[:MOST_KEYS]


class Sent(NamedTuple):
    """A tree as the form has it: texts of the fields in `TOP`, its nodes, and its faults."""

    top: Mapping[str, str]
    nodes: tuple[Node, ...]
    faults: Faults

    @classmethod
    def of(cls, form: Form) -> Self:
        """The content of a posted form, not checked."""
        numbers = (number for number in range(MOST_NODES) if f"{number}.name" in form.texts)
        nodes = tuple(Node.sent(form, number) for number in numbers)
        return cls({name: form.text(f"tree.{name}").strip() for name in TOP}, nodes, {})

    @classmethod
    def stored(cls, entry: Entry) -> Self:
        """The content of a form for a stored tree, with its faults."""
        found = entry.get("nodes")
        specs = found if isinstance(found, dict) else {}
        nodes = tuple(Node.stored(name, specs[name]) for name in ordered(entry))
        return cls({name: _text(entry, name) for name in TOP}, nodes, faults_of(entry))

    @property
    def kept(self) -> tuple[Node, ...]:
        """The nodes that are not to be removed."""
        return tuple(node for node in self.nodes if not node.removed)

    @property
    def fits(self) -> bool:
        """Whether the form shows all of the tree."""
        return len(self.nodes) <= MOST_NODES and all(
            len(node.keys) <= MOST_KEYS for node in self.nodes
        )

    @property
    def entry(self) -> Entry:
        """The entry to store."""
        names = {name: self.top[name] for name in ("start", "operator")}
        numbers = {name: _whole(self.top[name]) for name in ("wrong_keys", "depth")}
        top = {name: value for name, value in {**names, **numbers}.items() if value != ""}
        return {**top, "nodes": {node.name: node.spec for node in self.kept}}

    def checked(self) -> Self:
        """The tree with its faults."""
        return self._replace(faults=faults_of(self.entry) | dict(_key_faults(self.kept)))

    def plus(self, name: str, kind: str) -> Self:
        """The tree with a new node, or with the fault of its name."""
        from pivotkit.lookups.ivr_trees import KINDS, NAME_RULE, is_name  # noqa: PLC0415  (slow)

        rule = "" if is_name(name) else NAME_RULE
        if name in [node.name for node in self.nodes]:
            rule = NAME_TAKEN
        if len(self.nodes) >= MOST_NODES:
            rule = TOO_MANY
        if rule:
            return self._replace(faults={(ADDED, "name"): rule})
        new = Node(name, kind if kind in KINDS else KINDS[0])
        return self._replace(nodes=(*self.nodes, new))


def differences(old: Entry | None, new: Entry | None) -> Iterator[Difference]:
    """Differences between trees, in words: of the tree itself, and of each node."""
    before, after = _described(old), _described(new)
    for name in {**before, **after}:
        if before.get(name, "") != after.get(name, ""):
            yield Difference(name, before.get(name, ""), after.get(name, ""))


def faults_of(entry: Entry) -> Faults:
    """The rules of `ivr_tree` that a tree breaks, by place and field."""
    from pivotkit.lookups.ivr_trees import faults  # noqa: PLC0415  (slow to import)

    found: Faults = {}
    for fault in faults(entry):
        named = f"{fault.value}: " if fault.field == "keys" and isinstance(fault.value, str) else ""
        found.setdefault((fault.where, fault.field), f"{named}{fault.rule}")
    return found


def ordered(entry: Entry) -> list[str]:
    """The names of nodes, in the order in which callers come to them, and then the others."""
    nodes = entry.get("nodes")
    if not isinstance(nodes, dict):
        return []
    found: dict[str, None] = {}
    waiting = [str(entry.get("start"))]
    while waiting:
        name = waiting.pop()
        if name in nodes and name not in found:
            found[name] = None
            waiting.extend(reversed([target for _, target in leads(nodes[name])]))
    return [*found, *sorted(nodes.keys() - found.keys())]


def leads(spec: Any) -> Iterator[tuple[str, str]]:
    """The ways on from a node, in order: its keys, `then`, and `otherwise`, with their targets."""
    node = Node.stored("", spec)
    yield from node.keys
    yield from (
        (name, to) for name, to in (("then", node.then), ("no answer", node.otherwise)) if to
    )


def _described(entry: Entry | None) -> dict[str, str]:
    if entry is None:
        return {}
    tree = Sent.stored(entry)
    top = {title: tree.top[name] for name, title in TOP.items()}
    return {**top, **{node.name: "\n".join(_lines(node)) for node in tree.nodes}}


def _lines(node: Node) -> Iterator[str]:
    yield f"{node.kind}: {node.value}"
    yield from (f"{key} leads to {target}" for key, target in node.keys)
    for label, text in (("then", node.then), ("seconds", node.seconds)):
        if text:
            yield f"{label}: {text}"
    if node.otherwise:
        yield f"no answer: {node.otherwise}"


def _key_faults(nodes: tuple[Node, ...]) -> Iterator[tuple[tuple[str, str], str]]:
    """Faults that a stored node cannot have: halves of rows, and keys that are there twice."""
    from pivotkit.lookups.ivr_trees import place_of  # noqa: PLC0415  (slow to import)

    for node in nodes:
        seen = set[str]()
        for key, target in node.keys:
            where = place_of(node.name)
            if not key:
                yield (where, "keys"), NO_KEY
            elif not target:
                yield (where, f"key {key}"), NO_TARGET
            elif key in seen:
                yield (where, f"key {key}"), KEY_TAKEN
            seen.add(key)


def _by_keypad(keys: Mapping[str, Value]) -> list[tuple[str, str]]:
    """Keys and targets in the order of the keypad."""
    pairs = ((str(key), str(target)) for key, target in keys.items())
    return sorted(pairs, key=lambda pair: [_KEYPAD.find(key) for key in pair[0]])


def _text(spec: Mapping[str, Value], field: str) -> str:
    value = spec.get(field)
    return "" if value is None else str(value)


def _whole(text: str) -> Value:
    """A number, or the text that is none, so that its rule is named."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else text  # noqa: PLR2004


def _lines_of(text: str) -> str:
    """A text with the line ends that a browser's field has."""
    return text.replace("\r\n", "\n")
