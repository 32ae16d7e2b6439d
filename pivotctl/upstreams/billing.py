"""A fake of a billing system that keeps the objects of accounts."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class BillingFake:
    """`PUT` and `DELETE .../accounts/ACCOUNT/TYPE/ID`; `GET .../accounts/ACCOUNT` lists objects."""

    def __init__(self) -> None:
        self._objects: dict[str, Any] = {}

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return an object, or all objects of an account."""
        if "/accounts/" not in request.path:
            return NOT_FOUND
        if request.method == "PUT":
            self._objects[request.path] = request.body
            return FakeReply(request.body)
        if request.method == "DELETE":
            return FakeReply({}) if self._objects.pop(request.path, None) is not None else NOT_FOUND
        found = {
            path: body for path, body in self._objects.items() if path.startswith(request.path)
        }
        return FakeReply({"objects": sorted(found)})
