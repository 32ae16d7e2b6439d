"""Windows of time in UTC, by which calls and costs are added up."""

from datetime import UTC, datetime


def hour_of(at: datetime) -> str:
    """Return the hour of *at*: `2026-01-15T09`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H}"


def day_of(at: datetime) -> str:
    """Return the day of *at*: `2026-01-15`."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def week_of(at: datetime) -> str:
    """Return the week of *at*, which begins on Monday: `2026-W03`."""
    return f"{at.astimezone(UTC):%G-W%V}"


def written(window: str) -> str:
    """Return an hour or a day for people to read: `2026-01-15, 09:00 to 10:00 UTC`."""
    day, _, hour = window.partition("T")
    if not hour:
        return f"{day} UTC"
    return f"{day}, {hour}:00 to {int(hour) + 1:02}:00 UTC"
