"""Filters of the page of CDRs: what the address asks for, and the legs that fit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from viewer import Viewer
from zones import Period, Zone

from accounts import AccountError, first_of, require
from pivotkit.store.call_figures import Leg

MOST_DAYS = 92
FIRST_DAYS = 7
"""Days that are shown at first."""

TEXTS = ("direction", "cause", "destination", "number")
NUMBERS = ("least", "most", "hour", "weekday")
_DIGITS = re.compile(r"[0-9]{1,6}")
_YEARS = range(2000, 2100)
_MOST_TEXT = 100


class FilterError(Exception):
    """An address asks for what cannot be. The message names the field and the fix."""


@dataclass(frozen=True)
class CdrFilter:
    """A question to the CDRs. `hour` and `weekday` (Monday is 0) are those of the viewer's zone."""

    period: Period
    account: str = ""
    direction: str = ""
    cause: str = ""
    destination: str = ""
    number: str = ""
    least: int | None = None
    most: int | None = None
    hour: int | None = None
    weekday: int | None = None

    @classmethod
    def of(cls, asked: Mapping[str, str], viewer: Viewer, zone: Zone, now: float) -> "CdrFilter":
        """Read an address. Raises `FilterError`."""
        period = period_of(asked, zone, now)
        given: dict[str, Any] = {name: _number(name, asked) for name in NUMBERS}
        given |= {name: asked.get(name, "").strip()[:_MOST_TEXT] for name in TEXTS}
        return cls(period, _account(asked, viewer), **given)

    def fits(self, leg: Leg, viewer: Viewer) -> bool:
        """Tell whether *leg* is asked for, and the viewer's."""
        when = self.period.zone.local(leg.at)
        return (
            viewer.may_see(leg.account_id)
            and self.period.begins <= leg.at < self.period.ends
            and self.direction in ("", leg.direction)
            and self.cause in ("", leg.cause)
            and self.destination in ("", leg.destination or "-")
            and self.hour in (None, when.hour)
            and self.weekday in (None, when.weekday())
            and (self.least or 0) <= leg.seconds
            and (self.most is None or leg.seconds < self.most)
            and self._has_number(leg, viewer)
        )

    def _has_number(self, leg: Leg, viewer: Viewer) -> bool:
        """Whether the number is one of the leg's: a part of it, if the viewer sees numbers.

        Others must know the whole number, or they could find it out digit by digit.
        """
        if not self.number:
            return True
        if viewer.sees_numbers:
            return self.number in leg.from_number or self.number in leg.to_number
        return self.number in (leg.from_number, leg.to_number)

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for less than all legs of the account and the period."""
        return self != CdrFilter(self.period, self.account)

    def url(self, path: str = "/cdrs", **changes: str | int | None) -> str:
        """Return the address that asks for the same, with *changes*."""
        asked = replace(self, **changes)  # type: ignore[arg-type]
        given: dict[str, str | int] = {
            "from": asked.period.first.isoformat(),
            "to": asked.period.last.isoformat(),
        }
        for name in ("account", *TEXTS, *NUMBERS):
            value = getattr(asked, name)
            if value not in ("", None):
                given[name] = value
        return f"{path}?{urlencode(given)}"


def period_of(asked: Mapping[str, str], zone: Zone, now: float) -> Period:
    """Return the days that an address asks for: the last week by default. Raises `FilterError`."""
    last = _day("to", asked, zone.today(now))
    first = _day("from", asked, last - timedelta(days=FIRST_DAYS - 1))
    if not timedelta() <= last - first < timedelta(days=MOST_DAYS):
        raise FilterError(f"From and to: choose up to {MOST_DAYS} days, the first one first.")
    return Period(first, last, zone)


def _account(asked: Mapping[str, str], viewer: Viewer) -> str:
    """The account that is asked for; the first one of a viewer who does not see all."""
    try:
        return require(viewer, asked.get("account", "") or first_of(viewer)).account_id
    except AccountError as error:
        raise FilterError(str(error)) from error


def _day(name: str, asked: Mapping[str, str], default: date) -> date:
    try:
        found = date.fromisoformat(asked[name]) if asked.get(name) else default
    except ValueError as error:
        raise FilterError(f"{name.capitalize()}: write a date as 2026-01-15.") from error
    if found.year not in _YEARS:
        raise FilterError(f"{name.capitalize()}: choose a day of this century.")
    return found


def _number(name: str, asked: Mapping[str, str]) -> int | None:
    text = asked.get(name, "").strip()
    if text and not _DIGITS.fullmatch(text):
        raise FilterError(f"{name.capitalize()}: write a whole number.")
    return int(text) if text else None
