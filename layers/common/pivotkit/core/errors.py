"""What can be wrong, in two families.

`RequestError`: *they* did something wrong. KAZOO, or whoever called the URL, sent what cannot be
answered; the error carries the HTTP status to answer with.

`AnswerError`: *we* did something wrong. A template built an answer that KAZOO would refuse; the
error names the field, the value and the rule, and the caller hears the template's fallback.
"""


class RequestError(Exception):
    """A request that is refused. `status` is the HTTP status of the refusal.

    The text may quote what was sent, so that its sender finds the fault; it is never logged.
    """

    status = 400

    @property
    def public(self) -> str:
        """What the sender is told."""
        return str(self)


class Malformed(RequestError):
    """The request cannot be read: broken encoding, a reserved name twice, too many fields."""


class Unauthorized(RequestError):
    """No valid key or token, or one that is not good for this account or call.

    The sender is not told which.
    """

    status = 401

    @property
    def public(self) -> str:
        """Nothing that would help to guess."""
        return "Unauthorized"


class MethodNotAllowed(RequestError):
    """A method that KAZOO does not use for this kind of function."""

    status = 405


class TooLarge(RequestError):
    """More bytes than a request of this kind may have."""

    status = 413


class UnsupportedMediaType(RequestError):
    """A body that is neither a form nor JSON."""

    status = 415


class Expired(Exception):
    """A genuine token whose time is over: the caller hears the fallback, not dead air."""


class AnswerError(ValueError):
    """An answer that KAZOO would not execute, found while it was being built.

    The message reads `<where>: <field> is <value>: <rule>`.
    """

    def __init__(self, where: str, field: str, value: object, rule: str) -> None:
        super().__init__(f"{where}: {field} is {_short(value)}: {rule}")
        self.where = where
        self.field = field
        self.value = value
        self.rule = rule


class StateError(Exception):
    """The call's state cannot be used: the store failed, or what it holds does not fit."""


class StateUnavailable(StateError):
    """The store did not answer, or not in time."""


class StateLost(StateError):
    """The state that a follow-up request needs is not there any more, or never was."""


class StateNotDeclared(RuntimeError):
    """A function used `call.vars` or `call.once` without being declared stateful."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} needs state: declare the function with @pivot(state=True)")


class ConversationChanged(Exception):
    """The stored answers belong to other questions: the code changed while the call was on."""


_LONGEST = 80


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
