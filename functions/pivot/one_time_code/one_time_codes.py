"""One-time codes by text message: callers who know the code are holding the phone it went to.

A code is not stored anywhere. It is derived from the call, the number that it is sent to, and a
secret of the stack. So a message that is sent twice holds the same code, the tables show none, and
no code verifies another number.
"""

import hmac
from datetime import datetime, timedelta
from functools import cached_property, partial

from pivotkit.calls import conversations
from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Asking
from pivotkit.calls.tokens import Signer, call_digest
from pivotkit.core import telemetry
from pivotkit.phone.dialing import DialTarget
from pivotkit.services.upstream import Upstream, UpstreamDown
from pivotkit.store.attempts import Attempts

DIGITS = 6
TRIES = 3
"""The times that callers are asked for the code in one call."""

SORRY = "Sorry, that's not correct."


class OneTimeCodes:
    """Six-digit codes, one for each call, valid for *minutes* and sent by the service *sms*.

    At most *limit* codes an hour go to one number, from all accounts together, and at most *texts*
    in all from one account, since callers can forge any number. The service is asked with
    `POST /messages`, `to` and `text`.
    """

    def __init__(self, sms: Upstream, *, minutes: int = 5, limit: int = 3, texts: int = 20) -> None:
        self._sms = sms
        self._lifetime = timedelta(minutes=minutes)
        self._to_number = Attempts(limit, 3600)
        self._of_account = Attempts(texts, 3600)

    @cached_property
    def _signer(self) -> Signer:
        return Signer.from_environment(telemetry.service())

    def send(self, call: Call, to: DialTarget, text: str) -> bool:
        """Send *text* with the code in place of `{code}`. Returns whether the service took it.

        Repeated within a call, this sends the same message with the same key. Every run of the
        conversation counts, because each has tries of its own. Raises `StateUnavailable`.
        """
        run = call.effect_key("code")
        if not self._to_number.of_all().allow(f"code#{to}", run):
            return False
        if not self._of_account.of(call).allow("codes", run):
            return False
        key = self._secret(call, to, "message").hex()[:32]
        body = {"to": str(to), "text": text.format(code=self._code(call, to))}
        try:
            self._sms.post("/messages", body, key=key)
        except UpstreamDown:
            return False
        return True

    def ask(self, call: Call, to: DialTarget, prompt: str) -> Asking[bool]:
        """Ask up to three times for the code that was sent to the number *to*.

        Returns whether the caller entered it in time.
        """
        check = partial(self._accepts, call, to, call.now + self._lifetime)
        words = prompt
        for _ in range(TRIES):
            question = conversations.ask(
                words, max_digits=DIGITS, timeout=20, pause=5, secret=check
            )
            if (yield from question):
                return True
            words = f"{SORRY} {prompt}"
        return False

    def _accepts(self, call: Call, to: DialTarget, expires_at: datetime, digits: str) -> bool:
        return hmac.compare_digest(digits, self._code(call, to)) and call.now <= expires_at

    def _code(self, call: Call, to: DialTarget) -> str:
        number = int.from_bytes(self._secret(call, to, "code")) % 10**DIGITS
        return f"{number:0{DIGITS}}"

    def _secret(self, call: Call, to: DialTarget, purpose: str) -> bytes:
        digest = call_digest(call.account_id, call.call_id)
        return self._signer.secret(f"{purpose} {digest} {to}")
