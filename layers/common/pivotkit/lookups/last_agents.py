"""The last agent a caller spoke with: the worker `last_agents` stores it, and templates read it."""

import re

from pivotkit.core.caller_ids import is_withheld
from pivotkit.store.directory import Directory
from pivotkit.store.records import Record

_NUMBER = re.compile(r"\+?[0-9]{7,15}")
_DAY = 24 * 60 * 60


class LastAgents:
    """The last agent (a KAZOO user) by caller number, kept for *days*.

    Directory entries of kind `last_agent`. Each method takes at most one round trip and raises
    `StateUnavailable`.
    """

    def __init__(self, *, days: int = 30) -> None:
        self._entries = Directory("last_agent")
        self._seconds = days * _DAY

    def of(self, number: str) -> str | None:
        """Return the ID of the user whom *number* last spoke with, or `None`."""
        entry = self._entries.get(number) or {}
        user = entry.get("user")
        return user if isinstance(user, str) else None

    def remember(self, record: Record) -> bool:
        """Store the agent of *record* if it is a conversation newer than the one stored.

        Returns whether it stored anything. KAZOO's event for the called leg has the user's ID
        (`Owner-ID`, from `kz_endpoint.erl`) and the caller's number as shown to the user. Anonymous
        callers and extensions are ignored.
        """
        number, user = record.facts.get("caller_id_number"), record.facts.get("owner_id")
        called = record.state == "bridged" and record.facts.get("call_direction") == "outbound"
        known = _NUMBER.fullmatch(str(number)) and not is_withheld(str(number))
        if not (called and user and known):
            return False
        at = int(record.at.timestamp()) if record.at else 0
        entry = {"user": user, "at": at}
        return self._entries.put_newest(str(number), entry, by="at", seconds=self._seconds)
