"""`@recording_sink`: take the sound files that KAZOO sends, and keep them in S3.

KAZOO sends a recording with PUT or POST to `<url>/call_recording_<call id>.<ext>` and says in the
query whose it is (`media_recording.erl`). Any 2xx is success. It follows 301 and 302 with the same
request; what fails otherwise is sent again, five times, one to ten minutes apart. So an answer
without a 2xx loses nothing here, unlike a webhook's: the file is answered for when S3 has it.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, quote

from pivotkit.calls.tokens import Signer, call_digest
from pivotkit.core import telemetry
from pivotkit.core.errors import Malformed, RequestError, Unauthorized
from pivotkit.deliveries import receiver
from pivotkit.deliveries.receiver import ItemKey, Store
from pivotkit.http import deliveries
from pivotkit.http.gateway import GatewayEvent, GatewayRequest, GatewayResponse, reply
from pivotkit.http.keys import Keyring
from pivotkit.store.client import client
from pivotkit.store.records import Record

METHODS = ("PUT", "POST")
MAX_VALUE = 256
"""Characters of what the query tells that are kept, of each value."""

EVENT = "call_recording"
_PREFIX = "call_recording_"
_S3_SECONDS = 2.0
_MOST_PLAIN = 32
_TOLD = ("caller_id_name", "caller_id_number", "cdr_id", "from_", "interaction_id", "to")
_ON_THE_FILE = ("account_id", "call_id", "cdr_id", "interaction_id", "name")
_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
_ENDINGS = {"audio/mpeg": "mp3", "audio/wav": "wav", "audio/wave": "wav", "audio/x-wav": "wav"}


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One sound file. Texts are '' where KAZOO did not say.

    `size` is bytes, `digest` 32 hex digits of the content's SHA-256. `function` is the Pivot
    function whose follow-up URL took the file, '' for one that came with a key.
    """

    account_id: str
    call_id: str
    name: str
    content_type: str
    size: int
    digest: str
    received_at: datetime
    function: str = ""
    caller_id_name: str = ""
    caller_id_number: str = ""
    cdr_id: str = ""
    from_: str = ""
    interaction_id: str = ""
    to: str = ""

    @property
    def key(self) -> str:
        """Its place in the bucket: the same for the same content, and for that alone.

        KAZOO gives two recordings of one call one name, so the name is no place.
        """
        ending = _ENDINGS.get(self.content_type) or _plain(self.name.rpartition(".")[2]) or "bin"
        owner = _plain(self.account_id) or "unknown"
        return f"{owner}/{_escaped(self.call_id)}/{self.digest}.{ending}"

    @property
    def told(self) -> dict[str, str]:
        """What KAZOO said of it, under KAZOO's names, without what it left out."""
        names = ("account_id", "call_id", "name", *_TOLD)
        texts = {name.rstrip("_"): str(getattr(self, name)) for name in names}
        return {name: text for name, text in texts.items() if text}

    @property
    def metadata(self) -> dict[str, str]:
        """What stands on the file itself: ids, percent-encoded, and no caller."""
        found = {name: _escaped(text) for name, text in self.told.items() if name in _ON_THE_FILE}
        return {name.replace("_", "-"): text for name, text in found.items()}


class RecordingSink:
    """A Lambda handler that puts each file into the bucket RECORDINGS_BUCKET, and notes it once."""

    def __init__(self, template: Callable[[Recording], Record | None]) -> None:
        self.template = template
        self.__doc__ = template.__doc__
        self._bucket = os.environ["RECORDINGS_BUCKET"]
        self._files = client("s3", _S3_SECONDS)
        self._keyring = Keyring.from_environment("webhooks")
        self._store = Store()

    def __call__(self, event: GatewayEvent, context: Any) -> GatewayResponse:
        """Take one file."""
        del context
        try:
            request = deliveries.admitted(event, METHODS)
            recording = self._authentic(request, event.get("pathParameters") or {})
        except RequestError as error:
            return receiver.refuse(error)
        if not self._kept(recording, request.body):
            return reply(500, json.dumps({"message": "not stored: send it again"}))
        outcome = self._noted(recording)
        telemetry.done(outcome, correlation_id=recording.call_id[: receiver.MAX_WORD])
        return receiver.accept()

    def _authentic(self, request: GatewayRequest, path: dict[str, str]) -> Recording:
        """The file in *request*. Raises `RequestError`."""
        recording = read_recording(request, path.get("name", ""), path.get("function", ""))
        if path.get("kind") == "pivot":
            _require_token(request.key, recording)
            return recording
        if recording.function not in ("", telemetry.service()):
            raise Unauthorized("the path is no recording's")
        self._keyring.authenticate(request).require(recording.account_id)
        return recording

    def _kept(self, recording: Recording, content: bytes) -> bool:
        """Whether S3 has the file now. The same file comes to the same place."""
        try:
            self._files.put_object(
                Bucket=self._bucket,
                Key=recording.key,
                Body=content,
                ContentType=recording.content_type,
                Metadata=recording.metadata,
            )
        except Exception as error:  # noqa: BLE001  (whatever it is, KAZOO sends the file again)
            telemetry.logger.error("recording not stored", extra=telemetry.fault(error))
            telemetry.count("RecordingFailed")
            return False
        return True

    def _noted(self, recording: Recording) -> str:
        """Put the file into the call's record, and on the way of every other delivery."""
        record, problem = receiver.mapped(self.template, recording)
        where = ItemKey(
            f"{recording.account_id or 'unknown'}#{recording.call_id}", f"event#{EVENT}"
        )
        extra = {"event": EVENT, "problem": problem, "record": record}
        return self._store.keep(receiver.delivery_item(_note(recording), where, extra))


def recording_sink(template: Callable[[Recording], Record | None]) -> RecordingSink:
    """Make a Lambda handler of a pure function from a `Recording` to the `Record` that it adds."""
    return RecordingSink(template)


def read_recording(request: GatewayRequest, name: str, function: str = "") -> Recording:
    """The file in *request*; *name* is the end of its path. Raises `Malformed`.

    The call is the one of the query, or else of the name.
    """
    told = {key: text[:MAX_VALUE] for key, text in parse_qsl(request.query)}
    name = name.rpartition("/")[2][:MAX_VALUE]
    call_id = told.get("call_id") or _call_in(name)
    if not call_id:
        raise Malformed(f"{name!r} is no name of a recording: {_PREFIX}<call id>.mp3")
    return Recording(
        account_id=told.get("account_id", ""),
        call_id=call_id,
        name=name,
        content_type=_type_of(request),
        size=len(request.body),
        digest=sha256(request.body).hexdigest()[:32],
        received_at=datetime.now(UTC),
        function=function,
        **{field: told.get(field.rstrip("_"), "") for field in _TOLD},
    )


def _require_token(key: str, recording: Recording) -> None:
    """Raise `Unauthorized` unless *key* is a good token of the function for this call."""
    token = Signer.from_environment(recording.function).read_follow_up(key)
    token.require(call_digest(recording.account_id, recording.call_id))
    if token.expires_at < time.time():
        raise Unauthorized("the token has expired")


def _note(recording: Recording) -> GatewayRequest:
    """What is stored in the place of the sound: the same text for the same file."""
    content = recording.told | {
        "content_type": recording.content_type,
        "function": recording.function,
        "key": recording.key,
    }
    values: dict[str, object] = {**content, "size": recording.size}
    body = json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    headers = {"content-type": "application/json"}
    return GatewayRequest("PUT", "", "", (), headers, body.encode(), "")


def _call_in(name: str) -> str:
    """The call id in `call_recording_<call id>.mp3`, or ''."""
    return name.removeprefix(_PREFIX).rpartition(".")[0] if name.startswith(_PREFIX) else ""


def _type_of(request: GatewayRequest) -> str:
    kind = request.content_type[:MAX_VALUE]
    return kind if _TYPE.fullmatch(kind) else "application/octet-stream"


def _plain(text: str) -> str:
    """*text* if it is short and of letters and digits alone, else ''."""
    return text if text.isascii() and text.isalnum() and len(text) <= _MOST_PLAIN else ""


def _escaped(text: str) -> str:
    """*text* percent-encoded; what gets longer than `MAX_VALUE` that way is its digest instead."""
    escaped = quote(text, safe="@")
    return escaped if len(escaped) <= MAX_VALUE else sha256(text.encode()).hexdigest()
