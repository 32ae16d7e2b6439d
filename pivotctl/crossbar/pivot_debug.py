"""Debug documents of pivot actions with `debug` (`cb_pivot.erl`, `pivot_call:store_debug`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pivotctl.crossbar.envelope import (
    GREGORIAN_OFFSET,
    NODE,
    CrossbarRequest,
    bad_identifier,
)
from pivotctl.crossbar.paging import ServedPage, page

type DebugDocument = Mapping[str, Any]

_SHOWN = ("call_id", "created", "iteration", "node", "debug_id")


@dataclass
class PivotDebug:
    """All debug documents, in the order in which they were stored."""

    _all: list[tuple[str, DebugDocument]] = field(default_factory=list)

    def store(self, document: DebugDocument, now: int) -> None:
        """Store a document at *now*, in Gregorian seconds."""
        known = {name: value for name, value in document.items() if name != "account_id"}
        month = datetime.fromtimestamp(now - GREGORIAN_OFFSET, UTC)
        debug_id = f"{month:%Y%m}-{document['call_id']}"
        stored = {**known, "created": now, "node": NODE, "debug_id": debug_id}
        self._all.append((str(document["account_id"]), stored))

    def listing(self, request: CrossbarRequest, account: str) -> ServedPage[Any]:
        """`GET pivot/debug`: a row for each call, newest first."""
        calls: dict[str, list[DebugDocument]] = {}
        for each in self._of(account):
            calls.setdefault(str(each["call_id"]), []).append(each)
        rows = (
            ((found[0]["created"], number), _row(found))
            for number, found in enumerate(calls.values())
        )
        return page(request, rows)

    def one(self, account: str, identifier: str) -> list[DebugDocument]:
        """`GET pivot/debug/ID`: the documents of a call. Raises `CrossbarRefusal`."""
        found = [
            each for each in self._of(account) if identifier in (each["call_id"], each["debug_id"])
        ]
        if not found:
            raise bad_identifier(identifier)
        return found

    def _of(self, account: str) -> list[DebugDocument]:
        return [document for owner, document in list(self._all) if owner == account]


def _row(documents: list[DebugDocument]) -> dict[str, Any]:
    """Return the row of a call: its first request, with the answer."""
    first = [each for each in documents if each["iteration"] == documents[0]["iteration"]]
    whole: dict[str, Any] = {}
    for each in first:
        whole |= each
    row = {name: whole[name] for name in _SHOWN}
    return row | {
        "status_code": whole.get("resp_status_code"),
        "has_schema_errors": any("schema_errors" in each for each in first),
        "uri": whole.get("uri"),
    }
