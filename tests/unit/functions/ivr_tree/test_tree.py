"""An IVR as data: trees that are refused, and the paths of callers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.pivot.ivr_tree.tree import GOODBYE, Tree
from pivotkit.calls.conversations import Question, Reply
from pivotkit.kazoo import Action
from pivotkit.lookups.documents import DocumentError
from pivotkit.lookups.ivr_trees import TREE, faults, place_of
from tests.kazoo import ROOT

BOX = "7a6b5c4d3e2f10918273645546372819"
type Document = dict[str, Any]


def tree(start: Document | None = None, /, top: Document | None = None, **nodes: Any) -> Document:
    """A tree of a menu `a` and an end `z`, with fields of *start*, *top* and *nodes* replaced."""
    first = {"prompt": "Press 1.", "keys": {"1": "z"}, **(start or {})}
    end = {"hangup": "Goodbye."}
    return {"start": "a", "nodes": {"a": first, "z": end, **nodes}, **(top or {})}


def refused(document: object) -> str:
    """The reason why the tree is refused."""
    with pytest.raises(DocumentError) as caught:
        Tree.of(document)
    return str(caught.value)


RING = {"user": "u", "otherwise": "z"}
BAD_TREES: dict[str, tuple[object, str]] = {
    "nothing": (None, "the tree: value is None: must be an object"),
    "no start": ({"nodes": {}}, "the tree: start is None: is required"),
    "no nodes": ({"start": "a"}, "the tree: nodes is None: is required"),
    "unknown field": (tree(top={"retries": 3}), "the tree: retries is 3: must be one of start, "),
    "wrong type": (tree(top={"depth": "5"}), "the tree: depth is '5': must be an integer"),
    "start nowhere": (tree(top={"start": "b"}), "start is 'b': is not a node; write one of a"),
    "start at an end": (tree(top={"start": "z"}), "start is 'z': is a node of the wrong kind"),
    "operator asks": (tree(top={"operator": "a"}), "operator is 'a': is a node of the wrong kind"),
    "name of a word": (tree(back={"hangup": "x"}), "node back: name is 'back': must be 1 to 32"),
    "name in capitals": (tree(Z={"hangup": "x"}), "node Z: name is 'Z': must be 1 to 32 of a-z"),
    "node of text": (tree(b="say"), "node b: value is 'say': must be an object"),
    "node of no kind": (tree(b={"keys": {}}), "node b: kind is ['keys']: must have exactly one of"),
    "two kinds": (tree(b={"say": "x", "user": "u"}), "node b: kind is ['say', 'user']: must have"),
    "no keys": (tree({"keys": {}}), "node a: keys is {}: must be an object"),
    "field of others": (tree({"then": "z"}), "node a: then is 'z': must be one of prompt, keys"),
    "letters": (tree({"keys": {"x": "z"}}), "node a: keys is 'x': must match [0-9*]+"),
    "target of no text": (tree({"keys": {"1": 5}}), "node a: key 1 is 5: must be text"),
    "target nowhere": (
        tree({"keys": {"1": "z", "4": "bils"}}),
        "node a: key 4 is 'bils': is not a node; write one of a, z, back, repeat, operator",
    ),
    "no operator": (
        tree({"keys": {"1": "z", "0": "operator"}}),
        "node a: key 0 is 'operator': the tree has no operator; add `operator` next to `start`",
    ),
    "say and say": (
        tree({"keys": {"1": "b"}}, b={"say": "x", "then": "c"}, c={"say": "x", "then": "z"}),
        "node b: then is 'c': is a node of the wrong kind; write one of a, z",
    ),
    "say and repeat": (
        tree({"keys": {"1": "b"}}, b={"say": "x", "then": "repeat"}),
        "node b: then is 'repeat': is not a node; write one of a, z, back, operator",
    ),
    "ring and ask": (
        tree({"keys": {"1": "b"}}, b={"user": "u", "otherwise": "a"}),
        "node b: otherwise is 'a': is a node of the wrong kind; write one of z, b",
    ),
    "ring in a circle": (
        tree(
            {"keys": {"1": "b", "2": "z"}},
            b={"user": "u", "otherwise": "c"},
            c={**RING, "otherwise": "b"},
        ),
        "node c: otherwise is 'b': must not lead back to an earlier node",
    ),
    "never reached": (tree(b={"hangup": "x"}), "node b: name is 'b': cannot be reached; remove"),
    "nothing to speak": (tree({"prompt": "\x07 "}), "prompt is '\\x07 ': must have something to"),
    "a long text": (tree({"prompt": "x" * 451}), "must have 1 to 450 characters, not 451"),
    "a mailbox": (
        tree({"keys": {"1": "b", "2": "z"}}, b={"voicemail": "42"}),
        "node b: voicemail is '42': must have 32 to 32 characters, not 2",
    ),
    "a URL as an id": (
        tree({"keys": {"1": "b", "2": "z"}}, b={"user": "http://x/"}),
        "node b: user is 'http://x/': must be an id, not a URL",
    ),
}


@pytest.mark.parametrize("name", BAD_TREES)
def test_a_bad_tree_is_refused(name: str) -> None:
    """The error names the node, the field or key, the value, and the fix."""
    document, message = BAD_TREES[name]
    assert message in refused(document)


def test_every_fault_has_its_place() -> None:
    """A form gets all faults at once, each with the node and the field that it belongs to."""
    start = {"prompt": "", "keys": {"x": "z", "1": 5}}
    bad = tree(start, {"depth": 0}, b={"user": "u", "x": 1})
    assert [(fault.where, fault.field) for fault in faults(bad)] == [
        (TREE, "depth"),
        (place_of("a"), "prompt"),
        (place_of("a"), "keys"),
        (place_of("a"), "key 1"),
        (place_of("b"), "x"),
    ]
    astray = tree({"keys": {"1": "y", "2": "operator"}}, top={"start": "z"})
    assert [(fault.where, fault.field) for fault in faults(astray)] == [
        (TREE, "start"),
        (place_of("a"), "key 1"),
        (place_of("a"), "key 2"),
    ]


TEXTS = st.sampled_from(["Press 1.", "${x}", "\x07", " ", "u", "http://x/", BOX])
SPECS = st.one_of(
    st.fixed_dictionaries({"prompt": TEXTS, "keys": st.just({"1": "z"})}),
    st.fixed_dictionaries({"play": TEXTS, "keys": st.just({"1": "z"})}),
    st.fixed_dictionaries({"say": TEXTS, "then": st.sampled_from(["z", "a", "back", "operator"])}),
    *(
        st.fixed_dictionaries(
            {kind: TEXTS},
            optional={"seconds": st.integers(0, 301), "otherwise": st.sampled_from("bcz")},
        )
        for kind in ("user", "device", "group")
    ),
    st.fixed_dictionaries({"voicemail": TEXTS}),
    st.fixed_dictionaries({"hangup": TEXTS}),
)


@given(SPECS, SPECS)
def test_a_tree_without_faults_is_built(b: Document, c: Document) -> None:
    """KAZOO's rules for each action are among those of a tree: what they pass can be answered."""
    document = tree({"keys": {"1": "z", "2": "b", "3": "c"}}, {"operator": "z"}, b=b, c=c)
    if not faults(document):
        assert Tree.of(document).nodes.keys() == {"a", "b", "c", "z", "operator"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from("a z"), inner),
)


@given(JSON, JSON)
def test_any_json_is_refused_with_a_reason(node: Any, top: Any) -> None:
    """Any other JSON in place of a tree or a node is refused with an error that names it."""
    for document in (top, tree(b=node), tree({"keys": node})):
        assert " is " in refused(document)


def walked(document: Document, *keys: str | None) -> tuple[list[str], Action | None]:
    """The names of the menus that the caller hears, and the end if it is reached."""
    conversation = Tree.of(document).walk()
    menus = []
    try:
        question: Question = next(conversation)
        for pressed in keys:
            menus.append(str(question.name))
            question = conversation.send(Reply(pressed))
        return [*menus, str(question.name)], None
    except StopIteration as stop:
        return menus, stop.value


DEEP = tree(
    {"keys": {"1": "b", "*": "repeat", "9": "back"}},
    {"depth": 2, "operator": "desk"},
    b={"play": "recording", "keys": {"1": "c", "9": "back", "33": "z"}},
    c={"prompt": "Press 9.", "keys": {"9": "back", "1": "a"}},
    desk={"voicemail": BOX},
)


@pytest.mark.parametrize(
    ("keys", "menus"),
    [
        (["1"], ["a", "b"]),
        (["1", "9"], ["a", "b", "a"]),
        (["9", "*"], ["a", "a", "a"]),
        (["1", None, "7", "9"], ["a", "b", "b", "b", "a"]),
    ],
)
def test_menus(keys: list[str | None], menus: list[str]) -> None:
    """Keys lead on, `back` from the first menu stays there, and silence repeats the menu."""
    assert walked(DEEP, *keys) == (menus, None)


@given(st.lists(st.none() | st.text("0123456789*", min_size=1, max_size=2), max_size=30))
def test_any_keys(keys: list[str | None]) -> None:
    """Callers are in a menu or at an end, whatever keys they press."""
    menus, end = walked(DEEP, *keys)
    assert set(menus) <= {"a", "b", "c"}
    assert end is not None or len(menus) == len(keys) + 1


def test_too_deep() -> None:
    """The operator follows the deepest menu that is allowed."""
    menus, end = walked(DEEP, "1", "1")
    assert menus == ["a", "b"]
    assert end is not None
    assert end.data == {"id": BOX}


def test_without_an_operator() -> None:
    """A tree without an operator ends the call after wrong keys."""
    document = tree(top={"wrong_keys": 2})
    menus, end = walked(document, None, None)
    assert (menus, end) == (["a", "a"], GOODBYE)


def test_a_notice_before_a_recording() -> None:
    """A notice is also spoken before a recorded prompt."""
    conversation = Tree.of(DEEP).walk()
    next(conversation)
    conversation.send(Reply("1"))
    prompt = conversation.send(Reply("7")).prompt
    assert isinstance(prompt, Action)
    assert (prompt.module, prompt.children["_"].module) == ("tts", "play")


def test_keys_of_several_digits() -> None:
    """KAZOO waits for as many keys as the longest choice has."""
    conversation = Tree.of(DEEP).walk()
    assert next(conversation).max_digits == 1
    assert conversation.send(Reply("1")).max_digits == 2


def test_an_announcement_before_an_end() -> None:
    """An announcement can lead to an end."""
    document = tree({"keys": {"1": "b"}}, b={"say": "One moment.", "then": "z"})
    end = walked(document, "1")[1]
    assert end is not None
    assert end.data["text"] == "One moment."
    assert end.children["_"].data["text"] == "Goodbye."


def test_the_tree_in_the_folder() -> None:
    """The tree of the template follows the rules."""
    text = (ROOT / "functions/pivot/ivr_tree/tree.json").read_text(encoding="utf-8")
    assert Tree.of(json.loads(text)).start == "main"
