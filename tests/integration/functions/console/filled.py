"""Something of two accounts on every page of the console."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

from functions.console.audit import DONE, Audit, AuditLog
from pivotkit.core.gregorian import to_gregorian
from pivotkit.lookups.watched_hooks import HookState, WatchedHooks
from pivotkit.services.crossbar import Account
from pivotkit.store.account_entries import AccountEntries
from pivotkit.store.call_figures import CallFigures, Leg
from pivotkit.store.directory import Directory, Entry
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.table import Table
from tests.aws import aws_client
from tests.events import ACCOUNT

OTHER = "f" * 32
BOX = "c3d1b5f2e4a6079889706b5c4d3e2f1a"
CALLERS = {"acme": "+14155550199", "theirs": "+442071838750"}
REASON = "too many failed attempts"
HOOK = "0123456789abcdef0123456789abcdef"


def fill(tables: Mapping[str, str], account: str = ACCOUNT, mark: str = "acme") -> None:
    """Fill each table with what belongs to *account*; *mark* is in every text."""
    now = int(time.time())
    CallFigures().keep(
        Leg(
            account,
            f"{mark}-call",
            now - 60,
            "inbound",
            CALLERS[mark],
            f"{mark} caller",
            "1001",
            75,
            60,
        )
    )
    owner = Account(account)
    day = datetime.fromtimestamp(now, UTC).date()
    funnel = Directory("funnel").of(owner)
    funnel.put(f"{mark}-menu#{day}#topic", {"asked": 10, "sales": 6, "silence": 1})
    funnel.put(f"{mark}-menu#{day}#sales", {"rung": 5})
    funnel.put("mark#x", {})
    at = to_gregorian(datetime.fromtimestamp(now, UTC))
    failed = HookState(
        at,
        at - 900,
        f"{mark} hook",
        "channel_destroy",
        enabled=False,
        reason=REASON,
        failures=7,
        burst=6,
    )
    WatchedHooks().put(owner, HOOK, failed)
    WatchedHooks().put(
        owner, "good", HookState(at, name=f"{mark} good", hook="channel_create", good=at)
    )
    week: Entry = {"mon": "09:00-17:00"}
    Directory("office_hours").of(owner).put(f"{mark}_office", {"zone": "UTC", "week": week})
    Directory("switch").of(owner).put("emergency_closure", {"reason": f"for {mark}"})
    caller = {"rule": "deny", "reason": f"{mark} blocked"}
    Directory("caller_list").of(owner).put(CALLERS[mark], caller)
    prompt = f"Press 1 for {mark}, or call {CALLERS[mark]}."
    menu: Entry = {"prompt": prompt, "keys": {"1": "end"}}
    tree: Entry = {"start": "main", "nodes": {"main": menu, "end": {"hangup": "Goodbye."}}}
    Directory("ivr_tree").of(owner).put(f"{mark}_tree", tree)
    settings = Table(tables["DIRECTORY_TABLE"], dynamodb())
    AccountEntries(settings, "ring", account).change({"voicemail_box": BOX}, (), f"{mark} author")
    log = AuditLog()
    log.end(
        log.begin(f"{mark} author", "203.0.113.9", Audit(account, "save settings", "ring", mark)),
        DONE,
    )


def counted(tables: Mapping[str, str]) -> dict[str, int]:
    """The items of each table, to find out whether anything was written."""
    tables_of = aws_client("dynamodb")
    names = [name for variable, name in tables.items() if variable.endswith("_TABLE")]
    return {name: tables_of.scan(TableName=name, Select="COUNT")["Count"] for name in set(names)}
