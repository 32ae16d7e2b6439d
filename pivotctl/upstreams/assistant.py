"""A digital assistant: one turn of a dialogue, told by what the caller has said or pressed."""

from __future__ import annotations

from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest

GREETING = "Hello, I am the assistant. For opening hours, press 1. For a person, press 2."
TURNS = {
    "": ("ask", GREETING),
    "1": ("ask", "We are open from nine to five. Anything else? For a person, press 2."),
    "2": ("connect", "I connect you."),
}


class AssistantFake:
    """`POST .../turns` with `session`, `turn` and `heard`: `action` and what to `say`."""

    def answer(self, asked: FakeRequest) -> FakeReply:
        """One turn: `action` is `ask`, `connect` or `hangup`."""
        if asked.method != "POST" or asked.last != "turns":
            return NOT_FOUND
        heard = str(asked.body.get("heard") or "")
        first = not asked.body.get("turn")
        if not heard and not first:
            return FakeReply({"action": "hangup", "say": "Goodbye."})
        action, say = TURNS.get(heard, ("ask", "Sorry, I did not understand. " + GREETING))
        return FakeReply({"action": action, "say": say})
