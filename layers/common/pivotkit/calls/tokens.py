"""Self-contained tokens for the URLs in our own answers.

A follow-up token takes the place of the key in the path. It names the run of a conversation, the
step, the question, and its expiry, and is bound to one account and call. Each function has its own
signing key, derived from the stack's secret, so that no function accepts another's token.
`SIGNING_SECRETS` holds one or two secrets: the first signs, both verify.
"""

import base64
import hmac
from hashlib import sha256
from typing import NamedTuple, Self

from pivotkit.core.errors import Unauthorized
from pivotkit.http.keys import signing_secrets

QUESTION = r"[a-z0-9_]{1,32}"
_FOLLOW_UP = "t1"
_CALL = "c1"
_KINDS = (f"{_FOLLOW_UP}.", f"{_CALL}.")


class FollowUp(NamedTuple):
    """The place at which a function goes on with a call. `expires_at` is Unix seconds.

    In a conversation, `run` and `step` name the place of the answer in the state, and `question`
    the question that was asked. With `secret` its digits must not be stored.
    """

    expires_at: int
    call_digest: str
    run: str = ""
    step: int = 0
    question: str = ""
    secret: bool = False

    def require(self, digest: str) -> None:
        """Raise `Unauthorized` unless the token was made for the call with that *digest*."""
        if not hmac.compare_digest(self.call_digest, digest):
            raise Unauthorized("the token is for another call")


class NamedCall(NamedTuple):
    """The call that a `cdr_url` belongs to. The body of KAZOO's CDR omits it (`pivot_call.erl`)."""

    account_id: str
    call_id: str


class Signer:
    """Signs and verifies one function's tokens."""

    def __init__(self, secrets: list[str], function: str) -> None:
        self._keys = [_derive(secret, function) for secret in secrets]

    @classmethod
    def from_environment(cls, function: str) -> Self:
        """The signer of *function* with the stack's secrets."""
        return cls(signing_secrets(), function)

    def follow_up(self, token: FollowUp) -> str:
        """Write *token* as text that needs no escaping in a URL."""
        mark = "s" if token.secret else "d"
        fields = (token.run, str(token.step), mark + token.question, str(token.expires_at))
        return self._sign(".".join((_FOLLOW_UP, *fields, token.call_digest)))

    def named_call(self, call: NamedCall) -> str:
        """A token that names *call*, for a `cdr_url`."""
        return self._sign(".".join((_CALL, _encode(call.account_id), _encode(call.call_id))))

    def read_follow_up(self, text: str) -> FollowUp:
        """Read the token in *text*, expired or not. Raises `Unauthorized` unless it is genuine."""
        kind, *fields = self._verified(text)
        if kind != _FOLLOW_UP:
            raise Unauthorized("not a follow-up token")
        run, step, question, expires_at, digest = fields
        secret = question[0] == "s"
        return FollowUp(int(expires_at), digest, run, int(step), question[1:], secret)

    def read_named_call(self, text: str) -> NamedCall:
        """Read the call that *text* names. Raises `Unauthorized` unless it is genuine."""
        kind, *fields = self._verified(text)
        if kind != _CALL:
            raise Unauthorized("not a call's token")
        account_id, call_id = map(_decode, fields)
        return NamedCall(account_id, call_id)

    def secret(self, purpose: str) -> bytes:
        """32 bytes for *purpose*, the same each time, that nobody else can derive.

        They change when another secret of the stack comes first.
        """
        return hmac.digest(self._first, f"secret {purpose}".encode(), "sha256")

    @property
    def _first(self) -> bytes:
        if not self._keys:
            raise RuntimeError(
                "SIGNING_SECRETS is empty: make one with `pivotctl key --for signing`"
            )
        return self._keys[0]

    def _sign(self, content: str) -> str:
        return f"{content}.{_mac(self._first, content)}"

    def _verified(self, text: str) -> list[str]:
        content, _, mac = text.rpartition(".")
        sent = mac.encode("utf-8", "surrogatepass")
        genuine = [hmac.compare_digest(_mac(key, content).encode(), sent) for key in self._keys]
        if not any(genuine):
            raise Unauthorized("no such token")
        return content.split(".")


def is_token(text: str) -> bool:
    """Whether *text* has the form of a token rather than of a key."""
    return text.startswith(_KINDS)


def call_digest(account_id: str, call_id: str) -> str:
    """The digest that binds a token to one call without putting an ID into the URL."""
    return _base64(sha256(f"{account_id}\0{call_id}".encode()).digest()[:12])


def _derive(secret: str, function: str) -> bytes:
    return hmac.digest(secret.encode(), f"pivot-functions token {function}".encode(), "sha256")


def _mac(key: bytes, content: str) -> str:
    return _base64(hmac.digest(key, content.encode("utf-8", "surrogatepass"), "sha256")[:16])


def _encode(text: str) -> str:
    return _base64(text.encode())


def _decode(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
