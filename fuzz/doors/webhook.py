"""Webhooks, of hooks with and without a secret.

Words: `signed` or `open`, method, content type, hook, account, and query. Rule: a refusal with the
status of a typed error, or 200 for a delivery that DynamoDB takes and every worker can read.
"""

from __future__ import annotations

import os

from fuzz.doors import Door
from fuzz.doors.rules import Answer, Given, event, keep_in_memory, one_of, refused_or, require
from tests import functions

KEY = "webhooks-development"
SECRET = "a-secret-of-a-hook"  # noqa: S105  (it opens nothing)
_FORM = "application/x-www-form-urlencoded"


def door() -> Door:
    """Return the door."""
    os.environ["POWERTOOLS_SERVICE_NAME"] = "everything"
    handlers = {"open": functions.load("webhooks/everything")}
    os.environ["HOOK_SECRETS"] = SECRET
    handlers["signed"] = functions.load("webhooks/everything")
    del os.environ["HOOK_SECRETS"]
    for handler in handlers.values():
        keep_in_memory(handler)

    def enter(data: bytes) -> None:
        given = Given.read(data)
        headers = {
            "content-type": given.word(2, _FORM),
            "x-hook-id": given.word(3),
            "x-account-id": given.word(4),
        }
        method, query = given.word(1, "POST"), given.word(5)
        handler = handlers[one_of(given.word(0), ("open", "signed"))]
        asked = event(method, KEY, given.content, query=query, headers=headers)
        refused_or(handler(asked, None), accepted)

    return enter


def accepted(answer: Answer) -> None:
    """Require the one answer to a delivery."""
    require(answer["body"] == "{}", "an accepted delivery is answered with {}")
