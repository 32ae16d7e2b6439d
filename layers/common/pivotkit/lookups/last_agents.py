"""The last agent a caller spoke with: the worker `last_agents` stores it, and templates read it."""

import re

from pivotkit.calls.call import Call
from pivotkit.core.caller_ids import is_withheld
from pivotkit.store.directory import Directory
from pivotkit.store.records import Delivery

_NUMBER = re.compile(r"\+?[0-9]{7,15}")
_DAY = 24 * 60 * 60


class LastAgents:
    """The last agent (a KAZOO user) of an account by caller number, kept for *days*.

    Directory entries of kind `last_agent`. Each method takes at most one round trip and raises
    `StateUnavailable`.
    """

    def __init__(self, *, days: int = 30) -> None:
        self._entries = Directory("last_agent")
        self._seconds = days * _DAY

    def of(self, call: Call) -> str | None:
        """Return the ID of the user whom the caller of *call* last spoke with, or `None`."""
        entry = self._entries.of(call).get(call.caller.number) or {}
        user = entry.get("user")
        return user if isinstance(user, str) else None

    def remember(self, delivery: Delivery) -> bool:
        """Store the agent in *delivery* if it is a conversation newer than the one stored.

        Returns whether it stored anything. KAZOO's event for the called leg has the user's ID
        (`Owner-ID`, from `kz_endpoint.erl`) and the caller's number as shown to the user. Anonymous
        callers and extensions are ignored.
        """
        record = delivery.record
        if record is None or record.state != "bridged":
            return False
        number, user = record.facts.get("caller_id_number"), record.facts.get("owner_id")
        known = _NUMBER.fullmatch(str(number)) and not is_withheld(str(number))
        if not (record.facts.get("call_direction") == "outbound" and user and known):
            return False
        at = int(record.at.timestamp()) if record.at else 0
        entries = self._entries.of(delivery)
        entry = {"user": user, "at": at}
        return entries.put_newest(str(number), entry, by="at", seconds=self._seconds)
