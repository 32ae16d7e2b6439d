"""The time zone in which a viewer reads times: that of their browser, which a cookie names.

Without a script there is no cookie, and times are in UTC.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.requests import Request

COOKIE = "zone"
_NAME = re.compile(r"[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*")
_MOST = 64


class Zone(NamedTuple):
    """A time zone and its name."""

    name: str
    zone: tzinfo

    @classmethod
    def of(cls, request: Request) -> Self:
        """The zone of a request's browser, or UTC."""
        name = request.cookies.get(COOKIE, "").replace("%2F", "/")
        if not _NAME.fullmatch(name) or len(name) > _MOST:
            return cls("UTC", UTC)
        try:
            return cls(name, ZoneInfo(name))
        except (ZoneInfoNotFoundError, OSError, ValueError):
            return cls("UTC", UTC)

    def local(self, seconds: int) -> datetime:
        """A time in Unix seconds, in this zone."""
        return datetime.fromtimestamp(seconds, self.zone)

    def today(self, now: float) -> date:
        """The date in this zone."""
        return datetime.fromtimestamp(now, self.zone).date()

    def start(self, day: date) -> int:
        """The Unix seconds at which *day* begins in this zone."""
        return int(datetime.combine(day, time(), self.zone).timestamp())


class Period(NamedTuple):
    """Days of a zone, the last one included."""

    first: date
    last: date
    zone: Zone

    @property
    def begins(self) -> int:
        """The Unix seconds of its beginning."""
        return self.zone.start(self.first)

    @property
    def ends(self) -> int:
        """The Unix seconds of its end, which is not in it."""
        return self.zone.start(self.last + timedelta(days=1))

    @property
    def utc_days(self) -> list[date]:
        """The days of UTC that have a part of it, the latest first."""
        first, last = (
            datetime.fromtimestamp(at, UTC).date() for at in (self.begins, self.ends - 1)
        )
        return [last - timedelta(days=number) for number in range((last - first).days + 1)]
