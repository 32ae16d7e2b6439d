"""CDRs, with a key or with the token of a call.

Words: `key` or `token`, method, and content type. Rule: that of a webhook.
"""

from __future__ import annotations

import os

from fuzz.doors import Door
from fuzz.doors.request import ACCOUNT, CALL
from fuzz.doors.rules import Given, event, keep_in_memory, one_of, refused_or
from fuzz.doors.webhook import accepted
from pivotkit.calls.tokens import NamedCall, Signer
from tests import functions

_FORM = "application/x-www-form-urlencoded"


def door() -> Door:
    """Return the door."""
    os.environ["POWERTOOLS_SERVICE_NAME"] = "cdr_url"
    handler = functions.load("cdr/cdr_url")
    keep_in_memory(handler)
    token = Signer.from_environment("cdr_url").named_call(NamedCall(ACCOUNT, CALL))
    keys = {"key": "cdr-development", "token": token}

    def enter(data: bytes) -> None:
        given = Given.read(data)
        key = keys[one_of(given.word(0), ("key", "token"))]
        headers = {"content-type": given.word(2, _FORM)}
        asked = event(given.word(1, "POST"), key, given.content, headers=headers)
        refused_or(handler(asked, None), accepted)

    return enter
