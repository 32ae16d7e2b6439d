"""Shards of a day: the keys among which the items of all calls of a day are spread.

DynamoDB takes at most 1,000 writes a second to one key, and that of a day would take the writes of
all calls. A reader of the day asks for each of its keys.
"""

from datetime import date
from zlib import crc32

SHARDS = 8
"""Keys of a day. There may be more one day, but never fewer: what is stored stays under its key."""

MOST_QUERIES = 8
"""Keys that a reader asks for at a time."""


def day_shard(day: date | str, text: str) -> str:
    """The key of a day for the item that *text* identifies; always the same one."""
    return f"{day}#{crc32(text.encode()) % SHARDS}"


def day_shards(day: date | str) -> list[str]:
    """All keys of a day, in the order of their texts."""
    return sorted(f"{day}#{shard}" for shard in range(SHARDS))


def day_keys(day: date | str) -> list[str]:
    """The day itself, as the key of what was stored before there were shards, and its shards."""
    return [str(day), *day_shards(day)]
