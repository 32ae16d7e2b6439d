"""A service that decides which team takes a call. There are two, one to stand in for the other."""

from __future__ import annotations

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest

TEAMS = {"+14155550123": "support"}


class RoutingFake:
    """`GET .../route?caller=+1...`: the `team`, by name; ids are the template's."""

    def answer(self, asked: FakeRequest) -> FakeReply:
        """The team for a caller."""
        if asked.method != "GET" or asked.last != "route":
            return NOT_FOUND
        return FakeReply({"team": TEAMS.get(asked.query.get("caller", ""), "sales")})
