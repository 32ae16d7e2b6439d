"""A whole IVR as data: menus by name, where their keys lead, and how calls end.

A tree is a JSON object with `nodes` by name, and `start`, the name of the first menu. A node is one
of these; TEXT has at most 450 characters:

    {"prompt": TEXT, "keys": {"1": TARGET, ...}}                                 a menu
    {"play": MEDIA, "keys": {"1": TARGET, ...}}                                  a menu, recorded
    {"say": TEXT, "then": TARGET}                                                goes on
    {"user" or "device" or "group": ID, "seconds": 20, "otherwise": NODE}        rings: an end
    {"voicemail": ID}                                                            an end
    {"hangup": TEXT}                                                             an end

A TARGET is the name of a node, or `back`, or `repeat`, or `operator`: the end that the tree names
as its `operator`. Callers get there, too, after `wrong_keys` wrong keys or silences in a row (3
unless set) and below `depth` menus (5 unless set); without an operator the call ends.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pivotkit import kazoo
from pivotkit.calls.conversations import BUT_POUND, Conversation, ask
from pivotkit.core.errors import AnswerError
from pivotkit.kazoo import Action, endpoint, hangup, play, ring_group, tts
from pivotkit.lookups.documents import DocumentError
from tree_rules import BACK, OPERATOR, REPEAT, Spec, check, kind_of

SORRY = "Sorry, that's not a valid choice. "
GOODBYE = tts("Goodbye.") >> hangup()
NOBODY = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()

type Node = Menu | Say | Action
type Way = tuple[str, ...]
"""The names of the nodes from the start to where the caller is."""


class Menu(NamedTuple):
    """A node that asks: a text or a recording, and a target by keys."""

    prompt: str | Action
    keys: Mapping[str, str]

    @property
    def longest(self) -> int:
        """How many keys KAZOO has to wait for."""
        return max(map(len, self.keys))

    def after(self, notice: str) -> str | Action:
        """The prompt behind *notice*."""
        if isinstance(self.prompt, str):
            return notice + self.prompt
        return tts(notice, terminators=BUT_POUND) >> self.prompt if notice else self.prompt


class Say(NamedTuple):
    """A node that is spoken and goes on by itself."""

    text: str
    then: str


class Tree(NamedTuple):
    """A tree that was checked. An `Action` among *nodes* is an end; `operator` is always there."""

    nodes: Mapping[str, Node]
    start: str
    wrong_keys: int
    depth: int

    @classmethod
    def of(cls, document: Any) -> "Tree":
        """The tree that a JSON value describes. Raises `DocumentError`."""
        check(document)
        specs: Mapping[str, Spec] = document["nodes"]
        operator = _end(document[OPERATOR], specs) if OPERATOR in document else GOODBYE
        return cls(
            nodes={name: _node(name, specs) for name in specs} | {OPERATOR: operator},
            start=document["start"],
            wrong_keys=document.get("wrong_keys", 3),
            depth=document.get("depth", 5),
        )

    def walk(self) -> Conversation:
        """Lead the caller from menu to menu to an end: `return (yield from tree.walk())`.

        Answers are stored under the menus' names: when a tree is changed during a call so that
        they do not fit any more, the caller hears the conversation's fallback.
        """
        way: Way = (self.start,)
        notice, wrong = "", 0
        while True:
            match self.nodes[way[-1]]:
                case Menu() as menu if wrong < self.wrong_keys and len(way) <= self.depth:
                    keys = yield from ask(menu.after(notice), max_digits=menu.longest, name=way[-1])
                    target = menu.keys.get(keys or "")
                    wrong = 0 if target else wrong + 1
                    way, notice = self._onwards(way, target or REPEAT)
                    if keys and not target:
                        notice = SORRY
                case Action() as end:
                    return tts(notice) >> end if notice else end
                case _:
                    way = (*way, OPERATOR)

    def _onwards(self, way: Way, target: str) -> tuple[Way, str]:
        """The way to *target*, and what is said on it."""
        node, notice = self.nodes.get(target), ""
        if isinstance(node, Say):
            notice, target = f"{node.text} ", REPEAT if node.then == BACK else node.then
        if target == REPEAT:
            return way, notice
        if target == BACK:
            return way[:-1] or way, notice
        if target in way:
            return way[: way.index(target) + 1], notice
        return (*way, target), notice


def _node(name: str, specs: Mapping[str, Spec]) -> Node:
    """The node *name*, built. Raises `DocumentError` for what KAZOO would refuse."""
    spec = specs[name]
    try:
        match kind_of(spec):
            case "prompt":
                return Menu(spec["prompt"], spec["keys"])
            case "play":
                return Menu(play(spec["play"], terminators=BUT_POUND), spec["keys"])
            case "say":
                return Say(spec["say"], spec["then"])
            case _:
                return _end(name, specs)
    except AnswerError as error:
        raise DocumentError(f"node {name}", error.field, error.value, error.rule) from error


def _end(name: str, specs: Mapping[str, Spec], rung: tuple[str, ...] = ()) -> Action:
    """The flow of an end; *rung* are those who did not answer before."""
    spec = specs[name]
    if name in rung:
        raise DocumentError(
            f"node {rung[-1]}", "otherwise", name, "must not come round to it again"
        )
    match kind_of(spec):
        case "hangup":
            return tts(spec["hangup"]) >> hangup()
        case "voicemail":
            return kazoo.voicemail(spec["voicemail"])
        case kind:
            following = spec.get("otherwise")
            nobody = _end(following, specs, (*rung, name)) if following else NOBODY
            return _rings(kind, spec) >> nobody


def _rings(kind: str, spec: Spec) -> Action:
    seconds = spec.get("seconds", 20)
    if kind == "group":
        return ring_group([endpoint(spec["group"], "group")], timeout=seconds)
    ring = kazoo.user if kind == "user" else kazoo.device
    return ring(spec[kind], timeout=seconds)
