"""Custom application variables, read as what they are: text from outside.

Whoever sets them may be one of our own functions, an application that calls KAZOO's API, or anybody
who can open a click-to-call link: KAZOO makes variables of all its query parameters.
"""

from pivotkit.calls.call import Call
from pivotkit.core.speech import spoken

LONGEST = 200
"""Characters of a variable that are read."""


def text_var(call: Call, name: str) -> str:
    """The variable *name* as text; '' when it is not there, or is no text and no number.

    Look it up in a table, match it against a pattern, or hand it to `DialPolicy`: never use it as
    an id or a number as it is.
    """
    value = call.custom_application_vars.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)[:LONGEST]


def spoken_var(call: Call, name: str, default: str = "") -> str:
    """The variable *name* as it may be spoken; *default* when nothing of it can be."""
    return spoken(text_var(call, name)) or default
