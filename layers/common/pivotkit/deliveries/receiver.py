"""What webhook receivers and CDR sinks share: authenticate, read, store once, answer 200.

KAZOO does not repeat a delivery that was answered, whatever the status, and switches a hook off
after six failures in a minute (`webhooks_disabler.erl`). So everything authentic is stored and
answered with exactly 200: in DynamoDB, or else in the spool queue, or else in the log.
"""

import base64
import json
import os
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from pivotkit.core import telemetry
from pivotkit.core.deadline import Deadline, DeadlineExceeded, after_cut
from pivotkit.core.errors import RequestError
from pivotkit.deliveries.request import content_of, digest
from pivotkit.http.gateway import GatewayRequest, GatewayResponse, reply
from pivotkit.store.client import client
from pivotkit.store.records import Item, Record, unless_repeated

MAX_STORED = 256 * 1024
"""Bytes of a body that are stored: an item holds 400 kB."""

MAX_RECORD = 32 * 1024
"""Bytes of what a template makes of a delivery; it belongs into the item, too."""

MAX_KEY, MAX_SORT, MAX_WORD = 2048, 900, 256
"""Bytes of an item's keys; characters of a name that stands in the log, too."""

TEMPLATE_SECONDS = 0.5
"""What a template may take to map a delivery. It is pure, so it takes none."""

STORE_SECONDS = 1.5
"""What each store may take; with the template's time less than Lambda's 4 s in all."""


class Stored(NamedTuple):
    """Where a delivery belongs: the call's key, and the start of its sort key."""

    key: str
    sort: str


def delivery_item(request: GatewayRequest, where: Stored, extra: Mapping[str, str]) -> Item:
    """The item that keeps *request* as it came."""
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
    """*text*, or of one that is longer than *most* bytes its start and its digest."""
    data = text.encode()
    if len(data) <= most:
        return text
    return f"{data[: most - 65].decode(errors='ignore')}~{sha256(data).hexdigest()}"


class Store:
    """Takes a delivery for good: DynamoDB, the spool queue, the log, in this order."""

    def __init__(self) -> None:
        self._table = os.environ["CALL_RECORDS_TABLE"]
        self._queue = os.environ.get("SPOOL_QUEUE_URL", "")
        self._client = client("dynamodb")
        self._spool_client = client("sqs")  # now, not when the table has already failed

    def keep(self, item: Item) -> str:
        """Store *item* and say how: `stored`, `duplicate`, `queued` or `spooled`."""
        return _in_time(self._put, item) or _in_time(self._send, item) or _spooled(item)

    def _put(self, item: Item) -> str:
        try:
            self._client.put_item(TableName=self._table, Item=item, **unless_repeated(item))
        except self._client.exceptions.ConditionalCheckFailedException:
            return "duplicate"
        return "stored"

    def _send(self, item: Item) -> str:
        message = json.dumps(item, ensure_ascii=False)
        self._spool_client.send_message(QueueUrl=self._queue, MessageBody=message)
        return "queued"


def _in_time(take: Callable[[Item], str], item: Item) -> str:
    """What *take* says of *item*, or '' when it failed or took too long."""
    watch = Deadline(STORE_SECONDS)
    try:
        with watch:
            return take(item)
    except DeadlineExceeded:
        watch.stop()
        after_cut()
    except Exception as error:  # noqa: BLE001  (there is another place to keep it)
        telemetry.logger.warning("store failed", extra=telemetry.fault(error))
    telemetry.count("StoreFailed")
    return ""


def _spooled(item: Item) -> str:
    """Write *item* to the log: the one place where caller data gets there, or it would be lost."""
    telemetry.spool(item)
    telemetry.count("Spooled")
    return "spooled"


def refuse(error: RequestError) -> GatewayResponse:
    """The answer to a request that is not KAZOO's."""
    telemetry.done("refused", status=error.status, error=type(error).__name__)
    telemetry.count("Refused")
    return reply(error.status, json.dumps({"message": error.public}))


def accept() -> GatewayResponse:
    """Exactly 200."""
    return reply(200, "{}")


def mapped[T](template: Callable[[T], Record | None], value: T) -> tuple[str, str]:
    """The record that the template makes of a delivery, as text, and why there may be none."""
    watch = Deadline(TEMPLATE_SECONDS)
    try:
        with watch:
            return _recorded(template(value)), ""
    except (DeadlineExceeded, Exception) as error:  # noqa: BLE001  (the delivery is kept)
        watch.stop()
        telemetry.count("TemplateFailed")
        return "", " ".join(telemetry.fault(error).values())


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
    """As much of *content* as is stored, as text, and the attribute it goes under."""
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
        raise TypeError(f"{template.__name__}: say what it receives, as in `event: ChannelAnswer`")
    return next(iter(hints.values()))
