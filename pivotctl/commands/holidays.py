"""`pivotctl holidays`: writes the public holidays of a country or state into an office's entry."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import holidays
from icalendar import Calendar, Event

from pivotctl.entries import Entry, EntryError, read_entries, written

ZONE = "<ZONE>"
OURS = "@public-holidays"
"""The end of the UIDs of events that this command writes, and may replace."""

_YEARS = click.IntRange(1950, 2100)
_NOTES = re.compile(r"\s*[(\[][^)\]]*[)\]]")


@click.command(
    epilog="""\b
Examples:
  pivotctl holidays US-CA --year 2027 --key 4155550100 > hours.json
  pivotctl holidays GB-SCT --year 2027 --year 2028 --hours hours.json"""
)
@click.argument("place", metavar="COUNTRY[-STATE]")
@click.option("--year", "years", type=_YEARS, multiple=True, help="Repeatable.  [the next year]")
@click.option("--key", default="<KEY>", help="Key of a new entry: the dialed number, or OFFICE.")
@click.option("--zone", help="Time zone of a new entry.  [the country's, if it has only one]")
@click.option(
    "--hours",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with office_hours entries whose holidays to renew; other events are kept.",
)
def command(
    place: str, years: tuple[int, ...], key: str, zone: str | None, hours: Path | None
) -> None:
    """Write the public holidays of a country or state into an office_hours entry.

    COUNTRY-STATE is a code of ISO 3166, such as US-CA, DE-BY, or FR. Only public holidays are
    written, with the days on which they are observed. The entry goes to standard output, or with
    --hours into that file.
    """
    chosen = years or (datetime.now(UTC).year + 1,)
    events = list(_events(place.upper(), chosen))
    if hours is None:
        value = {"zone": zone or _zone(place), "week": {"mon-fri": "09:00-17:00"}}
        click.echo(written([Entry("office_hours", key, _renewed(value, events))]))
        return
    try:
        entries = list(read_entries(hours))
    except EntryError as error:
        raise click.ClickException(str(error)) from error
    if not any(each.is_hours for each in entries):
        raise click.ClickException(f"{hours} has no entry of kind office_hours")
    renewed = [
        each._replace(value=_renewed(each.value, events)) if each.is_hours else each
        for each in entries
    ]
    hours.write_text(f"{written(renewed)}\n", encoding="utf-8")
    click.echo(f"{hours}: {len(events)} holidays.", err=True)


def _events(place: str, years: tuple[int, ...]) -> Iterator[Event]:
    """The holidays as events of whole days."""
    for day, name in sorted(_public_holidays(place, years).items()):
        if "estimated" in name:
            click.echo(f"{day}: {name}: confirm the date.", err=True)
        event = Event()
        event.add("UID", f"{place}-{day}{OURS}")
        event.add("DTSTAMP", datetime(day.year, 1, 1, tzinfo=UTC))
        event.add("SUMMARY", _spoken_name(name))
        event.add("DTSTART", day)
        yield event


def _public_holidays(place: str, years: tuple[int, ...]) -> dict[date, str]:
    country, _, state = place.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise click.BadParameter(
            f"{country!r}: must be a country of ISO 3166{_like(country, list(known))}",
            param_hint="COUNTRY",
        )
    if state and state not in known[country]:
        raise click.BadParameter(
            f"{state!r}: {country} has {', '.join(known[country]) or 'no states'}",
            param_hint="STATE",
        )
    found = holidays.country_holidays(country, subdiv=state or None, years=years, language="en_US")
    return {day: name for day, name in found.items() if day.year in years}


def _like(code: str, known: list[str]) -> str:
    """The end of a message: the codes to write instead, where that can be told."""
    aliases = {"UK": "GB", "EL": "GR", "USA": "US"}
    found = aliases.get(code) or " or ".join(get_close_matches(code, known, 3, 0.5))
    return f", such as {found}" if found else ", such as US or GB"


def _spoken_name(name: str) -> str:
    """The name as callers hear it: `Christmas Day`, also where it is observed on another day."""
    return " and ".join(_NOTES.sub("", each) for each in dict.fromkeys(name.split("; ")))


def _zone(place: str) -> str:
    """The only time zone of the country of *place*, or a placeholder."""
    country = place.upper().partition("-")[0]
    text = files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    zones = [row[2] for row in rows if row[0] == country]
    if len(zones) == 1:
        return zones[0]
    click.echo(f"Replace {ZONE}, or give --zone: {country} has {', '.join(zones)}.", err=True)
    return ZONE


def _renewed(value: dict[str, Any], events: list[Event]) -> dict[str, Any]:
    """The entry with *events*, and without those that an earlier run wrote for the same years."""
    calendar = Calendar()
    calendar.add("PRODID", "-//Pivot Functions//pivotctl holidays//EN")
    calendar.add("VERSION", "2.0")
    years = {event.start.year for event in events}
    for part in _parts(str(value.get("holidays") or "")):
        if not _is_replaced(part, years):
            calendar.add_component(part)
    for event in events:
        calendar.add_component(event)
    return {**value, "holidays": calendar.to_ical().decode()}


def _parts(text: str) -> Iterator[Any]:
    """The events and time zones of a calendar."""
    if not text:
        return
    try:
        calendars = Calendar.from_ical(text.replace("\ufeff", ""), multiple=True)
    except ValueError as error:
        raise click.ClickException(
            f"the entry's holidays cannot be read, see pivotctl check: {error}"
        ) from error
    for calendar in calendars:
        yield from calendar.subcomponents


def _is_replaced(part: Any, years: set[int]) -> bool:
    uid = str(part.get("UID", ""))
    return uid.endswith(OURS) and part["DTSTART"].dt.year in years
