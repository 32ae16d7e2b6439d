"""A gate with one PIN for many people: nobody who calls can lock it for all the others."""

from pivotkit.calls.call import Call
from pivotkit.phone.pins import Pins
from pivotkit.store.attempts import Attempts

CROWD = 10
"""All callers together have so many times the tries of one, because numbers can be forged."""


class SharedPins(Pins):
    """PINs that are shared: *tries* in *seconds* for each caller, ten times as many for all.

    The holder is the gate. A PIN that is right gives back the tries of both.
    """

    def __init__(self, kind: str = "gate", *, tries: int = 5, seconds: int = 900) -> None:
        super().__init__(kind, tries=CROWD * tries, seconds=seconds)
        self._callers = Attempts(tries, seconds)

    def accepts(self, holder: str, call: Call, attempt: int, pin: str) -> bool:
        """Whether *pin* opens the gate *holder*, and both this caller and all have a try left."""
        subject = f"{call.account_id}#{self._kind}#{holder}#{call.caller.number}"
        allowed = self._callers.allow(subject, call.effect_key(f"pin {attempt}"))
        opened = allowed and super().accepts(holder, call, attempt, pin)
        if opened:
            self._callers.forget(subject)
        return opened
