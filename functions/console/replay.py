"""Replays of kept requests: Lambda is asked for a dry run of the function's current code.

Only Invoke can ask for one, never a request to a URL, and the layer refuses every effect while it
lasts (`pivotkit.calls.replays`).
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from call_lines import Line, differences, pretty
from call_story import Step

from pivotkit.calls.handler import REPLAY
from pivotkit.http.parameters import Value
from pivotkit.store.client import client

SECONDS = 4.0
ANSWER = "answer"
"""The collection in which questions of conversations are answered."""


class ReplayError(Exception):
    """A replay that did not happen. The message says why."""


class Replayed(NamedTuple):
    """The answer of today's code to a kept request, beside that of then."""

    then: str
    now: str
    outcome: str
    ms: int
    code: str
    error: str = ""
    at: str = ""
    effect: str = ""

    @property
    def lines(self) -> list[Line]:
        """Both answers, line by line."""
        return differences(self.then, self.now)

    @property
    def is_same(self) -> bool:
        """Whether both answers are the same."""
        return self.then == self.now


def replay(step: Step, digits: str) -> Replayed:
    """Ask the function of *step* what it answers today. Raises `ReplayError`.

    *digits* are those that the caller pressed, which are not kept.
    """
    event = {REPLAY: {**step.place, "request": _request(step, digits)}}
    found = _invoked(step.lambda_name, event)
    if "outcome" not in found:
        raise ReplayError(f"{step.function} failed: {found.get('errorType', 'no answer')}")
    return Replayed(
        then=pretty(step.answer),
        now=pretty(str(found.get("answer", ""))),
        outcome=str(found["outcome"]),
        ms=int(found.get("ms", 0)),
        code=str(found.get("code", "")),
        error=str(found.get("error", "")),
        at=str(found.get("at", "")),
        effect=str(found.get("effect", "")),
    )


def _request(step: Step, digits: str) -> dict[str, Value]:
    """The kept request, with *digits* where it had some."""
    request = {name: value for name, value in step.request.items() if name != "digits"}
    sent = step.request.get("digits")
    if digits and isinstance(sent, Mapping):
        request["digits"] = dict.fromkeys(sent, digits)
    elif digits:
        request["digits"] = digits
    return request


def _invoked(name: str, event: Mapping[str, Any]) -> dict[str, Any]:
    try:
        answer = client("lambda", SECONDS, attempts=1).invoke(
            FunctionName=name, Payload=json.dumps(event).encode()
        )
        found = json.loads(answer["Payload"].read())
    except ClientError as error:
        raise ReplayError(_why(error.response["Error"]["Code"], name)) from error
    except (BotoCoreError, ValueError) as error:
        raise ReplayError(f"{name} did not answer: {type(error).__name__}") from error
    return found if isinstance(found, dict) else {}


def _why(code: str, name: str) -> str:
    if code == "ResourceNotFoundException":
        return f"there is no function {name} any more"
    return f"Lambda refused to run {name}: {code}"
