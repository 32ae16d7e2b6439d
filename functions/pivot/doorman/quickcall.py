"""KAZOO's quickcall: ring a user's phones from outside a call, and send the answered call to us.

It is the only way to speak to callees before they are connected: flows can only ring and bridge.
"""

from urllib.parse import quote

from pivotkit.services.upstream import Upstream


class QuickCall:
    """Rings *user* (an ID), and sends the answered call to *number*, a callflow of the account.

    Both come from settings, never from a caller. Follows `cb_quickcall.erl`: KAZOO rings all
    devices of the user and needs no token for a user with `allow_anonymous_quickcalls`.
    """

    def __init__(self, kazoo: Upstream, user: str, number: str) -> None:
        self._kazoo = kazoo
        self._path = f"users/{user}/quickcall/{number}"
        self.user = user

    def ring(self, account_id: str, seconds: int) -> bool:
        """Ring the phones for *seconds*; returns whether KAZOO tries. Raises `UpstreamDown`.

        Phones must not answer by themselves. KAZOO knows no idempotency key: asked twice, it rings
        twice.
        """
        path = f"/accounts/{quote(account_id, safe='')}/{self._path}"
        answer = self._kazoo.get(path, auto_answer=False, timeout=seconds)
        return answer.text("status") == "success"
