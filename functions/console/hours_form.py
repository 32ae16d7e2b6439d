"""The form with an office's hours: a time zone, spans by day, and a calendar of holidays.

The layer's own rules say what is wrong, so that no hours are saved that callers would not get.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self

from entry_changes import Difference
from form import Form

from pivotkit.http.parameters import Value
from pivotkit.store.directory import Entry

DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
MOST_SPANS = 12
"""Spans of a day that a form has at most."""

MOST_CALENDAR = 16_000
"""Characters of a calendar that the form shows; a longer one is kept as it is."""

_SHORT = re.compile(r"^([0-9]):([0-9]{2})$")
_INCOMPLETE = "must have a beginning and an end, or neither"


type Spans = Mapping[str, tuple[tuple[str, str], ...]]
"""Beginnings and ends by day: `{"mon": (("09:00", "12:30"), ...)}`."""


class Sent(NamedTuple):
    """Hours as an operator sent them: texts by field, spans by day, and faults by field."""

    zone: str
    spans: Spans
    holidays: str | None
    faults: dict[str, str]

    @classmethod
    def of(cls, form: Form, old: Entry | None) -> Self:
        """The content of a posted form, checked."""
        holidays = _lines(form.text("holidays")) if "holidays" in form.texts else None
        spans = {day: tuple(_spans(form, day)) for day in DAYS}
        sent = cls(form.text("zone").strip(), spans, holidays, {})
        sent.faults.update(_faults(sent, old or {}))
        return sent

    @classmethod
    def stored(cls, entry: Entry) -> Self:
        """The content of a form for stored hours, with the fault of hours that cannot be read."""
        calendar = _lines(str(entry.get("holidays") or ""))
        zone = str(entry.get("zone", ""))
        shown = calendar if len(calendar) <= MOST_CALENDAR else None
        try:
            return cls(zone, _by_day(entry), shown, {})
        except ValueError as error:
            return cls(zone, dict.fromkeys(DAYS, ()), shown, {"week": str(error)})

    def fields(self, day: str) -> list[tuple[str, str]]:
        """The beginnings and ends in the fields of a day, with empty ones to add a span."""
        spans = list(self.spans[day])
        return spans + [("", "")] * max(1, 2 - len(spans))

    def entry(self, old: Entry | None) -> Entry:
        """The entry to store: *old*, with what was changed."""
        changed: Entry = {"zone": self.zone}
        if not _has_week(old or {}, self.spans):
            changed["week"] = {day: _text(spans) for day, spans in self.spans.items() if spans}
        if self.holidays is not None and self.holidays != _calendar_of(old):
            changed["holidays"] = self.holidays
        entry = {**(old or {}), **changed}
        return entry if entry.get("holidays") else _without_calendar(entry)


def differences(old: Entry | None, new: Entry | None) -> Iterator[Difference]:
    """Differences between hours, as the layer reads them: zone, days, calendar."""
    before, after = (_described(each) for each in (old, new))
    for name in {**before, **after}:
        if before.get(name, "") != after.get(name, ""):
            yield Difference(name, before.get(name, ""), after.get(name, ""))


def _described(entry: Entry | None) -> dict[str, str]:
    """Hours by part, in words. Hours that cannot be read have none."""
    if entry is None:
        return {}
    try:
        spans = _by_day(entry)
    except ValueError:
        spans = {}
    days = {DAYS[day]: _text(each) or "closed" for day, each in spans.items()}
    calendar = {"Holidays": _calendar_of(entry)}
    return {"Time zone": str(entry.get("zone", "")), **days, **calendar}


def _faults(sent: Sent, old: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    for day, spans in sent.spans.items():
        if any(not begin or not end for begin, end in spans):
            yield day, _INCOMPLETE
        elif fault := _fault({"zone": "UTC", "week": {day: _text(spans)}}):
            yield day, fault
    if fault := _fault({"zone": sent.zone, "week": {}}):
        yield "zone", fault
    elif sent.holidays and sent.holidays != _calendar_of(old):
        fault = _fault({"zone": sent.zone, "week": {}, "holidays": sent.holidays})
        if fault:
            yield "holidays", fault


def _fault(value: Mapping[str, Value]) -> str:
    """The rule of the layer that *value* breaks, or ''."""
    from pivotkit.lookups.hours import Hours  # noqa: PLC0415  (slow to import)

    try:
        return next(iter(Hours.read(value).faults), "")
    except ValueError as error:
        return str(error).removeprefix("opening hours: ")


def _by_day(entry: Mapping[str, Value]) -> dict[str, tuple[tuple[str, str], ...]]:
    """The spans of each day, as the layer reads them. Raises `HoursError`."""
    from pivotkit.lookups.hours import Hours  # noqa: PLC0415  (slow to import)

    week = Hours.read({"zone": "UTC", "week": entry.get("week")}).week
    texts = (tuple((_clock(span.start), _clock(span.end)) for span in spans) for spans in week)
    return dict(zip(DAYS, texts, strict=True))


def _has_week(entry: Mapping[str, Value], spans: Spans) -> bool:
    """Tell whether an entry has these spans already, however they are written."""
    try:
        return _by_day(entry) == spans
    except ValueError:
        return False


def _without_calendar(entry: Entry) -> Entry:
    return {name: value for name, value in entry.items() if name != "holidays"}


def _clock(minute: int) -> str:
    """A minute of a day as 09:30; 24:00 is the end of a day."""
    hour, minutes = divmod(minute if minute <= 1440 else minute - 1440, 60)  # noqa: PLR2004
    return f"{hour:02}:{minutes:02}"


def _spans(form: Form, day: str) -> Iterator[tuple[str, str]]:
    for number in range(MOST_SPANS):
        begin, end = (_time(form.text(f"{day}.{number}.{name}")) for name in ("from", "to"))
        if begin or end:
            yield begin, end


def _time(text: str) -> str:
    """A time as it is stored: 9:00 is 09:00."""
    return _SHORT.sub(r"0\1:\2", text.strip())


def _text(spans: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{begin}-{end}" for begin, end in spans)


def _calendar_of(entry: Mapping[str, Value] | None) -> str:
    return _lines(str((entry or {}).get("holidays") or ""))


def _lines(text: str) -> str:
    """A text with the line ends that a browser's field has."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
