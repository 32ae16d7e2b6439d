"""A fake of a digital assistant: each turn depends on the caller's last words or keys."""

from __future__ import annotations

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest

GREETING = "Hello, I'm the assistant. For opening hours, press 1. To speak with someone, press 2."
TURNS = {
    "": ("ask", GREETING),
    "1": ("ask", "We're open from nine to five. Anything else? To speak with someone, press 2."),
    "2": ("connect", "Please hold while I connect you."),
}


class AssistantFake:
    """`POST .../turns` with `session`, `turn`, and `heard` returns `action` and `say`."""

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return one turn: `action` is `ask`, `connect`, or `hangup`."""
        if request.method != "POST" or request.last != "turns":
            return NOT_FOUND
        heard = str(request.body.get("heard") or "")
        first = not request.body.get("turn")
        if not heard and not first:
            return FakeReply({"action": "hangup", "say": "Goodbye."})
        action, say = TURNS.get(heard, ("ask", "Sorry, I didn't get that. " + GREETING))
        return FakeReply({"action": action, "say": say})
