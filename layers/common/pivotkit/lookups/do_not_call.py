"""The do-not-call list: numbers in the Directory, matched in whatever form they are written."""

from datetime import datetime

from pivotkit.phone.numbers import ANONYMOUS, canonical
from pivotkit.store import Owned
from pivotkit.store.directory import Directory


class DoNotCall:
    """The list of each account: Directory entries of kind `do_not_call`, by number in E.164 form.

    *home* is the default country (ISO 3166) for numbers without `+`. Each method takes at
    most one round trip and raises `StateUnavailable`.
    """

    def __init__(self, home: str) -> None:
        self._home = home
        self._entries = Directory("do_not_call")

    def holds(self, owner: Owned, number: str) -> bool:
        """Tell whether *number* is on the list of *owner*'s account. A withheld number never is."""
        found = canonical(number, self._home)
        return found != ANONYMOUS and self._entries.of(owner).get(found) is not None

    def add(self, owner: Owned, number: str, at: datetime) -> bool:
        """Add *number* to the list for good; return `False` for a withheld one. Idempotent."""
        found = canonical(number, self._home)
        if found == ANONYMOUS:
            return False
        self._entries.of(owner).put(found, {"since": at.isoformat()})
        return True
