"""A fake of a table with an HTTP API, like Airtable's."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class RowsFake:
    """`PATCH .../BASE/TABLE` with `performUpsert` changes or adds rows; GET lists them."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return the rows written, or all rows."""
        if "/v0/" not in request.path:
            return NOT_FOUND
        if request.method == "GET":
            return FakeReply({"records": self._rows})
        if request.method != "PATCH":
            return NOT_FOUND
        merge = request.body["performUpsert"]["fieldsToMergeOn"]
        return FakeReply(
            {"records": [self._put(each["fields"], merge) for each in self._sent(request)]}
        )

    def _sent(self, request: FakeRequest) -> list[dict[str, Any]]:
        return list(request.body["records"])

    def _put(self, fields: dict[str, Any], merge: list[str]) -> dict[str, Any]:
        for row in self._rows:
            if all(row["fields"].get(name) == fields[name] for name in merge):
                row["fields"].update(fields)
                return row
        self._rows.append({"id": f"rec{len(self._rows) + 1}", "fields": dict(fields)})
        return self._rows[-1]
