"""KAZOO counts seconds from the year 0 (Gregorian seconds); Python from 1970."""

from datetime import UTC, datetime

GREGORIAN_EPOCH = 62_167_219_200
"""Gregorian seconds at 1970-01-01T00:00:00Z."""


def to_gregorian(at: datetime) -> int:
    """KAZOO's seconds at the aware time *at*."""
    return int(at.timestamp()) + GREGORIAN_EPOCH


def from_gregorian(seconds: int) -> datetime:
    """The aware time (UTC) of KAZOO's *seconds*. Raises `ValueError` out of range."""
    try:
        return datetime.fromtimestamp(seconds - GREGORIAN_EPOCH, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{seconds} is no time") from error
