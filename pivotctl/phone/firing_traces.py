"""Traces that events leave in a local stack: items, runs of functions, requests, dead letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pivotctl.log_lines import readable
from pivotctl.phone.state_diff import shown
from pivotctl.upstreams import received

if TYPE_CHECKING:
    from pivotctl.stack import Stack

_MOST_ITEMS = 5000
_DEAD = "DeadLetterQueue"

type Items = Mapping[str, Mapping[str, Any]]
"""Items of a table by key."""


@dataclass(frozen=True)
class StoredItem:
    """An item that was added or changed; `key` is its key, and `item` the whole of it."""

    table: str
    key: str
    change: str
    item: Mapping[str, Any]


@dataclass(frozen=True)
class FunctionRun:
    """A function that ran, so many times, with the lines of its log."""

    function: str
    kind: str
    runs: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class SentRequest:
    """A request that a function has sent to a fake service."""

    service: str
    request: Mapping[str, Any]


@dataclass(frozen=True)
class DeadLetterCount:
    """Messages that a worker has given up by now, and before."""

    queue: str
    before: int
    after: int


@dataclass(frozen=True)
class Snapshot:
    """A local stack at one moment."""

    tables: Mapping[str, Items]
    logs: Mapping[str, int]
    received: Mapping[str, Sequence[Mapping[str, Any]]]
    dead: Mapping[str, int]


@dataclass(frozen=True)
class Traces:
    """Reads the traces of a stack."""

    stack: Stack

    def snapshot(self) -> Snapshot:
        """Return what is there now."""
        url = self.stack.upstreams_url
        return Snapshot(
            {name: self._items(name) for name in self.stack.tables},
            {name: self._size(name) for name in self.stack.info.functions},
            received(url) if url else {},
            self._dead(),
        )

    def stored(self, before: Snapshot, after: Snapshot) -> Iterator[StoredItem]:
        """Yield the items that were added or changed."""
        for table, items in after.tables.items():
            old = before.tables[table]
            for key, item in items.items():
                if item != old.get(key):
                    change = "changed" if key in old else "added"
                    yield StoredItem(table, key, change, shown(item))

    def runs(self, before: Snapshot) -> Iterator[FunctionRun]:
        """Yield the functions that have run since, with what they have logged."""
        for name, size in before.logs.items():
            lines = self._new_lines(name, size)
            if lines:
                runs = sum(line.startswith("START RequestId") for line in lines)
                said = tuple(text for line in lines if (text := readable(line)))
                kind = self.stack.project.functions[name].kind
                yield FunctionRun(name, kind, max(runs, 1), said)

    def sent(self, before: Snapshot, after: Snapshot) -> Iterator[SentRequest]:
        """Yield the requests that fake services have received since."""
        for service, requests in after.received.items():
            for request in requests[len(before.received[service]) :]:
                yield SentRequest(service, request)

    def dead_letters(self, before: Snapshot, after: Snapshot) -> Iterator[DeadLetterCount]:
        """Yield the queues of dead letters that have grown."""
        for queue, count in after.dead.items():
            if count > before.dead[queue]:
                yield DeadLetterCount(queue, before.dead[queue], count)

    # -- where they are ----------------------------------------------------------------------------

    def _items(self, table: str) -> Items:
        """Return a table's items; none of one that is too large to compare."""
        from pivotctl.stack.aws import dynamodb_at  # noqa: PLC0415  (slow to import)

        name = self.stack.tables[table]
        keys = [each["AttributeName"] for each in self._keys(table)]
        pages = dynamodb_at(self.stack.aws_url).get_paginator("scan").paginate(TableName=name)
        found: dict[str, Mapping[str, Any]] = {}
        for page in pages:
            for item in page["Items"]:
                found[" / ".join(str(*item[key].values()) for key in keys)] = item
            if len(found) > _MOST_ITEMS:
                return {}
        return found

    def _keys(self, table: str) -> Sequence[Mapping[str, str]]:
        properties = self.stack.project.tables[table].properties
        keys: Sequence[Mapping[str, str]] = properties["KeySchema"]
        return keys

    def _log(self, function: str) -> Path:
        return Path(self.stack.info.logs) / f"{function}.log"

    def _size(self, function: str) -> int:
        path = self._log(function)
        return path.stat().st_size if path.exists() else 0

    def _new_lines(self, function: str, size: int) -> list[str]:
        path = self._log(function)
        if not path.exists():
            return []
        with path.open("rb") as file:
            file.seek(size)
            return file.read().decode("utf-8", "replace").splitlines()

    def _dead(self) -> dict[str, int]:
        from pivotctl.stack.aws import sqs_at  # noqa: PLC0415  (slow to import)

        sqs = sqs_at(self.stack.aws_url)
        found = {}
        for queue, url in self.stack.queues.items():
            if queue.endswith(_DEAD):
                answer = sqs.get_queue_attributes(
                    QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
                )
                found[queue] = int(answer["Attributes"]["ApproximateNumberOfMessages"])
        return found
