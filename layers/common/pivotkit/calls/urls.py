"""The absolute URLs that our answers hand to KAZOO.

They start with the PUBLIC_URL of the environment, or with the request context's own domain and
stage; never with a header, which is the sender's to choose. KAZOO does not resolve relative ones
as browsers do (`kz_http_util:resolve_uri`).
"""

import os
from typing import NamedTuple

from pivotkit.calls.tokens import FollowUp, NamedCall, Signer


class Links(NamedTuple):
    """Makes URLs for one request, of the function *function*."""

    base: str
    function: str
    signer: Signer

    @classmethod
    def of(cls, origin: str, function: str, signer: Signer) -> "Links":
        """Links below PUBLIC_URL, or *origin* where it is not set."""
        return cls((os.environ.get("PUBLIC_URL") or origin).rstrip("/"), function, signer)

    def follow_up(self, token: FollowUp) -> str:
        """Where the function is asked again, with *token* in the place of the key."""
        return f"{self.base}/{self.signer.follow_up(token)}/pivot/{self.function}"

    def cdr(self, account_id: str, call_id: str, sink: str) -> str:
        """The URL of the CDR sink *sink*, with the call named in it."""
        token = Signer.from_environment(sink).named_call(NamedCall(account_id, call_id))
        return f"{self.base}/{token}/cdr/{sink}"
