"""A fake of a service that sponsors calls: returns an ad, and counts its plays."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest

AD: dict[str, Any] = {
    "id": "ad_7",
    "text": "This call is brought to you by Example Coffee, freshly roasted every day.",
    "minutes": 3,
}


class AdsFake:
    """`GET .../ads?caller=+1...` returns an `ad`, or null; `POST .../plays` with `ad` counts it."""

    def __init__(self) -> None:
        self._plays: dict[str, Any] = {}

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return the ad for a caller (none for +14155550125), or the number of plays."""
        if request.method == "GET" and request.last == "ads":
            return FakeReply({"ad": None if request.query.get("caller") == "+14155550125" else AD})
        if request.method == "POST" and request.last == "plays":
            self._plays.setdefault(request.key or str(len(self._plays)), request.body)
            return FakeReply({"plays": len(self._plays)}, 201)
        return NOT_FOUND
