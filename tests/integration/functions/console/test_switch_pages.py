"""Switches in the console: what callers find, shown before it is set."""

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

PAGE = f"/entries/switches?account={ACCOUNT}"


@pytest.fixture(autouse=True)
def entries(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Entries:
    """The account's switches, in a deployed stack with a console key."""
    assert tables
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    monkeypatch.setenv("KEY_HASHES", HASH)
    return Directory("switch").of(Chosen(ACCOUNT))


def send(visitor: Visitor, name: str, **fields: str) -> Answer:
    """Set a switch on a page that was just opened."""
    page = visitor.get(PAGE).text
    found = re.search(rf'name="key" value="{name}">\s*<input[^>]*"version" value="(\w+)"', page)
    assert found
    sent = {"account": ACCOUNT, "key": name, "version": found[1], **fields}
    shown = visitor.post("/entries/switches", **sent)
    confirm = re.search(r'name="confirm" value="(\w+)"', shown.text)
    return visitor.post("/entries/switches", **sent, confirm=confirm[1]) if confirm else shown


def test_switches_are_set_as_staff_set_them_by_phone(entries: Entries) -> None:
    """The fields are the ones that the templates read, and each change is in the audit."""
    visitor = signed_in()
    closed = {"state": "closed", "reason": " because of  a flood "}
    assert send(visitor, "emergency_closure", **closed).status == 303
    assert entries.get("emergency_closure") == {"reason": "because of a flood"}
    assert "We're closed because of a flood." in visitor.get(PAGE).shown
    assert send(visitor, "office_hours", state="closed").status == 303
    assert entries.get("office_hours") == {"mode": "closed"}
    assert send(visitor, "emergency_closure", state="open", reason="x").status == 303
    assert entries.get("emergency_closure") == {"reason": ""}
    details = {each.audit.details for each in AuditLog().of_account(ACCOUNT)}
    assert details == {
        "emergency_closure: closed because of a flood",
        "office_hours: closed, whatever the hours",
        "emergency_closure: open",
    }


@pytest.mark.parametrize(
    ("name", "state", "reason", "fault"),
    [
        ("emergency_closure", "closed", "", "must have letters or digits"),
        ("emergency_closure", "closed", "<b>$</b>{x}", "only letters, digits"),
        ("emergency_closure", "closed", "x" * 201, "at most 200 characters"),
        ("emergency_closure", "ajar", "", "must be one of open, closed"),
        ("office_hours", "ajar", "", "must be one of on schedule, open, closed"),
    ],
)
def test_a_wrong_value_is_refused(
    entries: Entries, name: str, state: str, reason: str, fault: str
) -> None:
    """A reason that callers would not hear as it is written is refused, and nothing is saved."""
    answer = send(signed_in(), name, state=state, reason=reason)
    assert answer.status == 422
    assert fault in answer.shown
    assert "<b>" not in answer.text
    assert entries.get(name) is None
    assert AuditLog().of_account(ACCOUNT) == []


def test_staff_who_were_quicker_by_phone_are_not_overruled(entries: Entries) -> None:
    """A switch that was set since the page was opened stays as it is."""
    visitor = signed_in()
    page = visitor.get(PAGE).text
    entries.put("office_hours", {"mode": "open"})
    versions = re.findall(r'name="version" value="(\w+)"', page)
    sent = {"account": ACCOUNT, "key": "office_hours", "version": versions[1], "state": "closed"}
    answer = visitor.post("/entries/switches", **sent)
    assert answer.status == 409
    assert "before: open, whatever the hours after: closed" in answer.shown
    assert entries.get("office_hours") == {"mode": "open"}


def test_who_may_not_change_sees_no_button(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the role change the form is shown, but cannot be used."""
    limited = entry(KEY, (), ("see",))
    monkeypatch.setenv("KEY_HASHES", limited)
    page = Visitor(cookie(limited)).get(PAGE).text
    assert page.count("disabled") == 2
    assert "Show what changes" not in page
