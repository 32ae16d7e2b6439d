"""A service that pays for calls: gives an ad to be heard, and counts who heard it."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest

AD: dict[str, Any] = {
    "id": "ad_7",
    "text": "This call is brought to you by Example Coffee, freshly roasted every day.",
    "minutes": 3,
}


class AdsFake:
    """`GET .../ads?caller=+1...`: an `ad`, or null; `POST .../plays` with `ad`: one was heard."""

    def __init__(self) -> None:
        self._plays: dict[str, Any] = {}

    def answer(self, asked: FakeRequest) -> FakeReply:
        """The ad for a caller (none for +14155550125), or how often ads were heard."""
        if asked.method == "GET" and asked.last == "ads":
            return FakeReply({"ad": None if asked.query.get("caller") == "+14155550125" else AD})
        if asked.method == "POST" and asked.last == "plays":
            self._plays.setdefault(asked.key or str(len(self._plays)), asked.body)
            return FakeReply({"plays": len(self._plays)}, 201)
        return NOT_FOUND
