"""Requests to Crossbar, and the envelopes of its answers (`api_util.erl`, `cb_context.erl`)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

VERSION = "5.0"
NODE = "c4b9s2kqTnWm1zJx7Yh3Ug"
JSON = "application/json"
GREGORIAN_OFFSET = 62_167_219_200


@dataclass(frozen=True)
class CrossbarRequest:
    """A request: `path` starts with the API's version or after it, `headers` are lower-case.

    `body` is the value of the JSON, or None; `readable` is False for a body that is not JSON.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    readable: bool = True

    @property
    def data(self) -> dict[str, Any]:
        """The `data` of the body, or {}."""
        data = self.body.get("data") if isinstance(self.body, Mapping) else None
        return dict(data) if isinstance(data, Mapping) else {}

    def value(self, name: str) -> Any:
        """Return a value from data, query, or body (`cb_context:req_value`)."""
        whole = self.body if isinstance(self.body, Mapping) else {}
        places = (self.data, self.query, whole)
        return next((place[name] for place in places if name in place), None)


@dataclass(frozen=True)
class CrossbarAnswer:
    """An answer: a status, and a body that is a JSON value, or text or bytes of another kind."""

    status: int
    body: Any
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class CrossbarRefusal(Exception):
    """Crossbar refuses a request: HTTP status, KAZOO's message, and the envelope's data."""

    def __init__(self, status: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.data = {"message": message.replace("_", " ")} if data is None else data


def bad_identifier(identifier: str) -> CrossbarRefusal:
    """Return the refusal of an unknown ID (`crossbar_util:response_bad_identifier/2`)."""
    return CrossbarRefusal(404, "bad identifier", [identifier])


def unknown_document(identifier: str) -> CrossbarRefusal:
    """Return the refusal of a document that does not exist, or is deleted (`crossbar_doc.erl`)."""
    data = {"message": "bad identifier", "cause": identifier}
    return CrossbarRefusal(404, "bad_identifier", data)


def forbidden() -> CrossbarRefusal:
    """Return the refusal of a request that needs another account's token."""
    return CrossbarRefusal(403, "forbidden")


def public_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a client can set: without ID, and without KAZOO's private ones."""
    return {
        name: value
        for name, value in data.items()
        if name != "id" and not name.startswith(("_", "pvt_"))
    }


def merged(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return *document* with the changes of a PATCH: objects merge, null removes a field."""
    found = dict(document)
    for name, value in changes.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, Mapping):
            below = found.get(name)
            found[name] = merged(below if isinstance(below, Mapping) else {}, value)
        else:
            found[name] = value
    return found


def validation(key: str, rule: str, message: str, **more: Any) -> CrossbarRefusal:
    """Return the refusal of an invalid value; `key` is dotted (`build_validate_error/4`)."""
    return CrossbarRefusal(400, "validation error", {key: {rule: {"message": message, **more}}})


def success(data: Any, now: float, token: str = "", paging: Mapping[str, Any] | None = None) -> Any:
    """Return the envelope of a success; `token` is '' if unauthenticated."""
    return _common(now, token) | {
        "data": data,
        "status": "success",
        "revision": hashlib.md5(json.dumps(data).encode(), usedforsecurity=False).hexdigest(),
        **({"version": VERSION} if token else {}),
        **(paging or {}),
    }


def failure(refused: CrossbarRefusal, now: float, token: str = "") -> Any:
    """Return the envelope of a refusal; `error` is the status as text."""
    return _common(now, token) | {
        "data": refused.data,
        "status": "error",
        "message": refused.message,
        "error": str(refused.status),
    }


def _common(now: float, token: str) -> dict[str, Any]:
    return {
        "request_id": secrets.token_hex(16),
        "node": NODE,
        "timestamp": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **({"auth_token": token} if token else {}),
    }
