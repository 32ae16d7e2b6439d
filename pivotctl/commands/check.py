"""`pivotctl check`: shows what a Directory entry or a calendar means before it goes live."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import click

from pivotctl.entries import EVERY, Entry, EntryError, read_entries
from pivotctl.project import Project, ProjectError
from pivotkit.lookups.documents import DocumentError
from pivotkit.lookups.holidays import CalendarError, Holidays
from pivotkit.lookups.hours import Hours, HoursError, spoken_time
from pivotkit.phone.numbers import CountryError, canonical, longest_prefix
from pivotkit.workers.rating import Rate, RateError, rate_of

_NUMBER_FIELDS = ("number", "one", "other")
_MINUTE = timedelta(minutes=1)


class Finding(NamedTuple):
    """A line of the report. A *fault* makes the exit status 1."""

    text: str
    fault: bool = False


class Asked(NamedTuple):
    """The day to look at, and the defaults for entries that do not name their own."""

    day: date
    home: str
    zone: ZoneInfo
    numbers: tuple[str, ...]


@click.command(
    epilog="""\b
Examples:
  pivotctl check hours.json --on 2027-07-05
  pivotctl check holidays.ics --zone America/New_York --on 2027-07-05
  pivotctl check functions/pivot/caller_list/seed.json --number 02079460123 --home GB"""
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day.  [today]")
@click.option("--kind", default="", help="Kind of an entry that is a value alone.")
@click.option("--home", default="US", show_default=True, help="HOME_COUNTRY of the function.")
@click.option("--zone", default="UTC", show_default=True, help="Time zone of a calendar.")
@click.option("--number", "numbers", multiple=True, help="Number to look up in a number table.")
@click.pass_context
def command(
    ctx: click.Context,
    file: Path,
    day: datetime | None,
    kind: str,
    home: str,
    zone: str,
    numbers: tuple[str, ...],
) -> None:
    """Show what callers get by a Directory entry on a day, before it goes live.

    FILE has entries as in a function's seed.json, or one entry's value: hours of an office, a
    table of numbers, or the tree of an IVR. It may also be an iCalendar file. The exit status is 1
    if anything in it would not work.
    """
    try:
        chosen = day.date() if day else datetime.now(UTC).date()
        asked = Asked(chosen, home, ZoneInfo(zone), numbers)
        findings = list(_in_file(file, kind, asked))
    except (EntryError, ProjectError, CountryError, KeyError, OSError) as error:
        raise click.ClickException(str(error)) from error
    for finding in findings:
        click.echo(click.style(finding.text, fg="red" if finding.fault else None))
    ctx.exit(any(finding.fault for finding in findings))


def _in_file(file: Path, kind: str, asked: Asked) -> Iterator[Finding]:
    if file.suffix.lower() in (".ics", ".ical", ".icalendar"):
        yield from _calendar(file.read_text(encoding="utf-8", errors="replace"), asked)
        return
    for entry_kind, entries in groupby(read_entries(file, kind), key=lambda each: each.kind):
        check = _CHECKS.get(entry_kind, _unknown)
        yield from check(list(entries), asked)


def _unknown(entries: list[Entry], _asked: Asked) -> Iterator[Finding]:
    known = ", ".join(sorted(_CHECKS))
    yield Finding(f"{entries[0].kind}: not checked; the kinds that are checked: {known}")


# -- hours and calendars ---------------------------------------------------------------------------


def _hours(entries: Iterable[Entry], asked: Asked) -> Iterator[Finding]:
    for entry in entries:
        name = f"office_hours {entry.key}".rstrip()
        try:
            hours = _read_hours(entry)
        except HoursError as error:
            yield Finding(f"{name}: {error}", fault=True)
            continue
        yield Finding(f"{name}, {_named(asked.day)} ({hours.zone.key})")
        for fault in hours.faults:
            yield Finding(f"  fault: {fault}", fault=True)
        yield from (Finding(f"  {line}") for line in _timeline(hours, asked.day))


def _timeline(hours: Hours, day: date) -> Iterator[str]:
    """The day in spans of the same state: `09:00-17:00 open`."""
    start = datetime.combine(day, time.min, hours.zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time.min, hours.zone).astimezone(UTC)
    minutes = [start + each * _MINUTE for each in range((end - start) // _MINUTE)]
    for state, group in groupby(minutes, key=lambda moment: _state(hours, moment)):
        span = list(group)
        first, last = (each.astimezone(hours.zone) for each in (span[0], span[-1] + _MINUTE))
        until = "24:00" if last.date() > day else f"{last:%H:%M}"
        yield f"{first:%H:%M}-{until} {state}"
    noon = datetime.combine(day, time(12), hours.zone)
    if not hours.is_open(noon):
        opens = hours.opens(noon)
        yield f"At noon, callers hear: {_reopening(opens, noon)}"


def _state(hours: Hours, moment: datetime) -> str:
    if hours.is_open(moment):
        return "open"
    holiday = hours.holiday(moment)
    return f"closed for {holiday.name or 'a holiday without a name'}" if holiday else "closed"


def _reopening(opens: datetime | None, now: datetime) -> str:
    return f"We'll reopen {spoken_time(opens, now)}." if opens else "no time of reopening"


def _calendar(text: str, asked: Asked) -> Iterator[Finding]:
    try:
        calendar = Holidays(text, asked.zone)
    except CalendarError as error:
        yield Finding(str(error), fault=True)
        return
    yield from (Finding(f"fault: {fault}", fault=True) for fault in calendar.faults)
    start = datetime.combine(asked.day, time.min, asked.zone)
    found = calendar.between(start, start + timedelta(days=1))
    yield Finding(f"{_named(asked.day)} ({asked.zone.key}): {_count(len(found), 'holiday')}")
    for each in found:
        first, last = (moment.astimezone(asked.zone) for moment in (each.start, each.end))
        yield Finding(f"  {each.name}, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'s' if number != 1 else ''}"


def _named(day: date) -> str:
    return f"{day:%A, %B} {day.day}, {day.year}"


# -- numbers ---------------------------------------------------------------------------------------


def _numbers(entries: Iterable[Entry], asked: Asked) -> Iterator[Finding]:
    """Numbers that are not in canonical form, and what each number asked for finds."""
    table = {entry.key: entry for entry in entries}
    for entry in table.values():
        fields = {"key": entry.key} | {name: entry.value.get(name) for name in _NUMBER_FIELDS}
        for field, number in fields.items():
            found = canonical(str(number or ""), asked.home)
            if number and found != number:
                rule = f"is never matched: write {found}"
                yield Finding(f"{entry.kind} {entry.key}: {field} {number} {rule}", fault=True)
    yield Finding(_count(len(table), "number"))
    for number in asked.numbers:
        written = canonical(number, asked.home)
        meaning = table[written].value if written in table else "not in the table"
        yield Finding(f"  {number} is {written}: {meaning}")


def _rates(entries: Iterable[Entry], asked: Asked) -> Iterator[Finding]:
    """Rates that cannot be read, and the rate of each number asked for, in each account."""
    rates: dict[str, dict[str, Rate]] = {}
    for entry in entries:
        try:
            rates.setdefault(entry.account, {})[f"+{entry.key}"] = _read_rate(entry)
        except RateError as error:
            yield Finding(f"rate {entry.key}: {error}", fault=True)
    yield Finding(_count(sum(map(len, rates.values())), "rate"))
    for number in asked.numbers:
        written = canonical(number, asked.home)
        for account, deck in sorted(rates.items()):
            found = longest_prefix(written, deck, None)
            shown = "all accounts" if account == EVERY else f"account {account}".rstrip()
            yield Finding(f"  {number} is {written}, {shown}: {found or 'no rate'}")


# -- trees -----------------------------------------------------------------------------------------


def _trees(entries: Iterable[Entry], _asked: Asked) -> Iterator[Finding]:
    for entry in entries:
        name = f"ivr_tree {entry.key}".rstrip()
        try:
            found = _read_tree(entry)
        except DocumentError as error:
            yield Finding(f"{name}: {error}", fault=True)
            continue
        yield Finding(f"{name}, starting at {found.start}")
        yield from (Finding(f"  {line}") for line in _menus(entry.value["nodes"]))


def _menus(nodes: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, node in nodes.items():
        keys = ", ".join(f"{key} leads to {target}" for key, target in node.get("keys", {}).items())
        kind = next(each for each in node if each not in ("keys", "seconds", "otherwise", "then"))
        then = node.get("then") or node.get("otherwise")
        end = keys or (f"then {then}" if then else "the end")
        yield f"{name}: {kind} {node[kind]}: {end}"


def _module(function: str, name: str) -> Any:
    """A module in the folder of *function*, as the function itself imports it."""
    folder = str(Project.find().function(function).path)
    sys.path.insert(0, folder)
    try:
        return import_module(name)
    finally:
        sys.path.remove(folder)


# -- entries that no function can read -------------------------------------------------------------


def refuse_unreadable(entries: Iterable[Entry]) -> None:
    """Raise `EntryError` for the first entry on which the function that looks it up would fail."""
    for entry in entries:
        read = _READERS.get(entry.kind)
        try:
            if read:
                read(entry)
        except ValueError as error:
            raise EntryError(f"{entry.kind} {entry.key}: {error}") from error


def _read_hours(entry: Entry) -> Hours:
    return Hours.read(entry.value)


def _read_rate(entry: Entry) -> Rate:
    return rate_of(entry.key, entry.value)


def _read_tree(entry: Entry) -> Any:
    return _module("ivr_tree", "tree").Tree.of(entry.value)


_READERS: Mapping[str, Callable[[Entry], object]] = {
    "office_hours": _read_hours,
    "rate": _read_rate,
    "ivr_tree": _read_tree,
}
"""Each raises a `ValueError` that says what is wrong, and where."""


type _Check = Callable[[list[Entry], Asked], Iterator[Finding]]

_CHECKS: Mapping[str, _Check] = {
    "office_hours": _hours,
    "ivr_tree": _trees,
    "caller_list": _numbers,
    "dialled_number": _numbers,
    "do_not_call": _numbers,
    "masked_number": _numbers,
    "rate": _rates,
}
