"""Listed callers in the console: pasted, checked, and removed."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from functions.console.accounts import Chosen
from functions.console.audit import AuditLog
from pivotctl.keys import entry
from pivotkit.store.directory import Directory, Entries
from tests.console import HASH, KEY, Answer, Visitor, cookie, signed_in
from tests.events import ACCOUNT

PAGE = f"/entries/callers?account={ACCOUNT}"
STORED = {"+14155550166": {"rule": "deny", "reason": "Sorry <b>no"}}


@pytest.fixture(autouse=True)
def entries(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Entries:
    """The account's list with one caller, in a deployed stack with a console key."""
    assert tables
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    monkeypatch.setenv("KEY_HASHES", HASH)
    monkeypatch.setenv("ENDPOINTS", "pivot/caller_list")
    listed = Directory("caller_list").of(Chosen(ACCOUNT))
    for key, value in STORED.items():
        listed.put(key, value)
    return listed


def paste(visitor: Visitor, text: str, **fields: str) -> Answer:
    """Paste lines, without a confirmation unless *fields* have one."""
    sent = {"account": ACCOUNT, "pasted": text, "rule": "deny", "home": "US", **fields}
    return visitor.post("/entries/callers", **sent)


def confirmed(visitor: Visitor, text: str, **fields: str) -> Answer:
    """Paste lines, and confirm what changes."""
    shown = paste(visitor, text, **fields)
    found = re.search(r'name="confirm" value="(\w+)"', shown.text)
    assert found, shown.shown
    return paste(visitor, text, **fields, confirm=found[1])


def test_pasted_numbers_are_stored_as_calls_are_looked_up(entries: Entries) -> None:
    """Any way to write a number is shown in its canonical form, and stored once confirmed."""
    visitor = signed_in()
    text = "(415) 555-0123\r\n\r\n011 44 20 7183 8750, Sorry\r\nanonymous\tHidden, no\r\n1001"
    shown = paste(visitor, text)
    assert "+14155550123 after: deny" in shown.shown
    assert "+442071838750 after: deny: Sorry" in shown.shown
    assert entries.entries() == STORED
    assert confirmed(visitor, text).status == 303
    assert entries.entries() == {
        **STORED,
        "+14155550123": {"rule": "deny"},
        "+442071838750": {"rule": "deny", "reason": "Sorry"},
        "anonymous": {"rule": "deny", "reason": "Hidden, no"},
        "1001": {"rule": "deny"},
    }


def test_a_caller_is_changed_or_removed(entries: Entries) -> None:
    """A listed number gets another rule and keeps its reason; a marked one is gone."""
    visitor = signed_in()
    assert "Sorry <b>no" in visitor.get(PAGE).shown
    assert confirmed(visitor, "+14155550166", rule="allow").status == 303
    assert entries.get("+14155550166") == {"rule": "allow", "reason": "Sorry <b>no"}
    assert confirmed(visitor, "", remove="+14155550166").status == 303
    assert entries.entries() == {}
    details = sorted(each.audit.details for each in AuditLog().of_account(ACCOUNT))
    assert details == ["+1 415 ••• ••66 allow", "+1 415 ••• ••66 removed"]


@pytest.mark.parametrize(
    ("text", "fields", "fault"),
    [
        ("+14155550123\n<b>jo", {}, "line 2: <b>jo is not a number"),
        ("4155550", {}, "line 1: 4155550 is not a number"),
        ("+14155550123\n415-555-0123", {}, "line 2: +14155550123 is in line 1 already"),
        (f"+14155550123,{'x' * 401}", {}, "line 1: +14155550123 has a reason of more than 400"),
        ("+14155550123", {"home": "USA"}, "must be two capital letters (ISO 3166): write US"),
        ("+14155550123", {"rule": "maybe"}, "must be one of deny, allow"),
        ("\n".join(f"+1415555{each:04}" for each in range(101)), {}, "more than 100 changes"),
    ],
)
def test_a_wrong_line_is_refused(
    entries: Entries, text: str, fields: dict[str, str], fault: str
) -> None:
    """Each wrong line is named by its number, what was pasted stays, and nothing is saved."""
    answer = paste(signed_in(), text, **fields)
    assert answer.status == 422
    assert fault in answer.shown
    assert "<b>" not in answer.text
    assert entries.entries() == STORED


def test_a_list_that_changed_after_its_review_is_shown_again(entries: Entries) -> None:
    """A caller whom somebody else has changed meanwhile is not overwritten unseen."""
    visitor = signed_in()
    shown = paste(visitor, "+14155550166", rule="allow")
    found = re.search(r'name="confirm" value="(\w+)"', shown.text)
    assert found
    entries.put("+14155550166", {"rule": "deny", "reason": "Fraud"})
    again = paste(visitor, "+14155550166", rule="allow", confirm=found[1])
    assert "before: deny: Fraud after: allow: Fraud" in again.shown
    assert (entries.get("+14155550166") or {})["rule"] == "deny"


def test_a_long_list_has_pages(entries: Entries) -> None:
    """The second page begins where the first one ends."""
    for number in range(120):
        entries.put(f"+1415556{number:04}", {"rule": "deny"})
    visitor = signed_in()
    first = visitor.get(PAGE)
    link = re.search(r'href="(/entries/callers\?account=\w+&amp;past=[^"]+)"', first.text)
    assert link
    second = visitor.get(link[1].replace("&amp;", "&"))
    assert first.text.count('name="remove"') == 100
    assert second.text.count('name="remove"') == 21
    assert confirmed_removal(visitor, "+14155560119").status == 303
    assert entries.get("+14155560119") is None


def confirmed_removal(visitor: Visitor, number: str) -> Answer:
    """Remove a caller by what the page with the review has in its form."""
    page = paste(visitor, "", remove=number)
    found = re.search(r'name="confirm" value="(\w+)"', page.text)
    assert found
    kept = re.findall(r'<input type="hidden" name="remove" value="([^"]+)">', page.text)
    return paste(visitor, "", remove=kept[0], confirm=found[1])


def test_masked_numbers_cannot_be_changed(
    entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the role see-numbers the list is masked, and its form refused."""
    limited = entry(KEY, (), ("see", "change"))
    monkeypatch.setenv("KEY_HASHES", limited)
    visitor = Visitor(cookie(limited))
    page = visitor.get(PAGE)
    assert "+1 415 ••• ••66" in page.shown
    assert "5550166" not in page.text
    assert paste(visitor, "", remove="+14155550166").status == 403
    assert entries.entries() == STORED
