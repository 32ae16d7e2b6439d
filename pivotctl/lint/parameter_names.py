"""Names of KAZOO's own parameters, and URLs whose query uses them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote_plus, urlsplit

from pivotctl.problems import Problem

KAZOOS_NAMES = frozenset({
    "Account-ID", "Api-Version", "Call-ID", "Call-Status", "Caller-ID-Name", "Caller-ID-Number",
    "Custom-Application-Vars", "Custom-SIP-Headers", "Direction", "From", "From-Realm", "Language",
    "Recording-Duration", "Recording-ID", "Recording-Url", "Request", "Request-Realm", "To",
    "To-Realm", "Transcription-ID", "Transcription-Status", "Transcription-Text",
    "Transcription-Url", "User-ID",
    "AccountSid", "ApiVersion", "CallSid", "CallStatus", "CallerName", "CallerNumber",
    "DialCallDuration", "DialCallSid", "DialCallStatus", "Digits", "FromRealm", "QueueSid",
    "RecordingDuration", "RecordingSid", "RecordingUrl", "ToRealm", "TranscriptionSid",
    "TranscriptionStatus", "TranscriptionText", "TranscriptionUrl",
})  # fmt: skip
"""Parameters of `req_format` `kazoo`, then of `twiml`."""

_POST = "in a POST, functions of this project ignore the one in the URL"
_GET = "in a GET, KAZOO sends the name twice, and functions of this project refuse the request"


def query_warnings(url: str, path: str, method: str | None = None) -> Iterator[Problem]:
    """Yield a warning for each of KAZOO's own names in the query of a `voice_url`.

    *path* is the URL's place in the document, *method* that of the request, None for any.
    """
    effects = {None: f"{_POST}; {_GET}", "post": _POST}
    effect = effects.get(method and method.lower(), _GET)
    for name in _names(url):
        rule = f"WARNING: the query holds {name}, a parameter of KAZOO: {effect}"
        yield Problem(path, rule, f"Use another name, such as my_{name.replace('-', '_').lower()}.")


def _names(url: str) -> list[str]:
    """Return KAZOO's own names among the parameters of *url*, each once."""
    try:
        query = urlsplit(url).query
    except ValueError:
        return []
    keys = (unquote_plus(part.partition("=")[0]) for part in query.split("&"))
    names = dict.fromkeys(key.partition("[")[0] for key in keys)
    return [name for name in names if name in KAZOOS_NAMES]
