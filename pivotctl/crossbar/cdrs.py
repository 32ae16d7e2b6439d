"""CDRs in Crossbar: documents, and their rows in lists.

Follows `cb_cdrs.erl`, `kzd_cdrs.erl` and the views of `kazoo_modb/priv/couchdb/views/cdrs.json`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pivotctl.crossbar.envelope import (
    GREGORIAN_OFFSET,
    CrossbarAnswer,
    CrossbarRefusal,
    CrossbarRequest,
    bad_identifier,
)
from pivotctl.crossbar.paging import PageKey, ServedPage, page, time_range

type CdrDocument = Mapping[str, Any]

COLUMNS = (
    "id", "call_id", "caller_id_number", "caller_id_name", "callee_id_number", "callee_id_name",
    "duration_seconds", "billing_seconds", "timestamp", "hangup_cause", "other_leg_call_id",
    "owner_id", "to", "from", "direction", "request", "authorizing_id", "cost", "dialed_number",
    "calling_from", "datetime", "unix_timestamp", "unix_timestamp_micro", "rfc_1036", "iso_8601",
    "iso_8601_combined", "call_type", "rate", "rate_name", "bridge_id", "recording_url",
    "media_recordings", "media_server", "call_priority", "interaction_id", "reseller_cost",
    "reseller_call_type",
)  # fmt: skip
"""Columns of a list, in order; the last two are for resellers."""

_MICROSECONDS = 1_000_000
_KEY_AT = 12
"""Index of the key in an interaction's ID, after eleven digits and a dash."""


@dataclass(frozen=True)
class StoredCdr:
    """A stored document, its account, and the time of storing in Gregorian seconds."""

    account_id: str
    created: int
    document: CdrDocument

    @property
    def id(self) -> str:
        """`YYYYMM-<call_id>`."""
        return str(self.document["id"])

    @property
    def owner_id(self) -> str:
        """The owner of the call, or ''."""
        return str(self.document["custom_channel_vars"].get("owner_id", ""))


@dataclass
class Cdrs:
    """All CDRs, each once."""

    _all: dict[tuple[str, str], StoredCdr] = field(default_factory=dict)

    def store(self, event: Mapping[str, Any], created: int) -> None:
        """Store the CDR of a leg, from the event of its end."""
        cdr = StoredCdr(str(event["account_id"]), created, stored_document(event))
        self._all.setdefault((cdr.account_id, cdr.id), cdr)

    def listing(
        self, request: CrossbarRequest, account: str, owner: str, now: int
    ) -> CrossbarAnswer | ServedPage[Any]:
        """`GET cdrs`: rows of legs, as CSV if accepted. Raises `CrossbarRefusal`."""
        _check_offset(request)
        legs = self._in_range(request, account, owner, now)
        return _rows(request, (((cdr.created, cdr.id), cdr) for cdr in legs))

    def interactions(
        self, request: CrossbarRequest, account: str, owner: str, now: int
    ) -> CrossbarAnswer | ServedPage[Any]:
        """`GET cdrs/interaction`: the first leg of each interaction. Raises `CrossbarRefusal`."""
        first: dict[str, StoredCdr] = {}
        legs = self._in_range(request, account, owner, now)
        for cdr in sorted(legs, key=_channel_time):
            first.setdefault(cdr.document["interaction_id"], cdr)
        keyed = (
            ((cdr.document["interaction_time"], cdr.document["interaction_key"]), cdr)
            for cdr in first.values()
        )
        return _rows(request, keyed)

    def one(self, account: str, identifier: str) -> CdrDocument:
        """`GET cdrs/ID`: the stored document. Raises `CrossbarRefusal`."""
        cdr = self._all.get((account, identifier))
        if cdr is None:
            raise CrossbarRefusal(404, "could not find cdr with supplied id", {})
        return cdr.document

    def legs(self, account: str, identifier: str) -> list[CdrDocument]:
        """`GET cdrs/legs/ID`: the legs of an interaction, or a CDR's. Raises `CrossbarRefusal`."""
        known = self._all.get((account, identifier))
        interaction = known.document["interaction_id"] if known else identifier
        found = [cdr for cdr in self._of(account) if cdr.document["interaction_id"] == interaction]
        if not found:
            raise bad_identifier(identifier)
        return [cdr.document for cdr in sorted(found, key=_channel_time)]

    def _of(self, account: str) -> Iterator[StoredCdr]:
        return (cdr for cdr in list(self._all.values()) if cdr.account_id == account)

    def _in_range(
        self, request: CrossbarRequest, account: str, owner: str, now: int
    ) -> list[StoredCdr]:
        period = time_range(request, now)
        return [
            cdr
            for cdr in self._of(account)
            if period.holds(cdr.created) and owner in ("", cdr.owner_id)
        ]


def stored_document(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document for the event that ends a leg (`cdr_channel_destroy.erl`).

    The legs of a call are one interaction. It begins with the caller's leg, whose Call-ID is the
    event's `bridge_id`.
    """
    kept = {name: value for name, value in event.items() if name not in _NOT_STORED}
    duration, end = int(event.get("duration_seconds", 0)), int(event["timestamp"])
    began = int(event.get("interaction_time", end - duration))
    root = str(event.get("bridge_id") or event["call_id"])
    key = hashlib.md5(root.encode(), usedforsecurity=False).hexdigest()[:8]
    variables = {name: event[name] for name in _CHANNEL_VARIABLES if event.get(name)}
    created = (end - duration - GREGORIAN_OFFSET) * _MICROSECONDS
    return kept | {
        "id": f"{_moment(began):%Y%m}-{event['call_id']}",
        "channel_created_time": int(event.get("channel_created_time", created)),
        "custom_channel_vars": variables | {"bridge_id": root},
        "interaction_id": f"{began:011d}-{key}",
        "interaction_is_root": root == event["call_id"],
        "interaction_key": key,
        "interaction_time": began,
        "timestamp": end,
    }


_CHANNEL_VARIABLES = ("account_id", "authorizing_id", "authorizing_type", "owner_id", "reseller_id")
_NOT_STORED = {*_CHANNEL_VARIABLES, "hook_event", "cluster_id", "bridge_id", "interaction_time"}


def _check_offset(request: CrossbarRequest) -> None:
    offset = request.value("utc_offset")
    if offset is not None and not str(offset).lstrip("-").isdigit():
        raise CrossbarRefusal(404, "utc_offset must be a number", {})


def _rows(
    request: CrossbarRequest, keyed: Iterable[tuple[PageKey, StoredCdr]]
) -> CrossbarAnswer | ServedPage[Any]:
    """Return a page of rows, in the format that the request accepts."""
    found = page(request, keyed, chunked=True)
    offset = int(request.value("utc_offset") or 0)
    rows = [row(cdr.document, offset) for cdr in found.rows]
    if "text/csv" not in request.headers.get("accept", ""):
        return ServedPage(rows, found.paging)
    return CrossbarAnswer(200, _csv(rows), "text/csv")


def _csv(rows: list[dict[str, Any]]) -> str:
    """Join rows as KAZOO does: commas in values are not quoted."""
    lines = [[_cell(each[name]) for name in COLUMNS] for each in rows]
    return "".join(f"{','.join(line)}\r\n" for line in ([list(COLUMNS), *lines] if rows else []))


def _cell(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def row(document: CdrDocument, utc_offset: int = 0) -> dict[str, Any]:
    """Return the row of a document. `timestamp` is the start of the leg here, as text.

    Missing values are ''. `utc_offset` seconds shift `datetime` only.
    """
    values = dict.fromkeys(COLUMNS, "") | {
        name: value for name, value in document.items() if name in COLUMNS
    }
    channel = document["custom_channel_vars"]
    found: dict[str, Any] = values | _times(document, utc_offset) | {
        "authorizing_id": channel.get("authorizing_id", ""),
        "bridge_id": channel["bridge_id"],
        "calling_from": document.get("caller_id_number", ""),
        "cost": "0",
        "dialed_number": str(document.get("request") or document.get("to", "")).partition("@")[0],
        "direction": document.get("call_direction", ""),
        "media_recordings": document.get("media_recordings", []),
        "owner_id": channel.get("owner_id", ""),
        "rate": "0.0",
        "reseller_cost": "0",
    }  # fmt: skip
    return found


def _times(document: CdrDocument, utc_offset: int) -> dict[str, str]:
    """Return the start of the leg in every format of a row."""
    start = int(document["timestamp"]) - int(document.get("duration_seconds") or 0)
    moment, local = _moment(start), _moment(start + utc_offset)
    micro = int(document["channel_created_time"]) / _MICROSECONDS
    return {
        "timestamp": str(start),
        "datetime": f"{local:%Y-%m-%d_%H:%M:%S}",
        "unix_timestamp": str(start - GREGORIAN_OFFSET),
        "unix_timestamp_micro": f"{micro:.6f}",
        "rfc_1036": f"{moment:%a, %d %b %Y %H:%M:%S} GMT",
        "iso_8601": f"{moment:%Y-%m-%d}",
        "iso_8601_combined": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
    }


def _channel_time(cdr: StoredCdr) -> int:
    return int(cdr.document["channel_created_time"])


def _moment(gregorian: int) -> datetime:
    return datetime.fromtimestamp(gregorian - GREGORIAN_OFFSET, UTC)
