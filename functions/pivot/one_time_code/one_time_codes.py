"""One-time codes by text message: who hears or reads the code has the phone in her hand.

A code is nowhere stored. It is derived from the call and a secret of the stack, so that a message
that is sent twice holds the same code, and a look at the tables shows none.
"""

import hmac
from collections.abc import Generator
from datetime import datetime, timedelta
from functools import cached_property, partial

from pivotkit.calls import conversations
from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Question, Reply
from pivotkit.calls.tokens import Signer, call_digest
from pivotkit.core import telemetry
from pivotkit.phone.dialing import DialTarget
from pivotkit.services.upstream import Upstream, UpstreamDown
from pivotkit.store.attempts import Attempts

DIGITS = 6
TRIES = 3
"""How often a code is asked for in one call."""


class OneTimeCodes:
    """Codes of six digits, good for *minutes*, sent by the service *sms*: one in each call.

    At most *limit* codes an hour go to one number. The service is asked with `POST /messages`,
    `to` and `text`.
    """

    def __init__(self, sms: Upstream, *, minutes: int = 5, limit: int = 3) -> None:
        self._sms = sms
        self._life = timedelta(minutes=minutes)
        self._limit = Attempts(limit, 3600)

    @cached_property
    def _signer(self) -> Signer:
        return Signer.from_environment(telemetry.service())

    def send(self, call: Call, to: DialTarget, text: str) -> bool:
        """Send *text* with the code in the place of `{code}`; whether the service took it.

        The same call sends once, however often it asks. Raises `StateUnavailable`.
        """
        key = self._secret(call, "message").hex()[:32]
        if not self._limit.allow(f"{call.account_id}#code#{to}", key):
            return False
        body = {"to": str(to), "text": text.format(code=self._code(call))}
        try:
            self._sms.post("/messages", body, key=key)
        except UpstreamDown:
            return False
        return True

    def ask(self, call: Call, prompt: str) -> Generator[Question, Reply, bool]:
        """Ask for the code, three times at most; whether the caller knew it in time."""
        check = partial(self._accepts, call, call.now + self._life)
        sorry = ""
        for _ in range(TRIES):
            question = conversations.ask(
                sorry + prompt, max_digits=DIGITS, timeout=20, pause=5, secret=check
            )
            if (yield from question):
                return True
            sorry = "That is not right. "
        return False

    def _accepts(self, call: Call, until: datetime, digits: str) -> bool:
        return hmac.compare_digest(digits, self._code(call)) and call.now <= until

    def _code(self, call: Call) -> str:
        number = int.from_bytes(self._secret(call, "code")) % 10**DIGITS
        return f"{number:0{DIGITS}}"

    def _secret(self, call: Call, purpose: str) -> bytes:
        return self._signer.secret(f"{purpose} {call_digest(call.account_id, call.call_id)}")
