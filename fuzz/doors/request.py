"""Pivot requests: to a template without questions, and to one with, also as its follow-up.

Words: template, method, content type, and query. Rule: a refusal with the status of a typed error,
or a callflow that KAZOO executes, from the template itself.
"""

from __future__ import annotations

import os
import time
from functools import partial

from fuzz.doors import Door
from fuzz.doors.rules import Answer, Given, event, no_fault, one_of, refused_or, require
from pivotctl.lint.verdict import read
from pivotctl.problems import Verdict
from pivotctl.reader.answers import PivotAnswer
from pivotkit.calls.tokens import FollowUp, Signer, call_digest
from tests import functions

TEMPLATES = ("say_hello", "menu", "next")
ACCOUNT, CALL = (
    "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4",
    "3f9d6a0e-72c4-4b18-a5f3-8e1c2d7b9046@203.0.113.25",
)
KEY = "pivot-development"
_HOUR = 3600
_FORM = "application/x-www-form-urlencoded"


def door() -> Door:
    """Return the door."""
    handlers = {}
    for name in ("say_hello", "menu"):
        os.environ["POWERTOOLS_SERVICE_NAME"] = name
        handlers[name] = functions.load(f"pivot/{name}")
    handlers["next"] = handlers["menu"]
    token = Signer.from_environment("menu").follow_up(
        FollowUp(int(time.time()) + _HOUR * _HOUR, call_digest(ACCOUNT, CALL), question="choice")
    )
    keys = {"say_hello": KEY, "menu": KEY, "next": token}

    def enter(data: bytes) -> None:
        given = Given.read(data)
        name = one_of(given.word(0), TEMPLATES)
        headers = {"content-type": given.word(2, _FORM)}
        method, query = given.word(1, "POST"), given.word(3)
        asked = event(method, keys[name], given.content, query=query, headers=headers)
        refused_or(handlers[name](asked, None), partial(executed, data))

    return enter


def executed(data: bytes, answer: Answer) -> None:
    """Require a callflow that KAZOO executes, from the template itself."""
    no_fault(answer)
    content_type = answer["headers"]["content-type"]
    reading = read(PivotAnswer(answer["body"].encode(), content_type))
    require(reading.verdict is Verdict.EXECUTES, f"{reading.problems} for {data!r}")
