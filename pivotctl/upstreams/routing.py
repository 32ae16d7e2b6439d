"""A fake of a service that chooses the team for a call; there is a primary and a secondary."""

from __future__ import annotations

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest

TEAMS = {"+14155550123": "support"}


class RoutingFake:
    """`GET .../route?caller=+1...` returns the `team` by name; the template has the IDs."""

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return the team for a caller."""
        if request.method != "GET" or request.last != "route":
            return NOT_FOUND
        return FakeReply({"team": TEAMS.get(request.query.get("caller", ""), "sales")})
