"""`pivotctl holidays`: public holidays for an office's entry."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from pivotctl.cli import main
from pivotkit.lookups.hours import Hours


def run(*arguments: str) -> Result:
    """The result of the command."""
    return CliRunner().invoke(main, ["holidays", *arguments])


def entry_of(*arguments: str) -> dict[str, Any]:
    """The entry that the command writes."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    (entry,) = json.loads(result.stdout)
    return dict(entry)


def holiday(value: dict[str, Any], day: str) -> str | None:
    """The holiday of an office on a day, at noon."""
    hours = Hours.read(value)
    found = hours.holiday(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=hours.zone))
    return found.name if found else None


CALIFORNIA = ("US-CA", "--year", "2027", "--zone", "America/Los_Angeles", "--key", "4155550100")


@pytest.mark.parametrize(
    ("place", "day", "name"),
    [
        ("US-CA", "2027-11-25", "Thanksgiving Day"),
        ("US-CA", "2027-07-05", "Independence Day"),
        ("US-CA", "2027-02-14", None),
        ("US-CA", "2027-10-31", None),
        ("US", "2027-10-11", "Columbus Day"),
        ("DE-BY", "2027-01-06", "Epiphany"),
        ("DE", "2027-01-06", None),
        ("gb-sct", "2027-12-27", "Christmas Day"),
        ("GB-SCT", "2027-11-30", "Saint Andrew's Day"),
    ],
)
def test_holidays(place: str, day: str, name: str | None) -> None:
    """Public holidays of the country or state are written by name, and no mere observances."""
    entry = entry_of(place, "--year", "2027", "--zone", "UTC")
    assert holiday(entry["value"], day) == name


def test_the_entry() -> None:
    """The entry is one that the layer reads, in the form of a seed file."""
    entry = entry_of(*CALIFORNIA)
    assert (entry["kind"], entry["key"]) == ("office_hours", "4155550100")
    hours = Hours.read(entry["value"])
    assert hours.zone == ZoneInfo("America/Los_Angeles")
    assert not hours.faults


def test_the_time_zone() -> None:
    """A country's only zone is filled in; otherwise a placeholder says so."""
    assert entry_of("FR", "--year", "2027")["value"]["zone"] == "Europe/Paris"
    result = run("US-CA", "--year", "2027")
    assert json.loads(result.stdout)[0]["value"]["zone"] == "<ZONE>"
    assert "America/Los_Angeles" in result.stderr


def test_an_entry_is_renewed(tmp_path: Path) -> None:
    """A second run replaces the same years, and keeps hours, other events, and other entries."""
    file = tmp_path / "hours.json"
    entry = entry_of("US", "--year", "2027", "--zone", "America/New_York")
    outing = (
        "BEGIN:VEVENT\r\nUID:outing\r\nDTSTART;VALUE=DATE:20270601\r\nSUMMARY:Outing\r\n"
        "END:VEVENT\r\nEND:VCALENDAR"
    )
    calendar = entry["value"]["holidays"].replace("END:VCALENDAR", outing)
    entry["value"] |= {"holidays": calendar, "week": {"mon": "10:00-11:00"}}
    other = {"kind": "pin", "key": "x", "value": {"salt": "1"}}
    file.write_text(json.dumps([other, entry]))
    assert run("CA", "--year", "2027", "--year", "2028", "--hours", str(file)).exit_code == 0
    kept, renewed = json.loads(file.read_text())
    assert kept == other
    value = renewed["value"]
    assert value["week"] == {"mon": "10:00-11:00"}
    assert holiday(value, "2027-06-01") == "Outing"
    assert holiday(value, "2027-07-01") == "Canada Day"
    assert holiday(value, "2028-07-01") == "Canada Day"
    assert holiday(value, "2027-11-25") is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("UK",), "must be a country of ISO 3166, such as GB"),
        (("XX",), "must be a country of ISO 3166, such as"),
        (("US-ZZ",), "US has AK, AL"),
        (("MC-X",), "MC has no states"),
        (("US", "--year", "20"), "20 is not in the range"),
        (("US", "--hours", "no-such-file"), "does not exist"),
    ],
)
def test_errors(arguments: tuple[str, ...], message: str) -> None:
    """A wrong place, year, or file is named with what to write."""
    result = run(*arguments)
    assert result.exit_code
    assert message in result.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "has no entry of kind office_hours"),
        ("{", "is not valid JSON"),
        ('{"a": 1}', "has no kind"),
        ('{"week": {}, "holidays": "nothing"}', "cannot be read, see pivotctl check"),
    ],
)
def test_files_without_hours(text: str, message: str, tmp_path: Path) -> None:
    """A file without hours, or with a calendar that cannot be read, is left as it is."""
    file = tmp_path / "hours.json"
    file.write_text(text)
    result = run("US", "--hours", str(file))
    assert result.exit_code == 1
    assert message in result.output
    assert file.read_text() == text
