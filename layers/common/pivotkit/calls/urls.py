"""The absolute URLs in our answers.

They start with PUBLIC_URL, or else with the domain and stage of the request context; never with a
header, which the sender chooses. KAZOO does not resolve relative URLs as browsers do
(`kz_http_util:resolve_uri`).
"""

import os
from typing import NamedTuple

from pivotkit.calls.tokens import FollowUp, NamedCall, Signer


class Urls(NamedTuple):
    """Makes the URLs of one request to the function *function*."""

    base: str
    function: str
    signer: Signer

    @classmethod
    def of(cls, origin: str, function: str, signer: Signer) -> "Urls":
        """URLs below PUBLIC_URL, or below *origin* if it is not set."""
        return cls((os.environ.get("PUBLIC_URL") or origin).rstrip("/"), function, signer)

    def follow_up(self, token: FollowUp) -> str:
        """The function's own URL, with *token* in place of the key."""
        return f"{self.base}/{self.signer.follow_up(token)}/pivot/{self.function}"

    def cdr(self, account_id: str, call_id: str, sink: str) -> str:
        """The URL of the CDR sink *sink*, which names the call."""
        token = Signer.from_environment(sink).named_call(NamedCall(account_id, call_id))
        return f"{self.base}/{token}/cdr/{sink}"
