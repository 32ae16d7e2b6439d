"""A recording as KAZOO sends it, and its place in the bucket.

KAZOO sends the file to `<url>/call_recording_<call id>.<ext>`; the query names the account, the
call, and the caller (`media_recording.erl`).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qsl, quote

from pivotkit.core.errors import Malformed
from pivotkit.http.gateway import GatewayRequest

MAX_VALUE = 256
"""Characters that are kept of each value in the query."""

_PREFIX = "call_recording_"
_LONGEST_FOLDER = 32
_QUERY_FIELDS = ("caller_id_name", "caller_id_number", "cdr_id", "from_", "interaction_id", "to")
_METADATA_FIELDS = ("account_id", "call_id", "cdr_id", "interaction_id", "name")
_CONTENT_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
_EXTENSIONS = {"audio/mpeg": "mp3", "audio/wav": "wav", "audio/wave": "wav", "audio/x-wav": "wav"}


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One sound file. Texts are '' where KAZOO sent none.

    `size` is in bytes, `digest` is the first 32 hex digits of the content's SHA-256. `function` is
    the Pivot function whose follow-up URL received the file, '' if it came with a key.
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
        """Its key in the bucket, which is the same for the same content and for no other.

        KAZOO gives two recordings of one call the same name, so the name cannot be the key.
        """
        extension = _EXTENSIONS.get(self.content_type) or _extension_of(self.name)
        account = _alphanumeric(self.account_id) or "unknown"
        return f"{account}/{_escaped(self.call_id)}/{self.digest}.{extension}"

    @property
    def fields(self) -> dict[str, str]:
        """The fields that KAZOO sent, under KAZOO's names."""
        names = ("account_id", "call_id", "name", *_QUERY_FIELDS)
        texts = {name.removesuffix("_"): str(getattr(self, name)) for name in names}
        return {name: text for name, text in texts.items() if text}

    @property
    def metadata(self) -> dict[str, str]:
        """The metadata of the file in S3: IDs, percent-encoded, and nothing about the caller."""
        ids = {name: text for name, text in self.fields.items() if name in _METADATA_FIELDS}
        return {name.replace("_", "-"): _escaped(text) for name, text in ids.items()}


def read_recording(request: GatewayRequest, name: str, function: str = "") -> Recording:
    """Return the file in *request*; *name* is the end of its path. Raises `Malformed`.

    The query names the call; if it does not, the name of the file does.
    """
    query = {key: text[:MAX_VALUE] for key, text in parse_qsl(request.query)}
    name = name.rpartition("/")[2][:MAX_VALUE]
    call_id = query.get("call_id") or _call_id_in(name)
    if not call_id:
        raise Malformed(f"{name!r} is not the name of a recording: {_PREFIX}<call id>.mp3")
    return Recording(
        account_id=query.get("account_id", ""),
        call_id=call_id,
        name=name,
        content_type=_content_type_of(request),
        size=len(request.body),
        digest=sha256(request.body).hexdigest()[:32],
        received_at=datetime.now(UTC),
        function=function,
        **{field: query.get(field.removesuffix("_"), "") for field in _QUERY_FIELDS},
    )


def _call_id_in(name: str) -> str:
    """Return the call ID in `call_recording_<call id>.mp3`, or ''."""
    if not name.startswith(_PREFIX):
        return ""
    return name.removeprefix(_PREFIX).rpartition(".")[0]


def _content_type_of(request: GatewayRequest) -> str:
    content_type = request.content_type[:MAX_VALUE]
    return content_type if _CONTENT_TYPE.fullmatch(content_type) else "application/octet-stream"


def _extension_of(name: str) -> str:
    return _alphanumeric(name.rpartition(".")[2]) or "bin"


def _alphanumeric(text: str) -> str:
    """Return *text* if it is short and has only letters and digits, else ''."""
    return text if text.isascii() and text.isalnum() and len(text) <= _LONGEST_FOLDER else ""


def _escaped(text: str) -> str:
    """Return *text* percent-encoded, or its digest if that is longer than `MAX_VALUE`."""
    escaped = quote(text, safe="@")
    return escaped if len(escaped) <= MAX_VALUE else sha256(text.encode()).hexdigest()
