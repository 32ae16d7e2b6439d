"""Conditional requests: ETags, If-None-Match, and If-Match (`api_resource.erl`, `cowboy_rest`).

The ETag of a document is its revision, that of another answer a digest of its data.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from pivotctl.crossbar.envelope import CrossbarAnswer, CrossbarRefusal
from pivotctl.crossbar.operations import ApiCall, Operation, OperationResult

NOT_MODIFIED, PRECONDITION_FAILED = 304, 412
_CHANGES = frozenset({"POST", "PATCH", "DELETE"})


def conditional(operation: Operation, read: Operation | None) -> Operation:
    """Return *operation* with the conditions of its request; *read* is the GET of its path."""

    def done(call: ApiCall) -> OperationResult | CrossbarAnswer:
        wanted = call.request.headers.get("if-match", "")
        if wanted and call.request.method in _CHANGES:
            _require(wanted, read, call)
        return _tagged(operation(call), call)

    return done


def _require(wanted: str, read: Operation | None, call: ApiCall) -> None:
    """Raise `CrossbarRefusal` unless the document has an ETag that is *wanted*."""
    current = read(_reading(call)) if read else None
    tag = etag_of(current) if isinstance(current, OperationResult) else ""
    if not tag or not _names(wanted, tag):
        raise CrossbarRefusal(PRECONDITION_FAILED, "precondition_failed")


def _reading(call: ApiCall) -> ApiCall:
    return replace(call, request=replace(call.request, method="GET"))


def _tagged(
    done: OperationResult | CrossbarAnswer, call: ApiCall
) -> OperationResult | CrossbarAnswer:
    """Return the answer to a GET with its ETag, or 304 if the client has it already."""
    if call.request.method != "GET" or isinstance(done, CrossbarAnswer):
        return done
    tag = etag_of(done)
    if _names(call.request.headers.get("if-none-match", ""), tag):
        return CrossbarAnswer(NOT_MODIFIED, b"", headers={"etag": tag})
    return replace(done, headers={**done.headers, "etag": tag})


def etag_of(done: OperationResult) -> str:
    """Return the ETag of an answer, in its quotation marks."""
    text = json.dumps(done.data, sort_keys=True).encode()
    automatic = hashlib.md5(text, usedforsecurity=False).hexdigest()
    return f'"{done.envelope.get("revision") or automatic}"'


def _names(header: str, tag: str) -> bool:
    """Whether a list of ETags has *tag*, or is `*`."""
    return tag in (each.strip() for each in header.split(",")) or header.strip() == "*"
