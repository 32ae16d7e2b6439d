"""Conversion between Gregorian seconds, KAZOO's count from the year 0, and Python datetimes."""

from datetime import UTC, datetime

GREGORIAN_EPOCH = 62_167_219_200
"""The Unix epoch, 1970-01-01T00:00:00Z, in Gregorian seconds."""


def to_gregorian(at: datetime) -> int:
    """Convert an aware datetime to Gregorian seconds."""
    return int(at.timestamp()) + GREGORIAN_EPOCH


def from_gregorian(seconds: int) -> datetime:
    """Convert Gregorian seconds to an aware datetime in UTC.

    Raises `ValueError` if *seconds* is out of range.
    """
    try:
        return datetime.fromtimestamp(seconds - GREGORIAN_EPOCH, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"seconds is {seconds}: must be a time that datetime supports") from error
