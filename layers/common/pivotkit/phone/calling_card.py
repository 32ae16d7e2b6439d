"""Calling cards and dial-in access: which number a caller wants, and how long she may talk."""

from collections.abc import Generator

from pivotkit.calls.conversations import Question, Reply, ask
from pivotkit.phone.dialing import DialPolicy, DialTarget, NumberRefused

LONGEST_NUMBER = 18
"""Digits of E.164, and three for an international prefix."""


def ask_number(
    policy: DialPolicy, prompt: str, *, tries: int = 2
) -> Generator[Question, Reply, tuple[DialTarget | None, str]]:
    """Ask for a number that *policy* allows, *tries* times at most: the number, and an apology.

    The number is `None` when the last one was refused, which the apology explains, or when nothing
    was pressed, which needs none.
    """
    sorry = ""
    for _ in range(tries):
        digits = yield from ask(f"{sorry}{prompt}", max_digits=LONGEST_NUMBER)
        if digits is None:
            return None, ""
        try:
            return policy.target(digits), ""
        except NumberRefused as error:
            sorry = f"Sorry, that number can't be called: {error.reason}. "
    return None, sorry


def talk_time(balance: int, rate: int, most: int) -> int:
    """Seconds for which *balance* pays, at *rate* a minute, but no more than *most*.

    Both are in the same unit, cents for instance. Nothing is paid by a balance below zero; a rate
    of zero or less costs nothing.
    """
    if rate <= 0:
        return most
    return min(most, max(balance, 0) * 60 // rate)


def minutes(seconds: int) -> str:
    """A time as people say it, in whole minutes that are left: `1 minute`, `12 minutes`."""
    number = seconds // 60
    return "1 minute" if number == 1 else f"{number} minutes"
