"""The common part of receivers and sinks: authenticate, read, store once, answer 200.

KAZOO does not repeat a delivery that was answered, whatever the status, and disables a hook after
six failures in a minute (`webhooks_disabler.erl`). Everything authentic is therefore answered with
exactly 200 and stored: in DynamoDB, or else in the spool queue, or else in the log.
"""

import base64
import json
import os
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from pivotkit.core import faults, telemetry
from pivotkit.core.deadline import Deadline, DeadlineExceeded, after_cut
from pivotkit.core.errors import RequestError
from pivotkit.http.deliveries import Content, content_of, digest
from pivotkit.http.gateway import GatewayRequest, GatewayResponse, reply
from pivotkit.store import Item
from pivotkit.store.call_records import CallRecords
from pivotkit.store.client import client
from pivotkit.store.records import Record

MAX_STORED = 256 * 1024
"""Limit on the stored bytes of a body. An item holds 400 kB."""

MAX_RECORD = 32 * 1024
"""Limit on the bytes of a template's record, which is stored in the same item."""

MAX_KEY = 2048
MAX_SORT = 900
"""Limits on the bytes of an item's keys."""

MAX_WORD = 256
"""Limit on the characters of a name that is stored and logged."""

TEMPLATE_SECONDS = 0.5
"""Limit on the time of a template. It is pure, and needs next to none."""

STORE_SECONDS = 1.5
"""Limit on the time of each store. With the template's, less than Lambda's 4 s in all."""


class ItemKey(NamedTuple):
    """The key of a delivery's item: its subject's key, and the start of its sort key."""

    key: str
    sort: str


def delivery_item(request: GatewayRequest, where: ItemKey, extra: Mapping[str, str]) -> Item:
    """The item that holds *request* as it came."""
    content = content_of(request)
    body, encoding = _readable(content)
    item: Item = {
        "pk": {"S": _fitting(where.key, MAX_KEY)},
        "sk": {"S": f"{_fitting(where.sort, MAX_SORT)}#{digest(request)}"},
        "item": {"S": "delivery"},
        "received_at": {"N": str(int(time.time()))},
        "method": {"S": request.method},
        "content_type": {"S": request.content_type},
        encoding: {"S": body},
    }
    if len(content) > MAX_STORED:
        item["cut_from"] = {"N": str(len(content))}
    return item | {name: {"S": value[:MAX_RECORD]} for name, value in extra.items() if value}


def _fitting(text: str, most: int) -> str:
    """Return *text*, or if it has more than *most* bytes, its start and a digest."""
    data = text.encode()
    if len(data) <= most:
        return text
    return f"{data[: most - 65].decode(errors='ignore')}~{sha256(data).hexdigest()}"


class Store:
    """Stores a delivery durably: in DynamoDB, the spool queue, or the log, in this order."""

    def __init__(self) -> None:
        self._records = CallRecords()
        self._queue = os.environ.get("SPOOL_QUEUE_URL", "")
        self._spool_client = client("sqs")  # at INIT, not when the table has already failed

    def keep(self, item: Item) -> str:
        """Store *item*. Returns `stored`, `duplicate`, `queued`, or `spooled`."""
        return _in_time(self._put, item) or _in_time(self._send, item) or _spooled(item)

    def _put(self, item: Item) -> str:
        return "stored" if self._records.keep(item) else "duplicate"

    def _send(self, item: Item) -> str:
        message = json.dumps(item, ensure_ascii=False)
        self._spool_client.send_message(QueueUrl=self._queue, MessageBody=message)
        return "queued"


def _in_time(take: Callable[[Item], str], item: Item) -> str:
    """The outcome of *take*, or '' if it failed or took too long."""
    watch = Deadline(STORE_SECONDS)
    try:
        with watch:
            return take(item)
    except DeadlineExceeded:
        watch.stop()
        after_cut()
    except Exception as error:  # noqa: BLE001  (another store is tried next)
        telemetry.logger().warning("store failed", extra=faults.fault(error))
    telemetry.count("StoreFailed")
    return ""


def _spooled(item: Item) -> str:
    """Write *item* to the log: the only place where caller data is logged. It would be lost."""
    telemetry.spool(item)
    telemetry.count("Spooled")
    return "spooled"


def mark(content: Content) -> dict[str, str]:
    """The mark of a delivery whose values were cut, for its item and its log line."""
    return {"values_cut": "true"} if content.cut else {}


def refuse(error: RequestError) -> GatewayResponse:
    """The answer to a request that KAZOO did not send."""
    telemetry.done("refused", status=error.status, error=type(error).__name__)
    telemetry.count("Refused")
    return reply(error.status, json.dumps({"message": error.public}))


def accept() -> GatewayResponse:
    """Exactly 200."""
    return reply(200, "{}")


def mapped[T](template: Callable[[T], Record | None], value: T) -> tuple[str, str]:
    """The template's record as text, and the reason if there is none."""
    watch = Deadline(TEMPLATE_SECONDS)
    try:
        with watch:
            return _recorded(template(value)), ""
    except (DeadlineExceeded, Exception) as error:  # noqa: BLE001  (the delivery is kept)
        watch.stop()
        telemetry.count("TemplateFailed")
        return "", _failed(error, template)


def _failed(error: BaseException, template: Callable[..., Any]) -> str:
    """The reason to log with the delivery; a local run also logs the full report."""
    found = faults.fault(error, template)
    if details := faults.details(error, template):
        telemetry.logger().error("template failed", extra={**found, **details})
    return f"{found['error']} {found['at']}"


def _recorded(record: Record | None) -> str:
    if record is None:
        return ""
    if not isinstance(record, Record):
        raise TypeError("a receiver's template returns a Record or None")
    text = record.as_json()
    if len(text.encode()) > MAX_RECORD:
        raise ValueError(f"a record of more than {MAX_RECORD} bytes")
    return text


def _readable(content: bytes) -> tuple[str, str]:
    """The part of *content* that is stored, as text, and the name of its attribute."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content[:MAX_STORED]).decode(), "body_base64"
    return content[:MAX_STORED].decode(errors="ignore"), "body"


def first_annotation(template: Any) -> Any:
    """The annotation of a template's parameter, evaluated."""
    from typing import get_type_hints  # noqa: PLC0415  (once, at import)

    hints = get_type_hints(template)
    hints.pop("return", None)
    if not hints:
        raise TypeError(
            f"{template.__name__}: annotate its parameter, as in `event: ChannelAnswer`"
        )
    return next(iter(hints.values()))
