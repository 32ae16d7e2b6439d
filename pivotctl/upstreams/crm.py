"""A fake of a CRM, like Zendesk's API: search of users by phone, and tickets."""

from __future__ import annotations

from typing import Any

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest

USERS: tuple[dict[str, Any], ...] = (
    {
        "id": 35436,
        "name": "Alice Adams",
        "phone": "+14155550123",
        "email": "alice@example.com",
        "tags": ["vip"],
    },
    {"id": 35437, "name": "Bob Brown", "phone": "+14155550124", "email": "bob@example.com"},
)


class CrmFake:
    """`GET .../users/search.json?query=phone:+1...` and `POST .../tickets.json`."""

    def __init__(self) -> None:
        self._tickets: dict[str, dict[str, Any]] = {}

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return the users found, or the new ticket."""
        if request.method == "GET" and request.path.endswith("/users/search.json"):
            return self._search(request.query.get("query", ""))
        if request.method == "POST" and request.path.endswith("/tickets.json"):
            return self._ticket(request)
        return NOT_FOUND

    def _search(self, query: str) -> FakeReply:
        phone = query.removeprefix("phone:").strip('"')
        users = [user for user in USERS if user["phone"] == phone]
        return FakeReply({"users": users, "count": len(users), "next_page": None})

    def _ticket(self, request: FakeRequest) -> FakeReply:
        number = len(self._tickets) + 1
        ticket = {**request.body["ticket"], "id": number, "status": "new"}
        return FakeReply(
            {"ticket": self._tickets.setdefault(request.key or str(number), ticket)}, 201
        )
