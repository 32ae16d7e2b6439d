"""Custom application variables, treated as text from outside.

They may have been set by one of our own functions, by an application that calls KAZOO's API, or by
anybody with a click-to-call link: KAZOO turns all of the link's query parameters into variables.
"""

from pivotkit.calls.call import Call
from pivotkit.core.speech import spoken

LONGEST = 200
"""Limit on the characters of a variable."""


def text_var(call: Call, name: str) -> str:
    """The variable *name* as text, or '' if it is missing or neither text nor a number.

    Look it up in a table, match it against a pattern, or pass it to `DialPolicy`. Never use it as
    an ID or a number as it is.
    """
    value = call.custom_application_vars.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)[:LONGEST]


def spoken_var(call: Call, name: str, default: str = "") -> str:
    """The variable *name*, safe to speak, or *default* if nothing of it can be spoken."""
    return spoken(text_var(call, name)) or default
