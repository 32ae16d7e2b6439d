"""The console's funnel, webhooks, and audit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest

from functions.console.audit import AuditLog
from functions.console.funnel_drawing import steps_of
from pivotkit.core.errors import StateUnavailable
from pivotkit.lookups.watched_hooks import HookState, WatchedHooks, burst_of
from pivotkit.phone.funnel import with_left
from pivotkit.services.crossbar import Account
from pivotkit.store.directory import Directory
from tests.aws import aws_client
from tests.console import HASH, KEY, Visitor, cookie, signed_in
from tests.events import ACCOUNT
from tests.integration.functions.console.filled import HOOK, fill

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def filled(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """A deployed stack with something on every page."""
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    monkeypatch.setenv("KEY_HASHES", HASH)
    monkeypatch.setenv("SETTINGS_TABLE", tables["DIRECTORY_TABLE"])
    monkeypatch.setenv("ENDPOINTS", "pivot/ring")
    fill(tables)
    return tables


# -- funnel ----------------------------------------------------------------------------------------


def test_where_callers_leave_is_drawn() -> None:
    """Steps are in the order of their callers; a bar ends with those who left."""
    answer = signed_in().get(f"/funnel?account={ACCOUNT}")
    assert "topic 10 callers, 3 left (30 %)" in answer.shown
    assert answer.shown.index("topic 10 callers") < answer.shown.index("sales 5 callers")
    assert re.search(r'<rect class="left" x="420" y="0" width="180"', answer.text)


def test_a_funnel_is_one_of_the_accounts(filled: Mapping[str, str]) -> None:
    """Names are listed without marks; an unknown one shows the first."""
    Directory("funnel").of(Account(ACCOUNT)).put("another#2020-01-01#x", {"asked": 1})
    text = signed_in().get(f"/funnel?account={ACCOUNT}&funnel=nope").text
    assert re.findall(r"<option[^>]*>([^<]*)</option>", text) == ["acme-menu", "another"]
    assert filled


@pytest.mark.parametrize(
    ("outcomes", "parts"),
    [
        ({"asked": 10, "a": 4}, [("on", 4), ("left", 6)]),
        ({"asked": 3, "a": 1, "silence": 1, "wrong_key": 1}, [("on", 1), ("unclear", 2)]),
        ({"rung": 2}, [("on", 2)]),
        ({"asked": 1, "a": 3}, [("on", 1)]),
        ({}, []),
    ],
)
def test_the_parts_of_a_bar(outcomes: dict[str, int], parts: list[tuple[str, int]]) -> None:
    """Callers go on, press no or a wrong key, or leave; late events make no negative part."""
    (step,) = steps_of({"topic": with_left(Counter(outcomes))})
    assert [(part.kind, part.callers) for part in step.parts if part.callers > 0] == parts


# -- hooks -----------------------------------------------------------------------------------------


def test_webhooks_in_trouble_come_first() -> None:
    """A disabled webhook shows KAZOO's reason, its failures against the limit, and its gap."""
    shown = signed_in().get(f"/hooks?account={ACCOUNT}").shown
    assert shown.index("acme hook") < shown.index("acme good")
    assert "disabled by KAZOO too many failed attempts 7 6 of 6" in shown
    assert "Enable again" in shown


def test_an_operator_asks_to_enable_a_webhook() -> None:
    """The request waits for hook_watch, is shown, and audited; nobody is offered it twice."""
    visitor = signed_in()
    answer = visitor.post("/hooks", account=ACCOUNT, hook=HOOK)
    assert (answer.status, answer.headers["location"]) == (303, f"/hooks?account={ACCOUNT}")
    assert WatchedHooks().is_asked(Account(ACCOUNT), HOOK)
    shown = visitor.get(answer.headers["location"]).shown
    assert "enabled with the next check, within five minutes" in shown
    assert "Enable again" not in shown
    assert f"enable webhook {HOOK} acme hook done" in visitor.get("/audit").shown


@pytest.mark.parametrize(
    ("hook", "status"), [("nope", 404), ("", 400), ("ask#x", 400), ("../x", 400), ("x" * 65, 400)]
)
def test_an_unknown_webhook_is_not_asked_for(hook: str, status: int) -> None:
    """Only a webhook that was checked can be enabled again; nothing is audited."""
    assert signed_in().post("/hooks", account=ACCOUNT, hook=hook).status == status
    assert "enable webhook" not in signed_in().get("/audit").shown


def test_failures_are_counted_as_kazoo_counts_them() -> None:
    """The most failures that fell into one minute."""
    assert [burst_of(times) for times in ([], [5], [0, 59, 60, 61], [0, 100, 200])] == [0, 1, 3, 1]


# -- audit -----------------------------------------------------------------------------------------


def test_a_change_is_audited() -> None:
    """Who, when, what, and from where: with the names of settings, whose values have a history."""
    form = {"account": ACCOUNT, "version": "1", "set__ring_seconds": "44"}
    visitor = Visitor(cookie(), address="198.51.100.7")
    assert visitor.post("/settings/ring", **form).status == 303
    shown = visitor.get(f"/audit?account={ACCOUNT}").shown
    assert re.search(
        r"Jo \(console\) 198.51.100.7 \w{8} save settings ring ring_seconds[^/]* done", shown
    )
    assert visitor.post("/settings/ring", **form).status == 409
    assert "ring_seconds failed" in visitor.get("/audit").shown.replace(", voicemail_box", "")


def test_nothing_is_changed_without_the_audit(filled: Mapping[str, str]) -> None:
    """A change that cannot be recorded is not made."""
    aws_client("dynamodb").delete_table(TableName=filled["AUDIT_TABLE"])
    form = {"account": ACCOUNT, "version": "1", "set__ring_seconds": "44"}
    assert signed_in().post("/settings/ring", **form).status == 503
    assert signed_in().post("/hooks", account=ACCOUNT, hook=HOOK).status == 503
    assert not WatchedHooks().is_asked(Account(ACCOUNT), HOOK)
    assert "account 44" not in signed_in().get(f"/settings/ring?account={ACCOUNT}").shown
    assert signed_in().get("/audit").status == 503


def test_a_change_is_made_though_its_outcome_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry without an outcome says that the change may have happened, as it has."""

    def away(*_: Any) -> None:
        raise StateUnavailable("away")

    monkeypatch.setattr("functions.console.audit.AuditLog.end", away)
    assert signed_in().post("/hooks", account=ACCOUNT, hook=HOOK).status == 303
    assert "acme hook begun" in signed_in().get("/audit").shown


def test_texts_are_text(filled: Mapping[str, str]) -> None:
    """Names from KAZOO, an issuer, or a callflow are shown as text."""
    owner = Account(ACCOUNT)
    WatchedHooks().put(
        owner, HOOK, HookState(10**10, name=HOSTILE, hook=HOSTILE, enabled=False, reason=HOSTILE)
    )
    visitor = signed_in()
    assert visitor.post("/hooks", account=ACCOUNT, hook=HOOK).status == 303
    for path in ("/hooks", "/audit"):
        page = visitor.get(f"{path}?account={ACCOUNT}")
        assert HOSTILE not in page.text
        assert HOSTILE in unescape(page.text)
    assert filled


@pytest.mark.parametrize("path", ["/funnel", "/hooks", "/audit"])
def test_pages_without_anything(path: str) -> None:
    """An empty page says what would fill it; a wrong account is named."""
    visitor = signed_in()
    assert visitor.get(path).status == 200
    assert 'class="empty card"' in visitor.get(f"{path}?account={'e' * 32}").text
    assert visitor.get(f"{path}?account=acme").status == 422
    assert KEY not in visitor.get(path).text


@pytest.mark.parametrize(("path", "table"), [("/funnel", "DIRECTORY"), ("/hooks", "DIRECTORY")])
def test_a_table_that_is_away(filled: Mapping[str, str], path: str, table: str) -> None:
    """The page says so."""
    aws_client("dynamodb").delete_table(TableName=filled[f"{table}_TABLE"])
    assert signed_in().get(f"{path}?account={ACCOUNT}").status == 503


def test_the_audit_goes_back_in_days() -> None:
    """All accounts' entries of two weeks are found by day, an account's by its ID."""
    log = AuditLog()
    assert [entry.audit.details for entry in log.of_account(ACCOUNT)] == ["acme"]
    assert [entry.who for entry in log.of_all(log.of_account(ACCOUNT)[0].at + 13 * 86_400)] == [
        "acme author"
    ]
    assert log.of_all(log.of_account(ACCOUNT)[0].at + 20 * 86_400) == []
