"""Errors, in two families.

`RequestError`: *they* did something wrong. KAZOO, or another client of the URL, sent an invalid
request; the error carries the HTTP status to answer with.

`AnswerError`: *we* did something wrong. A template built an answer that KAZOO would reject; the
error names the field, the value, and the rule, and the caller hears the template's fallback.
"""


class RequestError(Exception):
    """An invalid request. `status` is the HTTP status to answer with.

    The message may quote the request, so that the sender finds the error; it is never logged.
    """

    status = 400

    @property
    def public(self) -> str:
        """The message for the sender."""
        return str(self)


class Malformed(RequestError):
    """An unreadable request: broken encoding, a repeated reserved name, or too many fields."""


class Unauthorized(RequestError):
    """No key or token, an invalid one, or one for another account or call.

    The response does not say which of these it was.
    """

    status = 401

    @property
    def public(self) -> str:
        """A fixed message that does not help an attacker guess a key."""
        return "Unauthorized"


class MethodNotAllowed(RequestError):
    """An HTTP method that KAZOO does not use for this kind of function."""

    status = 405


class TooLarge(RequestError):
    """A request larger than the limit for its kind."""

    status = 413


class UnsupportedMediaType(RequestError):
    """A body that is neither a form nor JSON."""

    status = 415


class TooManyCalls(RequestError):
    """One more call of an account that is over its limit in this minute."""

    status = 429


class Expired(Exception):
    """A genuine but expired token. The caller hears the fallback instead of dead air."""


class AnswerError(ValueError):
    """An answer that KAZOO would not execute, detected while it is being built.

    The message reads `<where>: <field> is <value>: <rule>`.
    """

    def __init__(self, where: str, field: str, value: object, rule: str) -> None:
        super().__init__(f"{where}: {field} is {_short(value)}: {rule}")
        self.where = where
        self.field = field
        self.value = value
        self.rule = rule

    @property
    def loggable(self) -> str:
        """The field, without the value and the rule, which may quote the caller."""
        return f"{self.where}: {self.field}"


class StateError(Exception):
    """Unusable call state: the store failed, or its content does not match the request."""


class StateUnavailable(StateError):
    """The store failed, or did not answer in time."""


class StateLost(StateError):
    """The state that a follow-up request needs has expired or never existed."""


class StateNotDeclared(RuntimeError):
    """Use of `call.vars` or `call.once` in a function that is not declared stateful."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} needs state: declare the function with @pivot(state=True)")

    @property
    def loggable(self) -> str:
        """The whole message, which the code alone determines."""
        return str(self)


class ConversationChanged(Exception):
    """Stored answers that belong to other questions: the code changed during the call."""

    @property
    def loggable(self) -> str:
        """The whole message, which the code alone determines."""
        return str(self)


_LONGEST = 80


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
