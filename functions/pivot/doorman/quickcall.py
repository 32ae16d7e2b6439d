"""KAZOO's quickcall: have somebody's phones rung from outside a call, and send who answers to us.

The one way to speak to somebody before she is connected: flows can only ring and bridge.
"""

from urllib.parse import quote

from pivotkit.services.upstream import Upstream


class QuickCall:
    """Rings *user* (an id), and sends who answers to *number*, a callflow of the account.

    Both come from settings, never from a caller. Follows `cb_quickcall.erl`: KAZOO rings all
    devices of the user and needs no token for a user with `allow_anonymous_quickcalls`.
    """

    def __init__(self, kazoo: Upstream, user: str, number: str) -> None:
        self._kazoo = kazoo
        self._path = f"users/{user}/quickcall/{number}"
        self.user = user

    def ring(self, account_id: str, seconds: int) -> bool:
        """Have the phones rung for *seconds*; whether KAZOO tries. Raises `UpstreamDown`.

        A phone that can answer by itself is told not to. KAZOO knows no idempotency key: asked
        twice, it rings twice.
        """
        path = f"/accounts/{quote(account_id, safe='')}/{self._path}"
        answer = self._kazoo.get(path, auto_answer=False, timeout=seconds)
        return answer.text("status") == "success"
