"""Who spoke with a caller last: the worker `last_agents` writes it, templates read it."""

import re

from pivotkit.store.directory import Directory
from pivotkit.store.records import Record

_NUMBER = re.compile(r"\+?[0-9]{7,15}")
_DAY = 24 * 60 * 60


class LastAgents:
    """Users by the number of the caller whom they spoke with, kept for *days*.

    Entries of the Directory of kind `last_agent`. Each method is one round trip at most, and
    raises `StateUnavailable`.
    """

    def __init__(self, *, days: int = 30) -> None:
        self._entries = Directory("last_agent")
        self._seconds = days * _DAY

    def of(self, number: str) -> str | None:
        """The id of the user who spoke with *number* last, or `None`."""
        entry = self._entries.get(number) or {}
        user = entry.get("user")
        return user if isinstance(user, str) else None

    def remember(self, record: Record) -> bool:
        """Remember the conversation of which *record* tells; whether there is one, and it is new.

        KAZOO's event of the called leg has its user's id (`Owner-ID`, from `kz_endpoint.erl`) and
        the caller's number as it was shown to her. Anonymous callers are not remembered, nor
        extensions.
        """
        number, user = record.facts.get("caller_id_number"), record.facts.get("owner_id")
        called = record.state == "bridged" and record.facts.get("call_direction") == "outbound"
        if not (called and user and _NUMBER.fullmatch(str(number))):
            return False
        at = int(record.at.timestamp()) if record.at else 0
        told = {"user": user, "at": at}
        return self._entries.put_newest(str(number), told, by="at", seconds=self._seconds)
