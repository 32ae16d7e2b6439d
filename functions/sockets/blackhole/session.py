"""A client's session: from a message to its reply, in blackhole's steps.

Authenticate, validate, authorize, then do; the first step that fails answers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from commands import ACTIONS, Commands
from lookups import LOOKUPS
from messages import Message, Refused, error, reply
from pivotkit.core import telemetry
from pivotkit.core.errors import StateUnavailable
from pivotkit.events.bindings import Binding, BindingRefused
from pivotkit.store.socket_grants import Grants
from pivotkit.store.sockets import (
    COMMANDS,
    NUMBERS,
    Bound,
    Connection,
    Grant,
    Sockets,
    TooManyBindings,
)
from pivotkit.store.wrong_tokens import WrongTokens

UNAVAILABLE = "not available right now: try again"
WRONG_TOKENS = 3
"""Wrong tokens after which a connection is closed."""

LONGEST_BINDING = 300


type Act = Callable[[Connection, Grant, Message], dict[str, object]]


class Closing(Exception):
    """A connection that is to be closed: it has sent too many wrong tokens."""


class Session:
    """Messages of clients, on any connection. *settings_of* returns an account's settings."""

    def __init__(
        self,
        sockets: Sockets,
        grants: Grants,
        wrong_tokens: WrongTokens,
        settings_of: Callable[[str], Any],
    ) -> None:
        self._sockets = sockets
        self._grants = grants
        self._wrong = wrong_tokens
        self._settings_of = settings_of
        self._actions: Mapping[str, Act] = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "ping": self._ping,
        }

    def grant_of(self, token: str) -> Grant | None:
        """Return the grant of a token that came with the handshake. Raises `StateUnavailable`."""
        return self._grants.of(token)

    def answer(self, identifier: str, text: str) -> str:
        """Return the reply to the message *text*. Raises `Closing`."""
        try:
            message = Message.read(text)
        except Refused as refusal:
            return error("", str(refusal))
        try:
            return reply(message.request_id, self._done(identifier, message))
        except (Refused, BindingRefused, TooManyBindings) as refusal:
            return error(message.request_id, str(refusal))
        except StateUnavailable:
            telemetry.count("SocketsUnavailable")
            return error(message.request_id, UNAVAILABLE)

    def _done(self, identifier: str, message: Message) -> dict[str, object]:
        connection = self._sockets.find(identifier)
        if connection is None:
            raise Refused("this connection is not known: connect again")
        grant = connection.grant or self._authenticated(connection, message)
        known = connection._replace(grant=grant)
        if act := self._actions.get(message.action):
            return act(known, grant, message)
        if message.action in ACTIONS:
            return self._command(known, grant, message)
        if message.action in LOOKUPS:
            return self._look_up(known, grant, message)
        return {}  # as in KAZOO

    # -- authentication --------------------------------------------------------------------------

    def _authenticated(self, connection: Connection, message: Message) -> Grant:
        """The grant of the message's token, which the connection keeps. Raises `Refused`."""
        grant = self._grants.of(message.token) if message.token else None
        if grant is None:
            self._refuse(connection, message.token)
            raise Refused(f"failed to authenticate token {message.token}".strip())
        self._sockets.allow(connection.id, grant)
        return grant

    def _refuse(self, connection: Connection, token: str) -> None:
        """Count a wrong token; raise `Closing` at the limit of the connection or its address."""
        if not token:
            return
        telemetry.done("token_refused")
        within = self._wrong.count(connection.source)
        if self._sockets.refuse(connection.id) >= WRONG_TOKENS or not within:
            raise Closing(connection.id)

    # -- bindings --------------------------------------------------------------------------------

    def _subscribe(
        self, connection: Connection, grant: Grant, message: Message
    ) -> dict[str, object]:
        bound = list(self._bound(connection, grant, message))
        every = self._sockets.bind(connection, bound)
        if connection.kazoo5:
            return {"subscribed": _names(bound), "subscriptions": _names(every)}
        return {"subscribed": _entries(every)}

    def _unsubscribe(
        self, connection: Connection, grant: Grant, message: Message
    ) -> dict[str, object]:
        bound = list(self._bound(connection, grant, message))
        every = self._sockets.unbind(connection.id, bound)
        if connection.kazoo5:
            return {"unsubscribed": _names(bound), "subscriptions": _names(every)}
        return {"unsubscribed": _names(bound), "subscribed": _entries(every)}

    def _bound(self, connection: Connection, grant: Grant, message: Message) -> Iterator[Bound]:
        """The bindings that a message names, in its account. Raises `Refused`."""
        if not message.data:
            raise Refused(
                "empty subscription"
                if connection.kazoo5
                else "missing required keys in data object"
            )
        account = _account(connection, grant, message)
        for written in _written(connection, message):
            binding = Binding.read(written, kazoo5=connection.kazoo5)
            yield Bound(account, str(binding))

    def _ping(self, connection: Connection, grant: Grant, message: Message) -> dict[str, object]:
        del connection, grant, message
        return {"response": "pong"}

    # -- calls -----------------------------------------------------------------------------------

    def _command(self, connection: Connection, grant: Grant, message: Message) -> dict[str, object]:
        """Command a call."""
        account = _permitted(connection, grant, message, COMMANDS)
        commands = Commands(self._sockets, self._settings_of(account))
        return commands.give(account, connection, message)

    def _look_up(self, connection: Connection, grant: Grant, message: Message) -> dict[str, object]:
        """Look something up that shows phone numbers, or follows from one."""
        account = _permitted(connection, grant, message, NUMBERS)
        return LOOKUPS[message.action](account, self._settings_of(account), message)


def _permitted(connection: Connection, grant: Grant, message: Message, permission: str) -> str:
    """The account of a message that needs a permission. Raises `Refused`."""
    if permission not in grant.permissions:
        raise Refused(f"not authorized for {message.action}")
    return _account(connection, grant, message)


def _account(connection: Connection, grant: Grant, message: Message) -> str:
    """The account of a message, which must be one of the grant's. Raises `Refused`."""
    account = message.text("account_id") or (grant.only if connection.kazoo5 else "")
    if not account:
        message.require("account_id")
    if account == "*":
        raise Refused("unauthorized wildcard account id")
    if not grant.may_see(account):
        raise Refused("unauthorized account id")
    return account


def _written(connection: Connection, message: Message) -> Sequence[str]:
    """The bindings in a message: KAZOO 5 also takes a list of them. Raises `Refused`."""
    several = message.data.get("bindings")
    if connection.kazoo5 and isinstance(several, list) and several:
        found = [each for each in several if isinstance(each, str)]
        if len(found) < len(several):
            raise Refused("bindings must be a list of texts")
    else:
        message.require("binding")
        found = [message.text("binding")]
    if any(len(each) > LONGEST_BINDING for each in found):
        raise Refused(f"a binding has at most {LONGEST_BINDING} characters")
    return found


def _names(bound: Sequence[Bound]) -> list[str]:
    return [each.binding for each in bound]


def _entries(bound: Sequence[Bound]) -> list[str]:
    """The bindings as KAZOO 4 lists them: one as often as it has keys of the message bus."""
    names = _names(bound)
    return [name for name in names for _ in range(Binding.read(name, kazoo5=True).entries)]
