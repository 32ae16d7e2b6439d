"""IVR trees in the console: outlined, edited node by node, refused, and never saved unseen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from functions.console.accounts import Chosen
from functions.console.audit import AuditLog
from functions.pivot.ivr_tree.tree import Tree
from pivotctl.keys import entry, new_key
from pivotkit.store.directory import Directory, Entries, Entry
from tests.console import HASH, Answer, Visitor, cookie, signed_in
from tests.events import ACCOUNT

KEY = "acme"
USER = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
STORED: Entry = {
    "start": "main",
    "operator": "desk",
    "nodes": {
        "main": {"prompt": "For <b>sales, press 1.", "keys": {"1": "sales", "0": "operator"}},
        "sales": {"user": USER, "seconds": 20, "otherwise": "bye"},
        "desk": {"user": USER},
        "bye": {"hangup": "Goodbye."},
    },
}
MAIN, SALES, BYE = 0, 1, 2
"""Numbers of nodes in the form: the order in which callers come to them."""

PAGE = f"/entries/trees?account={ACCOUNT}&key={KEY}"


@pytest.fixture(autouse=True)
def entries(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Entries:
    """The account's trees, in a deployed stack with a console key."""
    assert tables
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    monkeypatch.setenv("KEY_HASHES", HASH)
    stored = Directory("ivr_tree").of(Chosen(ACCOUNT))
    stored.put(KEY, STORED)
    return stored


class Fields(HTMLParser):
    """The fields of a form as a browser sends them."""

    def __init__(self, page: Answer) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._select = self._area = ""
        self.feed(page.text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Take the value of a field, or the name of the one whose content follows."""
        given = dict(attributes)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.found[name] = value
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            self.found[name] = ""
        elif tag == "option" and "selected" in given:
            self.found[self._select] = value

    def handle_endtag(self, tag: str) -> None:
        """End a text area."""
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        """Take the text of a text area, without the line end that it begins with."""
        if self._area:
            self.found[self._area] = data.removeprefix("\n")


def typed(page: Answer, **changed: str) -> dict[str, str]:
    """The fields of the form, some of them *changed*: `node_0__value` is that of the first node."""
    named = {name.removeprefix("node_").replace("__", "."): text for name, text in changed.items()}
    return {**Fields(page).found, **named}


def confirmed(visitor: Visitor, fields: Mapping[str, str]) -> Answer:
    """The answer to a form whose changes were shown and confirmed."""
    page = visitor.post("/entries/trees", **fields)
    found = re.search(r'name="confirm" value="([^"]+)"', page.text)
    assert found, page.shown
    return visitor.post("/entries/trees", **fields, confirm=found[1])


def stored_nodes(entries: Entries) -> dict[str, Any]:
    """The nodes of the tree that callers get, which the template reads without a fault."""
    entry: Any = entries.get(KEY)
    Tree.of(entry)
    nodes: dict[str, Any] = entry["nodes"]
    return nodes


def test_a_tree_is_an_outline() -> None:
    """Each key leads to its node, which stands below it once; texts are shown as text."""
    shown = signed_in().get(PAGE)
    assert shown.status == 200
    assert "1 sales Ring a user" in shown.shown
    assert "no answer bye Say goodbye and hang up Goodbye." in shown.shown
    assert "0 operator" in shown.shown
    assert "For <b>sales" in shown.shown
    assert "<b>sales" not in shown.text


def test_an_unchanged_form_changes_nothing() -> None:
    """The form has all of a tree: sent as it is, it is what is stored."""
    visitor = signed_in()
    answer = visitor.post("/entries/trees", **typed(visitor.get(PAGE)))
    assert "Nothing to save" in answer.shown


def test_a_change_is_shown_before_it_is_saved(entries: Entries) -> None:
    """The first press shows what changes and stores nothing; the second one saves just that."""
    visitor = signed_in()
    page = visitor.get(PAGE)
    fields = typed(page, node_0__value="For sales, press 2.", node_0__0__key="2")
    shown = visitor.post("/entries/trees", **fields)
    assert "before: prompt: For <b>sales, press 1. 1 leads to sales" in shown.shown
    assert "after: prompt: For sales, press 2. 2 leads to sales 0 leads to operator" in shown.shown
    assert entries.get(KEY) == STORED
    assert confirmed(visitor, fields).status == 303
    main = {"prompt": "For sales, press 2.", "keys": {"2": "sales", "0": "operator"}}
    assert stored_nodes(entries)["main"] == main
    (audit,) = AuditLog().of_account(ACCOUNT)
    assert (audit.audit[1:], audit.outcome) == (("save entries", "ivr_tree", "acme: main"), "done")


def test_nodes_are_added_and_removed(entries: Entries) -> None:
    """A new node gets the fields of its kind; what leads to a removed one has to change as well."""
    visitor = signed_in()
    added = visitor.post(
        "/entries/trees",
        **typed(
            visitor.get(PAGE),
            node_0__2__key="3",
            node_0__2__target="hours",
            add__name="hours",
            add__kind="say",
            add="yes",
        ),
    )
    assert added.status == 200
    assert entries.get(KEY) == STORED
    fields = typed(added, node_4__value="Open all day.", node_4__then="back", node_2__removed="yes")
    refused = visitor.post("/entries/trees", **fields)
    assert refused.status == 422
    assert "is not a node; write one of sales, desk" in refused.shown
    assert confirmed(visitor, {**fields, "1.otherwise": ""}).status == 303
    nodes = stored_nodes(entries)
    assert nodes.keys() == {"main", "sales", "desk", "hours"}
    assert nodes["hours"] == {"say": "Open all day.", "then": "back"}


def test_a_node_becomes_another_kind(entries: Entries) -> None:
    """A node of another kind has the fields of that kind alone."""
    visitor = signed_in()
    fields = typed(visitor.get(PAGE), node_1__kind="voicemail", node_2__removed="yes")
    assert confirmed(visitor, fields).status == 303
    assert stored_nodes(entries)["sales"] == {"voicemail": USER}


@pytest.mark.parametrize(
    ("changed", "field", "fault"),
    [
        ({"node_0__value": ""}, "0.value", "must have 1 to 450 characters, not 0"),
        ({"node_0__value": "<i>" * 151}, "0.value", "must have 1 to 450 characters, not 453"),
        ({"node_0__0__target": "sails"}, "0.0", "is not a node; write one of main, sales"),
        ({"node_0__0__target": ""}, "0.0", "must have a target"),
        ({"node_0__0__key": "x"}, "0.keys", "x: must match [0-9*]+"),
        ({"node_0__0__key": ""}, "0.keys", "must have a key for each target"),
        ({"node_0__0__key": "0"}, "0.0", "is already the key of another target"),
        ({"node_1__seconds": "soon"}, "1.seconds", "must be an integer"),
        ({"node_1__otherwise": "main"}, "1.otherwise", "is a node of the wrong kind"),
        ({"node_1__value": "http://x/"}, "1.value", "must be an id, not a URL"),
        ({"node_0__0__target": "bye"}, "1.name", "cannot be reached; remove it"),
        ({"tree__start": "bye"}, "tree.start", "is a node of the wrong kind; write one of main"),
        ({"tree__depth": "99"}, "tree.depth", "must be 1 to 20"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(
    entries: Entries, changed: dict[str, str], field: str, fault: str
) -> None:
    """The template's own rule stands at the field, what was typed stays, and nothing is saved."""
    visitor = signed_in()
    fields = typed(visitor.get(PAGE), **changed)
    answer = visitor.post("/entries/trees", **fields)
    assert answer.status == 422
    place = re.search(rf'<p class="fault" id="{re.escape(field)}-fault">([^<]*)</p>', answer.text)
    assert place, answer.shown
    assert fault in place[1]
    kept = Fields(answer).found
    assert {name: kept[name] for name in fields} == fields
    assert "<i>" not in answer.text
    assert 'name="confirm"' not in answer.text
    assert entries.get(KEY) == STORED
    assert AuditLog().of_account(ACCOUNT) == []


@pytest.mark.parametrize("name", ["", "main", "back", "Ä", "x" * 33])
def test_a_name_of_a_node_is_new_and_plain(entries: Entries, name: str) -> None:
    """A node is not added under a name that is taken, or that no node can have."""
    visitor = signed_in()
    fields = typed(visitor.get(PAGE), add__name=name, add__kind="say", add="yes")
    answer = visitor.post("/entries/trees", **fields)
    assert answer.status == 422
    assert 'id="add.name-fault"' in answer.text
    assert Fields(answer).found["add.name"] == name
    assert entries.get(KEY) == STORED


def test_the_second_of_two_editors_is_told(entries: Entries) -> None:
    """A tree that changed since the page was opened is not overwritten, whatever came between."""
    visitor = signed_in()
    page = visitor.get(PAGE)
    newer: Entry = {**STORED, "wrong_keys": 2}
    entries.put(KEY, newer)
    fields = typed(page, add__name="hours", add__kind="hangup", add="yes")
    added = visitor.post("/entries/trees", **fields)
    fields = typed(added, node_4__value="Closed.", node_0__2__key="3", node_0__2__target="hours")
    answer = visitor.post("/entries/trees", **fields)
    assert answer.status == 409
    assert "Somebody else changed this" in answer.shown
    assert "Wrong keys in a row before: 2" in answer.shown
    assert entries.get(KEY) == newer


def test_a_new_tree_and_its_end(entries: Entries) -> None:
    """An account gets a tree, under a name that a setting can have, and loses it again."""
    visitor = signed_in()
    page = visitor.get(f"/entries/trees?account={ACCOUNT}&key=")
    refused = visitor.post("/entries/trees", **typed(page, key="../night"))
    assert "must have 1 to 64 letters" in refused.shown
    assert confirmed(visitor, typed(page, key="night")).status == 303
    made = entries.get("night")
    assert Tree.of(made).start == "main"
    page = visitor.get(f"/entries/trees?account={ACCOUNT}&key=night")
    version = Fields(page).found["version"]
    gone = {"account": ACCOUNT, "key": "night", "version": version, "delete": "yes"}
    assert confirmed(visitor, gone).status == 303
    assert entries.get("night") is None


@pytest.mark.parametrize(
    "broken",
    [
        {"nodes": 5},
        {"start": "main", "nodes": {"main": "say"}},
        {"start": ["main"], "nodes": {"main": {"prompt": 7, "keys": {"1": {}}}, "b": {"keys": []}}},
    ],
)
def test_a_tree_that_cannot_be_read_has_a_form(entries: Entries, broken: Entry) -> None:
    """Whatever is stored, the page shows its faults, and a form that can be saved without them."""
    entries.put(KEY, broken)
    visitor = signed_in()
    page = visitor.get(PAGE)
    assert page.status == 200
    assert 'class="fault"' in page.text
    assert visitor.post("/entries/trees", **typed(page)).status == 422


def test_masked_numbers_keep_a_tree_as_it_is(
    entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A viewer without numbers sees a tree that has one masked, and cannot change it."""
    key = new_key("console")
    hashes = f"{HASH} {entry(key, (ACCOUNT,), ('see', 'change'))}"
    monkeypatch.setenv("KEY_HASHES", hashes)
    visitor = Visitor(cookie(hashes, key))
    fields = typed(visitor.get(PAGE), node_2__value="Bye.")
    assert "For <b>sales" in visitor.get(PAGE).shown
    nodes: Entry = {
        "a": {"prompt": "Call +14155550123.", "keys": {"1": "b"}},
        "b": {"hangup": "Goodbye."},
    }
    spoken: Entry = {"start": "a", "nodes": nodes}
    entries.put(KEY, spoken)
    page = visitor.get(PAGE)
    assert "you have to see them whole" in page.shown
    assert "4155550123" not in page.text
    answer = visitor.post("/entries/trees", **fields)
    assert answer.status == 403
    assert "4155550123" not in answer.text
    assert entries.get(KEY) == spoken
