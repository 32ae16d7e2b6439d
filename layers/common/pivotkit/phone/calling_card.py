"""Calling cards and dial-in access: asking for a number, and limiting talk time to a balance."""

from pivotkit.calls.conversations import Asking, ask
from pivotkit.core.speech import numeral
from pivotkit.phone.dialing import DialPolicy, DialTarget, NumberRefused

MAX_NUMBER_DIGITS = 18
"""Fifteen digits for E.164, and three for an international prefix."""


def ask_number(
    policy: DialPolicy, prompt: str, *, tries: int = 2
) -> Asking[tuple[DialTarget | None, str]]:
    """Ask for a number that *policy* allows, at most *tries* times; return it and an apology.

    The number is `None` if the last one entered was not allowed, which the apology explains, or if
    the caller pressed nothing; the apology is then ''.
    """
    sorry = ""
    for _ in range(tries):
        digits = yield from ask(f"{sorry}{prompt}", max_digits=MAX_NUMBER_DIGITS)
        if digits is None:
            return None, ""
        try:
            return policy.target(digits), ""
        except NumberRefused as error:
            sorry = f"Sorry, that number can't be called: {error.reason}. "
    return None, sorry


def talk_time(balance: int, rate: int, maximum: int) -> int:
    """Return the seconds that *balance* buys at *rate* per minute, at most *maximum*.

    Balance and rate have the same unit, such as cents. A negative balance buys nothing; a rate of
    zero or less means that the call is free.
    """
    if rate <= 0:
        return maximum
    return min(maximum, max(balance, 0) * 60 // rate)


def minutes(seconds: int) -> str:
    """Write *seconds* as people say it, in whole minutes: `one minute`, `12 minutes`."""
    number = seconds // 60
    return f"{numeral(number)} minute" if number == 1 else f"{numeral(number)} minutes"
