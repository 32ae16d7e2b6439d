"""Shared PINs: one PIN for many people, limited so that no caller can lock out the others."""

from pivotkit.calls.call import Call
from pivotkit.phone.pins import Pins
from pivotkit.store.attempts import Attempts

CROWD = 10
"""Limit for all callers together, as a multiple of one caller's, because numbers can be forged."""


class SharedPins(Pins):
    """Shared PINs, with *tries* per *seconds* for each caller and ten times as many for all.

    The holder is the gate that the PIN opens. A correct PIN resets both limits.
    """

    def __init__(self, kind: str = "gate", *, tries: int = 5, seconds: int = 900) -> None:
        super().__init__(kind, tries=CROWD * tries, seconds=seconds)
        self._callers = Attempts(tries, seconds)

    def accepts(self, holder: str, call: Call, attempt: int, pin: str) -> bool:
        """Tell whether *pin* opens the gate *holder*, within both the caller's limit and the total.

        Raises `StateUnavailable`.
        """
        subject = f"{call.account_id}#{self._kind}#{holder}#{call.caller.number}"
        allowed = self._callers.allow(subject, call.effect_key(f"pin {attempt}"))
        opened = allowed and super().accepts(holder, call, attempt, pin)
        if opened:
            self._callers.forget(subject)
        return opened
