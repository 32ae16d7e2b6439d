"""`@recording_sink`: a Lambda handler that stores the sound files that KAZOO sends in S3.

KAZOO sends a file with PUT or POST, and takes any 2xx for success. It follows 301 and 302 with the
same request. After any other answer it sends the file again, five times, one to ten minutes apart
(`media_recording.erl`). So nothing is lost when this function does not answer 2xx, unlike a
webhook: it confirms a file once S3 has it.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pivotkit.calls.tokens import Signer, call_digest
from pivotkit.core import faults, telemetry
from pivotkit.core.errors import RequestError, Unauthorized
from pivotkit.deliveries import receiver
from pivotkit.deliveries.receiver import ItemKey, Store
from pivotkit.http import deliveries
from pivotkit.http.gateway import GatewayEvent, GatewayRequest, GatewayResponse, reply
from pivotkit.http.keys import Keyring
from pivotkit.store import Item
from pivotkit.store.client import client
from pivotkit.store.records import Record, subject_key
from recordings import Recording, read_recording

METHODS = ("PUT", "POST")
EVENT = "call_recording"
_S3_SECONDS = 2.0


class RecordingSink:
    """Stores each file in the bucket RECORDINGS_BUCKET, and adds it to its call's record once."""

    def __init__(self, template: Callable[[Recording], Record | None]) -> None:
        self.template = template
        self.__doc__ = template.__doc__
        self._bucket = os.environ["RECORDINGS_BUCKET"]
        self._s3 = client("s3", _S3_SECONDS)
        self._keyring = Keyring.from_environment("webhooks")
        self._store = Store()

    def __call__(self, event: GatewayEvent, context: Any) -> GatewayResponse:
        """Store one file."""
        del context
        try:
            request = deliveries.received(event)
            recording = self._authenticated(request, event.get("pathParameters") or {})
        except RequestError as error:
            return receiver.refuse(error)
        if not self._upload(recording, request.body):
            return reply(500, json.dumps({"message": "not stored: send it again"}))
        outcome = self._store.keep(self._delivery(recording))
        telemetry.done(outcome, correlation_id=recording.call_id[: receiver.MAX_WORD])
        return receiver.accept()

    def _authenticated(self, request: GatewayRequest, path: dict[str, str]) -> Recording:
        """Return the file in *request*. Raises `RequestError`."""
        name, function = path.get("name", ""), path.get("function", "")
        if path.get("kind") == "pivot":
            recording = read_recording(request, name, function)
            _require_token(request.key, recording)
            deliveries.require_method(request, METHODS)
            return recording
        key = self._keyring.authenticate(request)
        deliveries.require_method(request, METHODS)
        recording = read_recording(request, name, function)
        if function not in ("", telemetry.service()):
            raise Unauthorized("the path is not that of a recording")
        return replace(recording, account_id=key.account(recording.account_id))

    def _upload(self, recording: Recording, content: bytes) -> bool:
        """Put the file into the bucket; return whether S3 has it now."""
        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=recording.key,
                Body=content,
                ContentType=recording.content_type,
                Metadata=recording.metadata,
            )
        except Exception as error:  # noqa: BLE001  (whatever failed, KAZOO sends the file again)
            telemetry.logger().error("recording not stored", extra=faults.fault(error))
            telemetry.count("RecordingFailed")
            return False
        return True

    def _delivery(self, recording: Recording) -> Item:
        """Return the delivery that adds the file to its call's record."""
        record, problem = receiver.mapped(self.template, recording)
        call = subject_key(recording.account_id, recording.call_id)
        extra = {"event": EVENT, "problem": problem, "record": record}
        return receiver.delivery_item(_note(recording), ItemKey(call, f"event#{EVENT}"), extra)


def recording_sink(template: Callable[[Recording], Record | None]) -> RecordingSink:
    """Make a Lambda handler of a pure function that maps a `Recording` to a `Record`."""
    return RecordingSink(template)


def _require_token(key: str, recording: Recording) -> None:
    """Raise `Unauthorized` unless *key* is a valid token of the function for this call."""
    token = Signer.from_environment(recording.function).read_follow_up(key)
    token.require(call_digest(recording.account_id, recording.call_id))
    if token.expires_at < time.time():
        raise Unauthorized("the token has expired")


def _note(recording: Recording) -> GatewayRequest:
    """Return the request that is stored in place of the sound, the same for the same file."""
    values: dict[str, object] = {
        **recording.fields,
        "content_type": recording.content_type,
        "function": recording.function,
        "key": recording.key,
        "size": recording.size,
    }
    body = json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    headers = {"content-type": "application/json"}
    return GatewayRequest("PUT", "", "", (), headers, body.encode(), "")
