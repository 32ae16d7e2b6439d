"""DynamoDB's JSON protocol, without the SDK's model of the service.

To import boto3 and make a client takes longer than all the rest of a stateful function's INIT, and
a request through it several times as long as this. Time-outs, attempts, and what is tried again are
those of the SDK's standard mode; items have the form that boto3's client has them in.
"""

import functools
import json
import os
import random
import threading
import time
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from pivotkit.core.deadline import patience
from pivotkit.store.aws_settings import credentials_source, dynamodb_endpoint, region
from pivotkit.store.connections import Connections, Reply, Unanswered
from pivotkit.store.database import Answer, DynamoDb, DynamoDbError
from pivotkit.store.limits import ANSWER_SECONDS, ATTEMPTS, CONNECT_SECONDS
from pivotkit.store.sigv4 import authorization

_THROTTLED = frozenset({
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TransactionInProgressException",
})  # fmt: skip
_SKEWED = frozenset({
    "InvalidSignatureException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
})  # fmt: skip
_SERVER_ERROR = 500
_PAUSE_SECONDS = 0.05
"""The longest pause before the second attempt, as in the SDKs' rules for DynamoDB."""

_SKEW = timedelta(minutes=4)
"""A clock that is less wrong is not the reason for a refusal."""


class JsonDynamoDb:
    """DynamoDB over kept-alive connections. It is safe to share among threads.

    It asks up to *attempts* times.
    """

    def __init__(self, attempts: int = ATTEMPTS) -> None:
        self._attempts = attempts
        self.region = region()
        self._endpoint = dynamodb_endpoint(self.region)
        self._credentials = credentials_source()
        self._connections = Connections(
            self._endpoint,
            connect_seconds=CONNECT_SECONDS * patience(),
            read_seconds=ANSWER_SECONDS * patience(),
        )
        self._clock_is_late_by = timedelta()
        if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") in _KEEPS_CONNECTIONS:
            threading.Thread(target=self._connections.open_one, daemon=True).start()

    @property
    def endpoint(self) -> str:
        """The URL of DynamoDB."""
        return self._endpoint

    def call(self, operation: str, request: Mapping[str, Any]) -> Answer:
        """Return the answer to an operation such as `update_item`. Raises `DynamoDbError`."""
        target = operation.title().replace("_", "")
        body = json.dumps(request, separators=(",", ":"), default=_as_json).encode()
        left = self._attempts
        while True:
            left -= 1
            try:
                return self._answer(target, body)
            except _TryAgainError as error:
                if not left:
                    raise error.reason from error
                if error.pause:
                    time.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311

    def close(self) -> None:
        """Close the connections; the next request opens a new one."""
        self._connections.close()

    def _answer(self, target: str, body: bytes) -> Answer:
        """Send one request. Raises `DynamoDbError`, inside a `_TryAgainError` if that may help."""
        try:
            reply = self._connections.post(self._headers(target, body), body)
        except Unanswered as error:
            raise _TryAgainError(DynamoDbError(str(error))) from error
        answer = _read(reply)
        if reply.status == HTTPStatus.OK:
            return answer
        code = str(answer.get("__type", reply.status)).rpartition("#")[2]
        refusal = DynamoDbError(code, answer)
        if code in _THROTTLED or reply.status >= _SERVER_ERROR:
            raise _TryAgainError(refusal)
        if code in _SKEWED and self._clock_is_set(reply.headers.get("date", "")):
            raise _TryAgainError(refusal, pause=False)
        raise refusal

    def _headers(self, target: str, body: bytes) -> dict[str, str]:
        credentials = self._credentials()
        at = f"{datetime.now(UTC) + self._clock_is_late_by:%Y%m%dT%H%M%SZ}"
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "host": self._connections.host,
            "x-amz-date": at,
            "x-amz-target": f"DynamoDB_20120810.{target}",
        }
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        signature = authorization(credentials, self.region, "dynamodb", at, headers, body)
        return {**headers, "authorization": signature, "user-agent": "pivotkit"}

    def _clock_is_set(self, date: str) -> bool:
        """Go by DynamoDB's *date* if this machine's clock is wrong. Tells whether it was."""
        try:
            late_by = parsedate_to_datetime(date) - datetime.now(UTC)
        except (TypeError, ValueError):  # no date, or one without a zone
            return False
        was_wrong = abs(late_by - self._clock_is_late_by) > _SKEW
        self._clock_is_late_by = late_by
        return was_wrong


_KEEPS_CONNECTIONS = frozenset({"on-demand", "provisioned-concurrency"})
"""Kinds of INIT on Lambda whose connections last; those of a snapshot do not."""


class _TryAgainError(Exception):
    """A request that may succeed at the next attempt, after a *pause*; `reason` if it does not."""

    def __init__(self, reason: DynamoDbError, *, pause: bool = True) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.pause = pause


def _read(reply: Reply) -> Answer:
    """The object in a response. Raises `_TryAgainError` for one that is damaged."""
    checksum = reply.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(zlib.crc32(reply.body)):
        raise _TryAgainError(DynamoDbError("ChecksumError"))
    hook = _with_bytes if b'"B"' in reply.body or b'"BS"' in reply.body else None
    try:
        answer = json.loads(reply.body, object_hook=hook)
    except ValueError as error:
        raise _TryAgainError(DynamoDbError("ResponseParserError")) from error
    if not isinstance(answer, dict):
        raise _TryAgainError(DynamoDbError("ResponseParserError"))
    return answer


def _with_bytes(value: Answer) -> Answer:
    """A binary attribute's value as bytes, as the SDK has it; anything else as it is."""
    match value:
        case {"B": str(text), **rest} if not rest:
            return {"B": b64decode(text)}
        case {"BS": list(texts), **rest} if not rest:
            return {"BS": [b64decode(text) for text in texts]}
    return value


def _as_json(value: object) -> str:
    """A binary attribute's value as DynamoDB has it."""
    if isinstance(value, bytes | bytearray):
        return b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is no value of an attribute")


@functools.cache
def dynamodb(attempts: int = ATTEMPTS) -> DynamoDb:
    """The environment's connection to DynamoDB, made at INIT. It asks up to *attempts* times.

    `DYNAMODB_CLIENT=boto3` in the environment takes the SDK's client instead.
    """
    if os.environ.get("DYNAMODB_CLIENT") == "boto3":
        from pivotkit.store.with_boto3 import Boto3DynamoDb  # noqa: PLC0415  (slow to import)

        return Boto3DynamoDb.of_environment()
    return JsonDynamoDb(attempts)
