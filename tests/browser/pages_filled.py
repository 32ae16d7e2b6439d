"""A console with something on each page."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pivotkit.calls.call import Call
from pivotkit.http.parameters import Value
from pivotkit.store.call_figures import CallFigures, Leg
from pivotkit.store.call_index import CallIndex
from pivotkit.store.directory import Directory
from pivotkit.store.steps import Kept
from tests.events import ACCOUNT
from tests.kazoo import ROOT

PATHS = [
    "/",
    "/templates",
    f"/funnel?account={ACCOUNT}",
    f"/hooks?account={ACCOUNT}",
    "/audit",
    f"/audit?account={'e' * 32}",
    "/hooks",
    f"/settings/ring?account={ACCOUNT}",
    f"/entries?account={ACCOUNT}",
    f"/entries/hours?account={ACCOUNT}&key=6051",
    f"/entries/callers?account={ACCOUNT}",
    f"/entries/switches?account={ACCOUNT}",
    f"/entries/trees?account={ACCOUNT}",
    f"/entries/trees?account={ACCOUNT}&key=acme",
    "/cdrs",
    f"/cdrs?account={ACCOUNT}&hour=25",
]
CAUSES = (
    "NORMAL_CLEARING",
    "NORMAL_CLEARING",
    "NORMAL_CLEARING",
    "USER_BUSY",
    "NO_ANSWER",
    "ORIGINATOR_CANCEL",
)
PLACES = (
    ("Germany", "+4930123456"),
    ("United Kingdom, mobile", "+447700900123"),
    ("France", "+33123456789"),
)


def fill_calls(tables: Mapping[str, str]) -> None:
    """Fill the tables."""
    assert tables
    figures = CallFigures()
    chance = random.Random(7)  # noqa: S311  (figures, not secrets)
    now = int(datetime.now(UTC).timestamp())
    for number in range(60):
        at = now - chance.randrange(5 * 86_400)
        seconds = int(chance.expovariate(1 / 150))
        account = ACCOUNT if number % 3 else "f" * 32
        caller = f"+1415555{number:04}"
        figures.keep(
            Leg(
                account,
                f"call-{number}",
                at,
                "inbound",
                caller,
                "Jane <b>Doe",
                "1001",
                seconds,
                seconds,
                CAUSES[number % 6],
            )
        )
        if number % 2:
            place, dialed = PLACES[number % 3]
            figures.keep(
                Leg(
                    account,
                    f"leg-{number}",
                    at,
                    "outbound",
                    "1001",
                    "",
                    dialed,
                    seconds,
                    seconds,
                    CAUSES[0],
                    place,
                    seconds * 20,
                    "USD",
                )
            )


def fill_entries() -> None:
    """Hours with split shifts, a night, and a holiday within the next days; and the other kinds."""
    soon = f"{datetime.now(UTC) + timedelta(days=3):%Y%m%d}"
    holidays = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\nBEGIN:VEVENT\nUID:x\n"
        f"DTSTAMP:20260101T000000Z\nSUMMARY:Founders <b>Day\nDTSTART;VALUE=DATE:{soon}\n"
        "END:VEVENT\nEND:VCALENDAR\n"
    )
    week: dict[str, Value] = {"mon-thu": "09:00-12:30, 13:30-18:00", "fri": "22:00-02:00"}
    hours: dict[str, Value] = {"zone": "America/New_York", "week": week, "holidays": holidays}
    call = Call(ACCOUNT, "c", "kazoo")
    Directory("office_hours").of(call).put("6051", hours)
    Directory("switch").of(call).put("emergency_closure", {"reason": "because of the weather"})
    tree = json.loads((ROOT / "functions/pivot/ivr_tree/tree.json").read_text(encoding="utf-8"))
    Directory("ivr_tree").of(call).put("acme", tree)
    callers = Directory("caller_list").of(call)
    callers.put("+14155550166", {"rule": "deny", "reason": "Sorry, <b>no."})
    callers.put("+14155550123", {"rule": "allow", "reason": "A customer since 2019"})


def fill_templates() -> None:
    """Answers of three templates: a fine, a slow, and a failing one."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    index = CallIndex.from_environment()
    answer = {"statusCode": 200, "headers": {}, "body": "{}"}
    for function, times in (("ring", (20, 30)), ("crm_lookup", (90, 3200)), ("survey", (40, 60))):
        for number, ms in enumerate(times * 3):
            fault = {"error": "KeyError", "at": "app.py:7"} if function == "survey" else {}
            outcome = "fallback" if fault and number else "answered"
            at = now - number * 86_400_000
            kept = Kept(Call(ACCOUNT, "c", "kazoo"), answer, outcome, fault, at, ms)
            index.note_figures(kept, function, cold=not number)
