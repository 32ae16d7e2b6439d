"""Rules of doors, and the environment behind them.

An input is a line of words, separated by spaces, and then the content. Words that are missing or
unknown have a default, so any bytes are an input.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pivotkit.core import telemetry
from pivotkit.core.errors import RequestError
from pivotkit.store import Item
from pivotkit.store.records import Delivery, merged
from pivotkit.workers.bus import delivery_in, detail_of

VARIABLES: Mapping[str, str] = {
    "AWS_SAM_LOCAL": "true",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "CALL_RECORDS_TABLE": "records",
    "RECORDINGS_BUCKET": "recordings",
    "SIGNING_SECRETS": "a-secret-of-the-fuzzer-with-32-characters",
    "PUBLIC_URL": "https://pivot.example.com",
    "PIVOTCTL_PATIENCE": "1000",  # instrumented code is slow, and time is not what is tried
}
"""The environment of the functions behind the doors."""

MOST_ITEM, MOST_KEY, MOST_SORT = 400 * 1024, 2048, 1024
"""DynamoDB's limits on the bytes of an item and of its keys."""

type Answer = dict[str, Any]

_OK = 200
_FAULT = "x-pivot-error"
_FAILED = re.compile(r"[A-Za-z]*(Error|Exception|Exceeded) \S+:\d+")
_TOO_LONG = "ValueError"


class BrokenRule(Exception):
    """A door's answer is not one that its rule allows."""


@dataclass(frozen=True)
class Given:
    """An input: words, and the content."""

    words: tuple[str, ...]
    content: bytes

    @classmethod
    def read(cls, data: bytes) -> Given:
        """The input in *data*."""
        line, _, content = data.partition(b"\n")
        return cls(tuple(line.decode("latin-1").split(" ")), content)

    def word(self, at: int, default: str = "") -> str:
        """Return the word at a place, or the default."""
        return self.words[at] if at < len(self.words) and self.words[at] else default


def event(
    method: str,
    key: str,
    content: bytes,
    *,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    path: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return a request as API Gateway passes it on: text as it is, other bytes in Base64."""
    try:
        body, encoded = content.decode(), False
    except UnicodeDecodeError:
        body, encoded = base64.b64encode(content).decode(), True
    return {
        "version": "2.0",
        "rawQueryString": query,
        "headers": dict(headers or {}),
        "requestContext": {"http": {"method": method}, "domainName": "pivot.example.com"},
        "pathParameters": {"key": key, **(path or {})},
        "body": body,
        "isBase64Encoded": encoded,
    }


def require(kept: object, rule: str) -> None:
    """Raise `BrokenRule` unless the rule was kept."""
    if not kept:
        raise BrokenRule(rule)


def refused_or(answer: Answer, accepted: Callable[[Answer], None]) -> None:
    """Require a refusal with the status of a typed error, or else what *accepted* requires."""
    status = answer["statusCode"]
    if status == _OK:
        accepted(answer)
        return
    statuses = {each.status for each in RequestError.__subclasses__()}
    require(status in statuses, f"status {status} is none that a request is refused with")
    require(json.loads(answer["body"]).keys() == {"message"}, "a refusal has one message")
    json.dumps(answer, ensure_ascii=False).encode()


def no_fault(answer: Answer) -> None:
    """Require that no template had to be replaced by its fallback."""
    fault = answer["headers"].get(_FAULT)
    require(fault is None, f"the template failed: {fault}")


class Discarded(io.TextIOBase):
    """An output that takes what a log takes, and drops it."""

    def write(self, text: str) -> int:
        """Require that *text* can be written."""
        return len(text.encode())


@contextlib.contextmanager
def without_output() -> Iterator[None]:
    """Drop the lines that functions log, until the context ends."""
    dropped = Discarded()
    before = telemetry.output.setStream(dropped)
    with contextlib.redirect_stdout(dropped):
        try:
            yield
        finally:
            telemetry.output.setStream(before)


class KeptInMemory:
    """A store that takes what DynamoDB takes, and hands it to the workers behind it."""

    def keep(self, item: Item) -> str:
        """Require that *item* fits and that workers can read it."""
        text = json.dumps(item, ensure_ascii=False)
        require(len(text.encode()) <= MOST_ITEM, "an item holds at most 400 kB")
        for name, most in (("pk", MOST_KEY), ("sk", MOST_SORT)):
            require(0 < len(item[name]["S"].encode()) <= most, f"{name} has at most {most} bytes")
        problem = item.get("problem", {}).get("S", "")
        failed = _FAILED.match(problem) and not problem.startswith(_TOO_LONG)
        require(not failed, f"the template failed: {problem}")
        _work(item)
        return "stored"


def keep_in_memory(receiver: Any) -> None:
    """Give a receiver such a store: DynamoDB takes no thousand deliveries a second."""
    receiver._store = KeptInMemory()  # noqa: SLF001


def _work(item: Item) -> None:
    """Read a stored delivery as every worker does, from the stream and from the bus."""
    delivery = Delivery(item["pk"]["S"], item)
    require(len(delivery.id) == len("0" * 32), "a delivery has an ID")
    _ = delivery.event
    if delivery.record:
        json.dumps(merged([delivery.record, delivery.record]), ensure_ascii=False).encode()
    passed_on = delivery_in(json.loads(detail_of(delivery)))
    require(passed_on.id == delivery.id or "untimed" in item, "the bus keeps a delivery's ID")
    _ = passed_on.event


def one_of(word: str, known: Sequence[str]) -> str:
    """Return *word* if it is known, else the first one that is."""
    return word if word in known else known[0]
