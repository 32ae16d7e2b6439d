"""Shared PINs: one PIN for many people, limited so that no caller can lock out the others."""

from pivotkit.calls.call import Call
from pivotkit.phone.pins import Pins, try_key
from pivotkit.store.attempts import Attempts

CROWD = 10
"""Limit for all callers together, as a multiple of one caller's, because numbers can be forged."""


class SharedPins(Pins):
    """Shared PINs, with *tries* per *seconds* for each caller and ten times as many for all.

    The holder is the gate that the PIN opens. A correct PIN takes back all attempts of its caller's
    number, but only those of its own call from the limit for all: numbers can be forged.
    """

    def __init__(self, kind: str = "gate", *, tries: int = 5, seconds: int = 900) -> None:
        super().__init__(kind, tries=CROWD * tries, seconds=seconds)
        self._callers = Attempts(tries, seconds)

    def accepts(self, holder: str, call: Call, pin: str) -> bool:
        """Tell whether *pin* opens the gate *holder*, within both the caller's limit and the total.

        Raises `StateUnavailable`.
        """
        subject = f"{self._kind}#{holder}#{call.caller.number}"
        callers = self._callers.of(call)
        counted = callers.count(subject, try_key(call))
        opened = bool(counted) and super().accepts(holder, call, pin)
        if opened:
            callers.take_back(subject, counted)
        return opened
