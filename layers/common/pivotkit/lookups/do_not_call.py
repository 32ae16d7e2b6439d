"""Who wants no more calls from us: numbers in the Directory, whichever way they were written."""

from datetime import datetime

from pivotkit.phone.numbers import ANONYMOUS, NORTH_AMERICA, canonical
from pivotkit.store.directory import Directory


class DoNotCall:
    """The list: entries of the Directory of kind `do_not_call`, by number in E.164 form.

    *home* is the country code in whose way a number without `+` is read. Each method is one round
    trip at most, and raises `StateUnavailable`.
    """

    def __init__(self, home: str = NORTH_AMERICA) -> None:
        self._home = home
        self._entries = Directory("do_not_call")

    def holds(self, number: str) -> bool:
        """Whether *number* is on the list. A withheld one never is."""
        found = canonical(number, self._home)
        return found != ANONYMOUS and self._entries.get(found) is not None

    def add(self, number: str, at: datetime) -> bool:
        """Put *number* on the list, for ever; `False` for a withheld one. Twice does no harm."""
        found = canonical(number, self._home)
        if found == ANONYMOUS:
            return False
        self._entries.put(found, {"since": at.isoformat()})
        return True
