"""The state of a call in DynamoDB, before and after each request, and what has changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pivotctl.switch.events import AnswerReceived, CallEvent, RequestFailed, RequestSent

if TYPE_CHECKING:
    from pivotctl.stack import Stack

type Item = Mapping[str, Any]
"""An item as JSON, by attribute."""

HIDDEN = "••••"
TABLE = "CallStateTable"
_SECRET = re.compile(
    r"(^|[^a-z])(secret|password|passwd|pin|token|api_?key|card|cvc|salt|hash|authorization|credential)s?"
    r"($|[^a-z])",
    re.IGNORECASE,
)
_MISSING = object()


@dataclass(frozen=True, slots=True)
class StateChange:
    """A change of a value at `path`, such as `var:color` or `run:menu:1[0].value`.

    `change` is added, removed, or changed; `before` and `after` are JSON, or None.
    """

    path: str
    change: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSeen(CallEvent):
    """The call's item after a request, and what the request has changed in it."""

    type: ClassVar[str] = "state"
    key: str
    item: dict[str, Any]
    changes: tuple[StateChange, ...] = ()


@dataclass
class StateWatch:
    """Adds the state of a call to its events. `read` returns the call's item by its key, or None.

    The item is read when KAZOO has made a request but not sent it yet, and when the answer is
    there, so that reading costs the answer no time. Nothing is added while it cannot be read.
    """

    key: str
    read: Callable[[str], Item | None]

    def watched(self, events: Iterator[CallEvent]) -> Iterator[CallEvent]:
        """Yield `events`, and after each answer what its request has changed."""
        before: Item | None = None
        for event in events:
            if isinstance(event, RequestSent):
                before = self.read(self.key)
            yield event
            if isinstance(event, AnswerReceived | RequestFailed):
                after = self.read(self.key)
                if before is not None and after is not None:
                    yield self._seen(event.at, before, after)
                before = after

    def _seen(self, at: float, before: Item, after: Item) -> StateSeen:
        changes = tuple(differences(before, after))
        return StateSeen(at=at, key=self.key, item=dict(after), changes=changes)


def state_reader(stack: Stack) -> Callable[[str], Item | None]:
    """Return a reader of the calls' items in the local AWS of `stack`.

    It returns {} for a call without an item, and None if the local AWS does not answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  (slow to import)

    from pivotctl.stack.aws import dynamodb_at  # noqa: PLC0415  (slow to import)

    name = stack.tables.get(TABLE)
    client = dynamodb_at(stack.aws_url)

    def read(key: str) -> Item | None:
        if name is None:
            return None
        try:
            answer = client.get_item(TableName=name, Key={"pk": {"S": key}}, ConsistentRead=True)
        except (BotoCoreError, ClientError):
            return None
        return shown(answer.get("Item", {}))

    return read


def shown(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item of DynamoDB as JSON: texts that are JSON are read, secrets are hidden."""
    return {name: _hidden(name, _plain(item[name])) for name in sorted(item)}


def _plain(value: Mapping[str, Any]) -> Any:
    """Return a value of DynamoDB (`{"S": ...}`) as JSON."""
    [(kind, content)] = value.items()
    return _KINDS[kind](content)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _sorted(values: Any) -> list[str]:
    return sorted(str(each) for each in values)


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "S": _read,
    "N": json.loads,
    "BOOL": bool,
    "NULL": lambda _: None,
    "B": lambda content: f"{len(content)} bytes",
    "L": lambda content: [_plain(each) for each in content],
    "M": lambda content: {name: _plain(each) for name, each in content.items()},
    "SS": _sorted,
    "NS": _sorted,
    "BS": lambda content: f"{len(content)} binary values",
}


def _hidden(name: str, value: Any) -> Any:
    """Hide values whose names say that they are secret, however deep."""
    if _SECRET.search(name) and not isinstance(value, dict | list | bool | None):
        return HIDDEN
    if isinstance(value, dict):
        return {key: _hidden(key, each) for key, each in value.items()}
    return [_hidden("", each) for each in value] if isinstance(value, list) else value


def differences(before: Any, after: Any, path: str = "") -> Iterator[StateChange]:
    """Yield what differs between two JSON values, at the deepest paths."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            deeper = f"{path}.{key}" if path else str(key)
            yield from differences(before.get(key, _MISSING), after.get(key, _MISSING), deeper)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from differences(_at(before, index), _at(after, index), f"{path}[{index}]")
    elif before is _MISSING:
        yield StateChange(path, "added", after=after)
    elif after is _MISSING:
        yield StateChange(path, "removed", before=before)
    elif before != after:
        yield StateChange(path, "changed", before, after)


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else _MISSING
