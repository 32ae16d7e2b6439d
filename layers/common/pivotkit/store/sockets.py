"""The Sockets table: WebSocket connections, their bindings, tickets, and what was commanded.

    socket#<connection>   -                         a connection: its grant, and its bindings
    events#<account>      <binding>#<connection>    a binding, where the account's events find it
    ticket#<digest>       -                         a grant for one connection, for a minute
    audit#<account>       <time>#<random>           a command that a connection gave

A binding's key begins with its account, so an event of one account never finds another's sockets.
Everything expires: a connection with API Gateway's limit of two hours.
"""

import json
import secrets
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from pivotkit.store import Item
from pivotkit.store.table import Table

CONNECTION_SECONDS = 2 * 60 * 60 + 5 * 60
"""Life of a connection's items: API Gateway closes it after two hours."""

TICKET_SECONDS = 60
AUDIT_SECONDS = 90 * 24 * 60 * 60
MOST_BINDINGS = 100
"""Bindings of one connection."""

_AT_ONCE = 25
"""Bindings in one request: an expression of DynamoDB has at most 4 kB."""

COMMANDS, NUMBERS = "commands", "numbers"
"""Permissions: to command calls, and to see whole phone numbers."""

TICKET = "ticket-"
_ONE = {"S": "-"}


class Grant(NamedTuple):
    """The rights of a connection: its owner's name, accounts (all if empty), and permissions."""

    name: str
    accounts: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()

    def may_see(self, account_id: str) -> bool:
        """Tell whether an account's events are this connection's."""
        return not self.accounts or account_id in self.accounts

    @property
    def only(self) -> str:
        """The account of a grant for a single one; '' for any other."""
        return next(iter(self.accounts)) if len(self.accounts) == 1 else ""

    @property
    def as_text(self) -> str:
        """The grant as an attribute holds it."""
        return json.dumps([self.name, sorted(self.accounts), sorted(self.permissions)])

    @classmethod
    def of_text(cls, text: str) -> "Grant":
        """The grant in an attribute."""
        name, accounts, permissions = json.loads(text)
        return cls(name, frozenset(accounts), frozenset(permissions))


class Bound(NamedTuple):
    """A binding of a connection, in an account."""

    account_id: str
    binding: str


class Connection(NamedTuple):
    """A connection: its ID, source address, form of replies, grant, and bindings in their order."""

    id: str
    source: str
    opened_at: int
    kazoo5: bool
    grant: Grant | None
    bindings: tuple[Bound, ...]
    refused: int = 0


class Subscriber(NamedTuple):
    """A binding that an event's account has: who gets the event, and whether digits are masked."""

    connection: str
    binding: str
    sees_numbers: bool
    source: str
    opened_at: int


class TooManyBindings(Exception):
    """A connection has as many bindings as it may."""


class Sockets:
    """Connections and bindings. Every method raises `StateUnavailable`."""

    def __init__(self) -> None:
        self._table = Table.from_environment("SOCKETS_TABLE")

    # -- connections -----------------------------------------------------------------------------

    def open(self, connection: Connection) -> None:
        """Keep a new connection, without bindings."""
        grant = {"granted": {"S": connection.grant.as_text}} if connection.grant else {}
        item: Item = {
            **_socket(connection.id),
            "source": {"S": connection.source},
            "opened_at": _number(connection.opened_at),
            "kazoo5": {"BOOL": connection.kazoo5},
            "bindings": {"M": {}},
            "expires_at": _number(connection.opened_at + CONNECTION_SECONDS),
            **grant,
        }
        self._table.ask("put_item", Item=item)

    def find(self, connection: str) -> Connection | None:
        """Return a connection, or `None` if it is closed."""
        answer = self._table.ask("get_item", Key=_socket(connection), ConsistentRead=True)
        item: Item = answer.get("Item") or {}
        return _connection(connection, item) if item else None

    def allow(self, connection: str, grant: Grant) -> None:
        """Keep what a connection may do. A connection that has closed stays closed."""
        self._update(connection, "SET granted = :grant", {":grant": {"S": grant.as_text}})

    def refuse(self, connection: str) -> int:
        """Count a wrong token of a connection; return how many it has sent."""
        item = self._update(connection, "ADD refused :one", {":one": _number(1)})
        return int(item.get("refused", {}).get("N", 1))

    def close(self, connection: str) -> None:
        """Forget a connection and its bindings."""
        answer = self._table.ask("delete_item", Key=_socket(connection), ReturnValues="ALL_OLD")
        item: Item = answer.get("Attributes") or {}
        for bound in _bindings(item):
            self.forget(bound, connection)

    def _update(
        self, connection: str, update: str, values: Item, names: Mapping[str, str] | None = None
    ) -> Item:
        """Change a connection that is open, and return its item; an empty one if it is closed."""
        named = {"ExpressionAttributeNames": dict(names)} if names else {}
        valued = {"ExpressionAttributeValues": values} if values else {}
        written = self._table.write(
            "update_item",
            Key=_socket(connection),
            UpdateExpression=update,
            ConditionExpression="attribute_exists(pk)",
            ReturnValues="ALL_NEW",
            **named,
            **valued,
        )
        return written.item

    # -- bindings --------------------------------------------------------------------------------

    def bind(self, connection: Connection, bound: Sequence[Bound]) -> tuple[Bound, ...]:
        """Add bindings of a connection, and return all. Raises `TooManyBindings`.

        They are noted with the connection first, so that `close` finds whatever was written.
        """
        if len({*connection.bindings, *bound}) > MOST_BINDINGS:
            raise TooManyBindings(f"at most {MOST_BINDINGS} bindings are allowed")
        item: Item = {}
        for at in range(0, len(bound), _AT_ONCE):
            item = self._noted(connection.id, bound[at : at + _AT_ONCE])
        for each in bound if item else ():
            self._table.ask("put_item", Item=_binding(connection, each))
        return _bindings(item)

    def _noted(self, connection: str, bound: Sequence[Bound]) -> Item:
        """Note bindings with their connection, and return its item."""
        now = time.time_ns() // 1000
        names = {f"#b{at}": " ".join(each) for at, each in enumerate(bound)}
        values = {f":b{at}": _number(now + at) for at in range(len(bound))}
        sets = ", ".join(
            f"bindings.#b{at} = if_not_exists(bindings.#b{at}, :b{at})" for at in range(len(bound))
        )
        return self._update(connection, f"SET {sets}", values, names)

    def unbind(self, connection: str, bound: Sequence[Bound]) -> tuple[Bound, ...]:
        """Remove bindings of a connection, and return those that are left."""
        for each in bound:
            self.forget(each, connection)
        item: Item = {}
        for at in range(0, len(bound), _AT_ONCE):
            some = enumerate(bound[at : at + _AT_ONCE])
            names = {f"#b{number}": " ".join(each) for number, each in some}
            removed = ", ".join(f"bindings.{name}" for name in names)
            item = self._update(connection, f"REMOVE {removed}", {}, names)
        return _bindings(item)

    def forget(self, bound: Bound, connection: str) -> None:
        """Remove a binding from where events find it."""
        self._table.ask("delete_item", Key=_events(bound, connection))

    def subscribers(self, account_id: str, kind: str = "") -> Iterator[Subscriber]:
        """Yield an account's bindings, all or those of one kind, in one query.

        The read is consistent: a binding that was confirmed is found.
        """
        condition, values = "pk = :pk", {":pk": {"S": f"events#{account_id}"}}
        if kind:
            condition, values = (
                f"{condition} AND begins_with(sk, :kind)",
                {
                    **values,
                    ":kind": {"S": f"{kind}."},
                },
            )
        for item in self._table.query(
            KeyConditionExpression=condition, ExpressionAttributeValues=values, ConsistentRead=True
        ):
            if int(item["expires_at"]["N"]) > time.time():
                yield _subscriber(item)

    # -- tickets and commands --------------------------------------------------------------------

    def ticket(self, grant: Grant) -> str:
        """Return a token with which one connection gets *grant*, within a minute."""
        token = TICKET + secrets.token_urlsafe(32)
        item: Item = {
            **_ticket(token),
            "granted": {"S": grant.as_text},
            "expires_at": _number(int(time.time()) + TICKET_SECONDS),
        }
        self._table.ask("put_item", Item=item)
        return token

    def redeem(self, token: str) -> Grant | None:
        """Return the grant of a ticket, which is used up, or `None`."""
        answer = self._table.ask("delete_item", Key=_ticket(token), ReturnValues="ALL_OLD")
        item: Item = answer.get("Attributes") or {}
        if not item or int(item["expires_at"]["N"]) <= time.time():
            return None
        return Grant.of_text(item["granted"]["S"])

    def note(self, account_id: str, entry: Mapping[str, str]) -> None:
        """Keep a command in an account: who gave which, for which call, and what came of it."""
        now = int(time.time())
        item: Item = {
            "pk": {"S": f"audit#{account_id}"},
            "sk": {"S": f"{now}#{uuid.uuid4().hex}"},
            "expires_at": _number(now + AUDIT_SECONDS),
            **{name: {"S": text} for name, text in entry.items()},
        }
        self._table.ask("put_item", Item=item)


def _socket(connection: str) -> Item:
    return {"pk": {"S": f"socket#{connection}"}, "sk": _ONE}


def _ticket(token: str) -> Item:
    return {"pk": {"S": f"ticket#{sha256(token.encode()).hexdigest()}"}, "sk": _ONE}


def _events(bound: Bound, connection: str) -> Item:
    return {
        "pk": {"S": f"events#{bound.account_id}"},
        "sk": {"S": f"{bound.binding}#{connection}"},
    }


def _binding(connection: Connection, bound: Bound) -> Item:
    permissions = connection.grant.permissions if connection.grant else frozenset()
    return {
        **_events(bound, connection.id),
        "sees_numbers": {"BOOL": NUMBERS in permissions},
        "source": {"S": connection.source},
        "opened_at": _number(connection.opened_at),
        "expires_at": _number(connection.opened_at + CONNECTION_SECONDS),
    }


def _subscriber(item: Item) -> Subscriber:
    binding, _, connection = item["sk"]["S"].rpartition("#")
    return Subscriber(
        connection,
        binding,
        bool(item["sees_numbers"]["BOOL"]),
        item["source"]["S"],
        int(item["opened_at"]["N"]),
    )


def _connection(identifier: str, item: Item) -> Connection:
    granted = item.get("granted", {}).get("S")
    return Connection(
        identifier,
        item["source"]["S"],
        int(item["opened_at"]["N"]),
        bool(item["kazoo5"]["BOOL"]),
        Grant.of_text(granted) if granted else None,
        _bindings(item),
        int(item.get("refused", {}).get("N", 0)),
    )


def _bindings(item: Item) -> tuple[Bound, ...]:
    """The bindings of a connection, in the order in which they were made."""
    made: Item = item.get("bindings", {}).get("M", {})
    found = sorted(made.items(), key=lambda each: int(each[1]["N"]))
    return tuple(Bound(*name.split(" ", 1)) for name, _ in found)


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}
