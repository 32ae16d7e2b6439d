"""The events of the fakes of calendars, and the sign-in that their services share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pivotctl.upstreams.service import FakeReply, FakeRequest


@dataclass(frozen=True)
class FakeEvent:
    """An event, from `start` to `end` (aware)."""

    start: datetime
    end: datetime
    title: str = ""
    text: str = ""
    confirmed: bool = False


def at(text: str) -> datetime:
    """Return the time in ISO 8601."""
    return datetime.fromisoformat(text)


def booked() -> dict[str, FakeEvent]:
    """Return the events of a calendar at the start: appointments, and busy mornings."""
    hour = timedelta(hours=1)
    early, visit, first, second = (
        at(f"{day}-08:00")
        for day in (
            "2037-09-21T03:30:00",
            "2027-01-12T14:00:00",
            "2027-01-13T09:00:00",
            "2027-01-14T09:00:00",
        )
    )
    return {
        "a1": FakeEvent(visit, visit + hour / 2, "Check-up", "Phone: +14155550123"),
        "a2": FakeEvent(first, first + 6 * hour, "Surgery"),
        "a3": FakeEvent(second, second + 3 * hour, "Training", confirmed=True),
        "a4": FakeEvent(early, early + hour, "Inventory", confirmed=True),
        "a5": FakeEvent(early + 30 * hour, early + 31 * hour, "Visit", "Phone: +14155550126"),
    }


@dataclass
class Agenda:
    """The events of a calendar by ID."""

    events: dict[str, FakeEvent] = field(default_factory=booked)

    def between(self, start: datetime, end: datetime) -> dict[str, FakeEvent]:
        """Return the events that overlap *start* to *end*, by time."""
        found = {
            key: each for key, each in self.events.items() if each.start < end and each.end > start
        }
        return dict(sorted(found.items(), key=lambda item: item[1].start))

    def change(self, key: str, **fields: Any) -> None:
        """Change fields of an event. Raises `KeyError`."""
        self.events[key] = replace(self.events[key], **fields)


@dataclass
class Login:
    """The token endpoint of an authorization server; any secret and refresh token are valid.

    An empty secret is not.
    """

    grant: str
    token: str = ""
    issued: int = 0

    def answer(self, request: FakeRequest) -> FakeReply:
        """Issue a token for the one grant that the server supports (RFC 6749, 4.4 and 6)."""
        form = request.form
        if form.get("grant_type") != self.grant:
            return FakeReply({"error": "unsupported_grant_type"}, 400)
        wanted = ["client_id", "client_secret", *["refresh_token"] * (self.grant[0] == "r")]
        if not all(form.get(name) for name in wanted):
            return FakeReply({"error": "invalid_client"}, 401)
        self.issued += 1
        self.token = f"issued-{self.issued}"
        return FakeReply({"access_token": self.token, "token_type": "Bearer", "expires_in": 3599})

    def admits(self, request: FakeRequest) -> bool:
        """Whether a request has the token that was issued last."""
        return request.headers.get("authorization") == f"Bearer {self.token or None}"
