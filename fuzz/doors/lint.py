"""Answers of any server, as `pivotctl lint` judges them.

Words: content type, and version of KAZOO. Rule: one of the verdicts, in JSON.
"""

from __future__ import annotations

import contextlib
import json

from fuzz.doors import Door
from fuzz.doors.rules import Given, one_of
from pivotctl.lint.callflow_documents import stored_flow
from pivotctl.lint.twilio import TwilioError, examine
from pivotctl.lint.verdict import read
from pivotctl.problems import Mode
from pivotctl.reader.answers import PivotAnswer

_TYPES = ("text/xml", "application/json", "text/html", "")


def door() -> Door:
    """Return the door."""

    def enter(data: bytes) -> None:
        given = Given.read(data)
        content_type = one_of(given.word(0), _TYPES)
        mode = Mode(one_of(given.word(1), [mode.value for mode in Mode]))
        reading = read(PivotAnswer(given.content, content_type), press=("1#", ""), mode=mode)
        json.dumps(reading.as_json()).encode()
        stored_flow(given.content)
        with contextlib.suppress(TwilioError):
            examine(given.content, mode)

    return enter
