"""A fake of Amazon Bedrock: the Converse API of the service `bedrock-runtime`."""

from __future__ import annotations

import re

from pivotctl.upstreams.service import FakeReply, FakeRequest

ANSWERS = {
    "The caller pressed 1.": "**We're open** from nine to five. Press 2 for our address.",
    "The caller pressed 2.": "Our address is 12 Main Street.\n- Press 1 for opening hours.",
}
_PATH = re.compile(r"/model/([^/]+)/converse")


def error(status: int, kind: str) -> FakeReply:
    """Return an error as services with JSON bodies write it."""
    return FakeReply({"message": kind}, status, headers={"x-amzn-ErrorType": kind})


class BedrockFake:
    """`POST /model/MODEL/converse` with `messages` and `system`, signed (SigV4)."""

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return the answer to the user's last message."""
        if not request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
            return error(403, "MissingAuthenticationTokenException")
        if request.method != "POST" or not _PATH.fullmatch(request.path):
            return error(404, "UnknownOperationException")
        roles = [each["role"] for each in request.body["messages"]]
        if roles != [("user", "assistant")[number % 2] for number in range(len(roles))]:
            return error(400, "ValidationException")
        asked = request.body["messages"][-1]["content"][0]["text"]
        text = ANSWERS.get(asked, "Sorry, I didn't get that. Press 1, 2, or 0 for a person.")
        return FakeReply(
            {
                "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
                "stopReason": "end_turn",
                "usage": {"inputTokens": 90, "outputTokens": 20, "totalTokens": 110},
                "metrics": {"latencyMs": 300},
            }
        )

    def failed(self) -> FakeReply:
        """Return the error of a model that is overloaded."""
        return error(503, "ServiceUnavailableException")
