"""Entries that templates look up, such as accounts, lists, and hours. One item a kind and key.

The entries of a kind belong to one account of KAZOO each, whose ID is part of the partition key:
`<kind>#<account_id>`. `Directory(kind).of(call)` are those of the call's account, and there is no
way to name another's. Entries that all accounts share, such as rates, are in the partition `<kind>`
of a `SharedDirectory`, which functions only read. A function's role has access to the kinds that
its function.yaml lists.
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pivotkit.core.errors import StateUnavailable
from pivotkit.http.parameters import Value
from pivotkit.store import Item, Owned
from pivotkit.store.attributes import attribute, value_of
from pivotkit.store.table import Table

type Entry = dict[str, Value]
type Swap = tuple[Entry | None, Entry | None]
"""An entry as it was read, and as it is to be; `None` is no entry."""


_KIND = re.compile(r"[a-z][a-z0-9_]*")


class SharedEntries:
    """The entries in one partition, to be read. Each method takes one round trip.

    Every method raises `StateUnavailable` when the table cannot be reached.
    """

    def __init__(self, table: Table, partition: str) -> None:
        self._table = table
        self._partition = partition

    def get(self, key: str) -> Entry | None:
        """The entry *key*, or `None` if it is missing or has expired."""
        if not key:
            return None
        item = self._table.ask("get_item", Key=self._key(key)).get("Item")
        return _value(item) if item and not _expired(item) else None

    def get_each(self, keys: Sequence[str]) -> dict[str, Entry]:
        """The existing entries of *keys* (at most 100), in one round trip."""
        items = self._table.read_each([self._key(key) for key in dict.fromkeys(keys)])
        return {item["sk"]["S"]: _value(item) for item in items if not _expired(item)}

    def entries(self, limit: int = 100, prefix: str = "") -> dict[str, Entry]:
        """The first *limit* entries whose keys begin with *prefix*, in order, unless expired."""
        condition, values = "pk = :partition", {":partition": {"S": self._partition}}
        if prefix:
            condition += " AND begins_with(sk, :prefix)"
            values[":prefix"] = {"S": prefix}
        found = self._table.ask(
            "query",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            Limit=limit,
        )
        return {item["sk"]["S"]: _value(item) for item in found["Items"] if not _expired(item)}

    def between(self, first: str, last: str) -> Iterator[tuple[str, Entry]]:
        """The entries whose keys are from *first* to *last*, in order, page after page."""
        found = self._table.query(
            KeyConditionExpression="pk = :partition AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":partition": {"S": self._partition},
                ":first": {"S": first},
                ":last": {"S": last},
            },
        )
        return ((item["sk"]["S"], _value(item)) for item in found if not _expired(item))

    def first_after(self, key: str) -> str:
        """The first key that comes after *key*, of an expired entry perhaps; '' for none."""
        found = self._table.ask(
            "query",
            KeyConditionExpression="pk = :partition AND sk > :key",
            ExpressionAttributeValues={
                ":partition": {"S": self._partition},
                ":key": {"S": key or " "},
            },
            Limit=1,
        )
        return next((item["sk"]["S"] for item in found["Items"]), "")

    def _key(self, key: str) -> Item:
        return {"pk": {"S": self._partition}, "sk": {"S": key}}


class Entries(SharedEntries):
    """The entries of one kind and account, to be read and written. Each takes one round trip."""

    def put(self, key: str, value: Mapping[str, Value], *, seconds: int | None = None) -> None:
        """Write the whole entry *key*, which expires after *seconds*, if given."""
        self._table.ask("put_item", Item=self._item(key, value, seconds))

    def put_newest(
        self, key: str, value: Mapping[str, Value], *, by: str, seconds: int | None = None
    ) -> bool:
        """Write the entry *key* unless its number *by* is as high already.

        Returns whether it was written. *by* is a field of *value*, such as a time.
        """
        item = self._item(key, value, seconds)
        return self._table.write(
            "put_item",
            Item=item,
            ConditionExpression="attribute_not_exists(#value.#by) OR #value.#by < :by",
            ExpressionAttributeNames={"#value": "value", "#by": by},
            ExpressionAttributeValues={":by": item["value"]["M"][by]},
        ).done

    def delete(self, key: str) -> None:
        """Delete the entry *key*, if it exists."""
        self._table.ask("delete_item", Key=self._key(key))

    def swap(
        self, key: str, old: Entry | None, new: Mapping[str, Value] | None, *, seconds: int = 0
    ) -> bool:
        """Replace *old*, as it was read, with *new*. Returns whether *old* was still there.

        `None` stands for no entry: with it as *old* the entry must not exist, and as *new* the
        entry is deleted. Of several requests with the same *old*, only one succeeds. An entry keeps
        its expiry; a new one expires after *seconds*, if given.
        """
        if old is None and new is None:
            return False
        operation = "delete_item" if new is None else "update_item"
        request = _swapped(old, new, seconds)
        return self._table.write(operation, Key=self._key(key), **request).done

    def swap_each(self, changes: Mapping[str, Swap]) -> bool:
        """Make each of *changes* (at most 100), by key, as `swap` does: all of them, or none.

        Returns whether every entry was as it was read. One round trip.
        """
        return not self._table.transact(
            *(self._change(key, *each) for key, each in changes.items())
        )

    def add(self, key: str, field: str, by: int = 1) -> int:
        """Add *by* to the number in *field* of the entry *key*, and return the sum.

        Concurrent requests each get a different sum. A missing entry begins at 0, which takes two
        more round trips.
        """
        try:
            return self._added(key, field, by)
        except KeyError:
            self._begin(key)
            return self._added(key, field, by)

    def add_once(self, key: str, field: str, mark: str, *, seconds: int) -> bool:
        """Add 1 to the number in *field* of the entry *key*, unless *mark* was used before.

        Returns whether it was added. The mark is the entry `mark#<mark>`, which lives for *seconds*
        and is written in the same transaction. Takes two round trips.
        """
        self._begin(key)
        reasons = self._table.transact(
            {"Put": self._mark(mark, seconds)}, {"Update": self._increment(key, field)}
        )
        if reasons[:1] == ["ConditionalCheckFailed"]:
            return False
        if reasons:
            raise StateUnavailable(", ".join(reasons))
        return True

    def _added(self, key: str, field: str, by: int) -> int:
        """Raises `KeyError` if there is no entry *key*."""
        done, attributes = self._table.write(
            "update_item",
            Key=self._key(key),
            UpdateExpression="SET #value.#field = if_not_exists(#value.#field, :zero) + :by",
            ConditionExpression="attribute_exists(#value)",
            ExpressionAttributeNames={"#value": "value", "#field": field},
            ExpressionAttributeValues={":by": {"N": str(by)}, ":zero": {"N": "0"}},
            ReturnValues="UPDATED_NEW",
        )
        if not done:
            raise KeyError(key)
        return int(attributes["value"]["M"][field]["N"])

    def _begin(self, key: str) -> None:
        self._table.ask(
            "update_item",
            Key=self._key(key),
            UpdateExpression="SET #value = if_not_exists(#value, :empty)",
            ExpressionAttributeNames={"#value": "value"},
            ExpressionAttributeValues={":empty": {"M": {}}},
        )

    def _change(self, key: str, old: Entry | None, new: Entry | None) -> dict[str, Any]:
        operation = "Delete" if new is None else "Update"
        return {operation: {"Key": self._key(key), **_swapped(old, new, 0)}}

    def _mark(self, mark: str, seconds: int) -> dict[str, Any]:
        item = self._item(f"mark#{mark}", {}, seconds)
        return {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}

    def _increment(self, key: str, field: str) -> dict[str, Any]:
        return {
            "Key": self._key(key),
            "UpdateExpression": "SET #value.#field = if_not_exists(#value.#field, :none) + :one",
            "ExpressionAttributeNames": {"#value": "value", "#field": field},
            "ExpressionAttributeValues": {":none": {"N": "0"}, ":one": {"N": "1"}},
        }

    def _item(self, key: str, value: Mapping[str, Value], seconds: int | None) -> Item:
        item: Item = {**self._key(key), "value": attribute(value)}
        if seconds is not None:
            item["expires_at"] = {"N": str(int(time.time()) + seconds)}
        return item


class Directory:
    """The entries of one *kind* in the Directory table, account by account.

    *kind* is lower-case letters, digits, and `_`. Raises `ValueError` for anything else.
    """

    def __init__(self, kind: str) -> None:
        self._kind = _checked(kind)
        self._table = Table.from_environment("DIRECTORY_TABLE")

    def of(self, owner: Owned) -> Entries:
        """The entries of the account that *owner* belongs to, such as a call or a delivery."""
        return Entries(self._table, f"{self._kind}#{owner.account_id}")


class SharedDirectory(SharedEntries):
    """The entries of one *kind* that all accounts share: to be read, not written.

    *kind* is lower-case letters, digits, and `_`. Raises `ValueError` for anything else.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(Table.from_environment("DIRECTORY_TABLE"), _checked(kind))


def _checked(kind: str) -> str:
    """Return *kind*. With a `#` in it, a kind could name the partition of another one."""
    if not _KIND.fullmatch(kind):
        raise ValueError(f"kind is {kind!r}: must be lower-case letters, digits, and _")
    return kind


def _swapped(old: Entry | None, new: Mapping[str, Value] | None, seconds: int) -> dict[str, Any]:
    """The parameters of a swap besides table and key."""
    now = int(time.time())
    values: dict[str, Any] = {}
    if old is None:
        condition = "attribute_not_exists(#value) OR expires_at <= :now"
        values[":now"] = {"N": str(now)}
    else:
        condition, values[":old"] = "#value = :old", attribute(old)
    change = {}
    if new is not None:
        change["UpdateExpression"] = "SET #value = :new"
        values[":new"] = attribute(new)
    if old is None and seconds:
        change["UpdateExpression"] += ", expires_at = :end"
        values[":end"] = {"N": str(now + seconds)}
    elif old is None:
        change["UpdateExpression"] += " REMOVE expires_at"
    return {
        **change,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#value": "value"},
        "ExpressionAttributeValues": values,
    }


def _expired(item: Item) -> bool:
    """Whether an item has expired. DynamoDB deletes expired items days later."""
    return "expires_at" in item and int(item["expires_at"]["N"]) <= time.time()


def _value(item: Item) -> Entry:
    return {name: value_of(member) for name, member in item["value"]["M"].items()}
