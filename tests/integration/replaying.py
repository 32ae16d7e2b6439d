"""Plays KAZOO's part towards a handler in this process: asks, follows, presses, repeats."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from tests.dynamodb import before_requests
from tests.events import ACCOUNT, FORM, event


@contextmanager
def counted() -> Iterator[list[str]]:
    """The operations that the layer asks DynamoDB for meanwhile, however often one is sent."""
    calls: list[str] = []
    with before_requests(lambda operation, _: calls.append(operation.title().replace("_", ""))):
        yield calls


_number = itertools.count(1)


class Invocation:
    """The context that the runtime passes besides the event.

    Each invocation has an ID of its own. They ascend, because steps that come in one millisecond
    are in the order of their IDs.
    """

    def __init__(self) -> None:
        self.aws_request_id = f"00000000-0000-4000-8000-{next(_number):012}"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Milliseconds until Lambda's time-out."""
        return 4000


class Line:
    """One call's side of a conversation with *handler*: what it asks and what it is answered."""

    def __init__(self, handler: Any, call_id: str = "c1", **fields: str) -> None:
        self.handler = handler
        self.fields = {"Account-ID": ACCOUNT, "Call-ID": call_id, **fields}
        self.key = "pivot-development"
        self.answer: dict[str, Any] = {}

    def ask(self, digits: str | None = None, **fields: str) -> "Line":
        """Ask as KAZOO would after the last answer, the caller having pressed *digits*."""
        self.answer = self.repeat(digits, **fields)
        self.key = self.follow_up or self.key
        return self

    def repeat(self, digits: str | None = None, key: str = "", **fields: str) -> dict[str, Any]:
        """Send a request and change nothing of the line."""
        sent = {**self.fields, **fields}
        if digits is not None:
            sent["Digits" if self.is_document else "Digits[answer]"] = digits
        body = "&".join(f"{name}={quote(value)}" for name, value in sent.items())
        asked = event(body, key=key or self.key, content_type=FORM)
        found: dict[str, Any] = self.handler(asked, Invocation())
        return found

    @property
    def is_document(self) -> bool:
        """Whether the last answer was TwiML."""
        return "xml" in self.answer.get("headers", {}).get("content-type", "")

    @property
    def actions(self) -> list[dict[str, Any]]:
        """The chain of actions of the last answer."""
        action, found = json.loads(self.answer["body"]), []
        while action:
            found.append(action)
            action = action.get("children", {}).get("_")
        return found

    @property
    def heard(self) -> str:
        """The part of the last answer that the caller hears until it asks again."""
        if self.is_document:
            root = ET.fromstring(self.answer["body"])
            return " ".join(element.text or "" for element in root.iter("Say"))
        return " ".join(
            action["data"]["text"]
            for action in self.actions
            if action["module"] == "tts" and not _behind_a_pivot(self.actions, action)
        )

    @property
    def follow_up(self) -> str:
        """The key in the URL that the last answer leads to; '' when it ends."""
        if self.is_document:
            gather = ET.fromstring(self.answer["body"]).find("Gather")
            return (gather.get("action") or "").split("/")[3] if gather is not None else ""
        pivots = [action for action in self.actions if action["module"] == "pivot"]
        return pivots[0]["data"]["voice_url"].split("/")[3] if pivots else ""


def _behind_a_pivot(actions: list[dict[str, Any]], action: dict[str, Any]) -> bool:
    modules = [each["module"] for each in actions[: actions.index(action)]]
    return "pivot" in modules
