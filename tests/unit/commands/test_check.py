"""`pivotctl check`: what an entry means on a day, before it goes live."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pivotctl.cli import main
from tests.kazoo import ROOT

HOURS = {"zone": "America/New_York", "week": {"mon-fri": "09:00-12:30, 13:30-17:00"}}
CALENDAR = (
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Training\nDTSTART:20270706T150000\n"
    "DTEND:20270706T180000\nEND:VEVENT\nEND:VCALENDAR\n"
)
BROKEN = CALENDAR.replace("DTSTART:20270706T150000\n", "")
TREE = {
    "start": "main",
    "nodes": {
        "main": {"prompt": "For sales, press 1.", "keys": {"1": "sales"}},
        "sales": {"hangup": "Goodbye."},
    },
}


def check(tmp_path: Path, document: object, *arguments: str) -> tuple[int, str]:
    """The exit status and the report about a file with *document*."""
    name = "calendar.ics" if isinstance(document, str) else "entry.json"
    file = tmp_path / name
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    result = CliRunner().invoke(main, ["check", str(file), *arguments])
    return result.exit_code, result.output


def table(kind: str, *keys: str, **value: object) -> list[dict[str, object]]:
    """Entries of a number table."""
    return [{"kind": kind, "key": key, "value": value} for key in keys]


TUESDAY = ("--on", "2027-07-06")


@pytest.mark.parametrize(
    ("document", "arguments", "status", "said"),
    [
        (HOURS, TUESDAY, 0, "Tuesday, July 6, 2027 (America/New_York)"),
        (HOURS, TUESDAY, 0, "09:00-12:30 open"),
        (HOURS, TUESDAY, 0, "17:00-24:00 closed"),
        (HOURS | {"holidays": CALENDAR}, TUESDAY, 0, "15:00-18:00 closed for Training"),
        (HOURS, ("--on", "2027-07-04"), 0, "We'll reopen tomorrow at 9 AM."),
        (HOURS, ("--on", "2027-03-14"), 0, "00:00-24:00 closed"),
        (HOURS | {"holidays": "nothing"}, TUESDAY, 1, "fault: the calendar is not valid"),
        (HOURS | {"holidays": BROKEN}, TUESDAY, 1, "event Training: No DTSTART given."),
        (HOURS | {"zone": "<ZONE>"}, TUESDAY, 1, "zone is '<ZONE>': must be a time zone"),
        (HOURS | {"week": {"mo": "9-5"}}, TUESDAY, 1, "week is 'mo': must be a day"),
        (CALENDAR, TUESDAY, 0, "Training, 2027-07-06 15:00 to 2027-07-06 18:00"),
        (CALENDAR, ("--on", "2027-07-07"), 0, "no holidays"),
        ("nothing", TUESDAY, 1, "must begin with BEGIN:VCALENDAR"),
        (TREE, (), 0, "main: prompt For sales, press 1.: 1 leads to sales"),
        (TREE | {"start": "nowhere"}, (), 1, "start is 'nowhere'"),
        (table("caller_list", "+14155550123", "anonymous"), (), 0, "2 numbers"),
        (table("caller_list", "4155550123"), (), 1, "never matched: write +14155550123"),
        (
            table("caller_list", "+442079460123", rule="deny"),
            ("--home", "GB", "--number", "02079460123"),
            0,
            "02079460123 is +442079460123: {'rule': 'deny'}",
        ),
        (
            table("caller_list", "+442079460123"),
            ("--number", "4155550123"),
            0,
            "4155550123 is +14155550123: not in the table",
        ),
        (
            table("masked_number", "+14155550160", one="4155550123"),
            (),
            1,
            "one 4155550123 is never",
        ),
        (table("caller_list", "1"), ("--home", "UK"), 1, "write GB"),
        (
            table("rate", "44", per_minute=120, name="UK"),
            ("--home", "GB", "--number", "02079460123"),
            0,
            "02079460123 is +442079460123, account: Rate(",
        ),
        (table("rate", "44", per_minute="much"), (), 1, "rate 44: "),
        (table("pin", "x"), (), 0, "pin: not checked"),
        ({"value": 1}, (), 1, "has no kind: give it with --kind"),
        (HOURS, ("--kind", "office_hours", *TUESDAY), 0, "09:00-12:30 open"),
        (CALENDAR, ("--zone", "Nowhere"), 1, "Nowhere"),
    ],
)
def test_check(
    tmp_path: Path, document: object, arguments: tuple[str, ...], status: int, said: str
) -> None:
    """The report says what callers get, and the exit status whether everything would work."""
    found, report = check(tmp_path, document, *arguments)
    assert said in report
    assert found == status


@pytest.mark.parametrize(
    "path", sorted((ROOT / "functions").rglob("seed.json")), ids=lambda path: path.parent.name
)
def test_seeds_are_good(path: Path) -> None:
    """The entries of every template pass the check."""
    result = CliRunner().invoke(main, ["check", str(path), "--on", "2026-07-03"])
    assert result.exit_code == 0, result.output
