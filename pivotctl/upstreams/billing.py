"""A billing system that is told which objects an account has."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class BillingFake:
    """`PUT` and `DELETE .../accounts/ACCOUNT/TYPE/ID`; `GET .../accounts/ACCOUNT` lists objects."""

    def __init__(self) -> None:
        self._objects: dict[str, Any] = {}

    def answer(self, asked: FakeRequest) -> FakeReply:
        """The object, or all of an account."""
        if "/accounts/" not in asked.path:
            return NOT_FOUND
        if asked.method == "PUT":
            self._objects[asked.path] = asked.body
            return FakeReply(asked.body)
        if asked.method == "DELETE":
            return FakeReply({}) if self._objects.pop(asked.path, None) is not None else NOT_FOUND
        found = {path: body for path, body in self._objects.items() if path.startswith(asked.path)}
        return FakeReply({"objects": sorted(found)})
