"""Settings as lists, and the history as a way back."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from pivotctl.keys import entry
from pivotkit.store.account_entries import AccountEntries
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.table import Table
from tests.console import HASH, KEY, Answer, Visitor, cookie, signed_in
from tests.events import ACCOUNT

DEVICES = ("a" * 32, "b" * 32)


@pytest.fixture(autouse=True)
def entries(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> AccountEntries:
    """The account's settings of ring, in a deployed stack with a console key."""
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    monkeypatch.setenv("KEY_HASHES", HASH)
    monkeypatch.setenv("SETTINGS_TABLE", tables["DIRECTORY_TABLE"])
    monkeypatch.setenv("ENDPOINTS", "pivot/ring pivot/paging pivot/dial_out")
    return AccountEntries(Table(tables["DIRECTORY_TABLE"], dynamodb()), "ring", ACCOUNT)


def restore(visitor: Visitor, page: Answer, name: str, function: str = "ring") -> Answer:
    """Press the first button that undoes a change of a setting."""
    form = re.search(
        rf'<form[^>]*>((?:(?!</form>).)*?name="set\.{name}"(?:(?!</form>).)*?'
        rf'aria-label="(?:Unset|Restore) {name}".*?)</form>',
        page.text,
        re.DOTALL,
    )
    assert form, page.text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form[1]))
    return visitor.post(
        f"/settings/{function}",
        **{name.replace(".", "__"): value for name, value in fields.items()},
    )


def test_a_list_is_pasted_as_lines(tables: Mapping[str, str]) -> None:
    """One item a line, with commas, or with spaces: all are stored alike, and shown as lines."""
    visitor = signed_in()
    table = Table(tables["DIRECTORY_TABLE"], dynamodb())
    for version, text in enumerate(("\r\n".join(DEVICES), ", ".join(DEVICES[::-1]))):
        form = {"account": ACCOUNT, "version": str(version), "set__page_devices": text}
        assert visitor.post("/settings/paging", **form).status == 303
        stored = AccountEntries(table, "paging", ACCOUNT).read().texts["page_devices"]
        assert stored.split(" ") == text.replace(",", " ").split()
    page = visitor.get(f"/settings/paging?account={ACCOUNT}").text
    assert re.search(rf"<textarea[^>]*>{DEVICES[1]}\n{DEVICES[0]}</textarea>", page)


def test_a_wrong_line_is_named() -> None:
    """A list with something else in it is refused, and stays as it was typed."""
    form = {"account": ACCOUNT, "version": "0", "set__page_devices": f"{DEVICES[0]}\r\n<b>"}
    answer = signed_in().post("/settings/paging", **form)
    assert answer.status == 422
    assert "must be IDs of 32 hexadecimal digits" in answer.shown
    assert "<b>" not in answer.text


def test_a_change_is_undone_from_the_history(entries: AccountEntries) -> None:
    """The value from before is set again, or unset; both are changes of their own."""
    entries.change({"ring_seconds": "30"}, (), "jo")
    entries.change({"ring_seconds": "40"}, (), "jo")
    visitor = signed_in()
    path = f"/settings/ring?account={ACCOUNT}"
    assert restore(visitor, visitor.get(path), "ring_seconds").status == 303
    assert entries.read().texts == {"ring_seconds": "30"}
    page = visitor.get(path)
    assert len(re.findall('aria-label="Restore ring_seconds"', page.text)) == 2
    last = Answer({"statusCode": 200, "headers": {}, "body": page.text[page.text.rindex("<tr>") :]})
    assert restore(visitor, last, "ring_seconds").status == 303
    assert entries.read().texts == {}
    assert len(entries.history()) == 4


def test_no_value_is_restored_as_none(entries: AccountEntries) -> None:
    """No value at all is a value, and comes back as such."""
    own = AccountEntries(entries.table, "dial_out", ACCOUNT)
    own.change({"number": ""}, (), "jo")
    own.change({"number": "+14155550123"}, (), "jo")
    visitor = signed_in()
    page = visitor.get(f"/settings/dial_out?account={ACCOUNT}")
    assert restore(visitor, page, "number", "dial_out").status == 303
    assert own.read().texts == {"number": ""}


def test_an_old_page_undoes_nothing(entries: AccountEntries) -> None:
    """Whoever sees an older version changes nothing."""
    entries.change({"ring_seconds": "30"}, (), "jo")
    visitor = signed_in()
    page = visitor.get(f"/settings/ring?account={ACCOUNT}")
    entries.change({"ring_seconds": "50"}, (), "al")
    assert restore(visitor, page, "ring_seconds").status == 409
    assert entries.read().texts == {"ring_seconds": "50"}


def test_undo_is_offered_to_those_who_may(
    entries: AccountEntries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the role change the history has no buttons."""
    entries.change({"ring_seconds": "30"}, (), "jo")
    limited = entry(KEY, (), ("see",))
    monkeypatch.setenv("KEY_HASHES", limited)
    page = Visitor(cookie(limited)).get(f"/settings/ring?account={ACCOUNT}").text
    assert "Unset ring_seconds" not in page
