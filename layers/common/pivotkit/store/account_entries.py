"""Settings of an account in the Directory table: reads, changes, and their history."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pivotkit.core.settings import Field
from pivotkit.store.account_settings import entry_key
from pivotkit.store.table import Table

MOST_CHANGES = 100
"""The changes that are kept for each account and function."""


class ChangedMeanwhileError(Exception):
    """Somebody else changed the entry at the same time."""


@dataclass(frozen=True)
class AccountEntry:
    """The values of an account, or of one of its numbers, as texts by setting."""

    texts: Mapping[str, str] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True)
class Change:
    """A change: its time (Unix seconds), its author, and the settings' new texts, if any."""

    at: int
    author: str
    number: str
    before: Mapping[str, str]
    after: Mapping[str, str]

    @property
    def differences(self) -> list[tuple[str, str | None, str | None]]:
        """Name, old text, and new text of each changed setting; `None` is unset."""
        names = sorted(self.before.keys() | self.after.keys())
        every = ((name, self.before.get(name), self.after.get(name)) for name in names)
        return [each for each in every if each[1] != each[2]]


class InForce(NamedTuple):
    """A setting's value in force, as a text, and its layer: number, account, deployment, default.

    The layer of a secret is empty, and so is its text: secrets are in no entry.
    """

    field: Field
    text: str
    layer: str


@dataclass(frozen=True)
class Layers:
    """The texts of a function's settings by name, in each layer. Numbers come before accounts."""

    default: Mapping[str, str]
    deployment: Mapping[str, str] = field(default_factory=dict)
    account: Mapping[str, str] = field(default_factory=dict)
    number: Mapping[str, str] = field(default_factory=dict)

    def in_force(self, declared: Field) -> InForce:
        """Return the value of a setting that a call would have."""
        name = declared.name
        if declared.is_secret:
            return InForce(declared, "", "")
        for layer, texts in (("number", self.number), ("account", self.account)):
            if name in texts and is_valid(declared, texts[name]):
                return InForce(declared, texts[name], layer)
        text = self.deployment.get(name, self.default[name])
        return InForce(declared, text, "default" if text == self.default[name] else "deployment")


def is_valid(declared: Field, text: str) -> bool:
    """Tell whether a stored *text* is in force: one that breaks its rule today is ignored."""
    try:
        declared.read(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class AccountEntries:
    """The entry of an account for a function, or of a *number*.

    Every method raises `StateUnavailable`.
    """

    table: Table
    function: str
    account_id: str
    number: str = ""

    def read(self) -> AccountEntry:
        """Return the entry, which is empty if there is none."""
        found = self.table.ask("get_item", Key=self._key, ConsistentRead=True).get("Item")
        if not found:
            return AccountEntry()
        return AccountEntry(_texts(found["value"]), int(found["version"]["N"]))

    def change(
        self,
        values: Mapping[str, str],
        removed: Iterable[str],
        author: str,
        *,
        seen: int | None = None,
    ) -> None:
        """Set *values*, and remove others. Raises `ChangedMeanwhileError`.

        An author who decided by the version *seen* changes no later one.
        """
        entry = self.read()
        if seen not in (None, entry.version):
            raise ChangedMeanwhileError("the settings have changed since they were read")
        after = {**entry.texts, **values}
        for name in removed:
            after.pop(name, None)
        if after == entry.texts:
            return
        at = time.time_ns() // 1_000_000
        if self.table.transact(
            {"Put": self._new(entry, after)}, {"Put": self._note(entry, after, author, at)}
        ):
            raise ChangedMeanwhileError("the settings changed at the same time: try again")
        self._forget()

    def history(self) -> list[Change]:
        """Return the changes of the account's settings for this function, the latest first."""
        return [_change(item) for item in self._changes()][:MOST_CHANGES]

    @property
    def _key(self) -> dict[str, dict[str, Any]]:
        return entry_key(self.account_id, self.function, self.number)

    def _new(self, entry: AccountEntry, after: Mapping[str, str]) -> dict[str, Any]:
        """The entry with *after*, on condition that nobody has changed it."""
        item = {**self._key, "value": _map(after), "version": {"N": str(entry.version + 1)}}
        if not entry.version:
            return {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        return {
            "Item": item,
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(entry.version)}},
        }

    def _note(
        self, entry: AccountEntry, after: Mapping[str, str], author: str, at: int
    ) -> dict[str, Any]:
        """The item of a change, whose key is its time in milliseconds."""
        key = entry_key(self.account_id, f"{self.function}!{at:015}")
        item = {
            **key,
            "by": {"S": author},
            "number": {"S": self.number},
            "before": _map(entry.texts),
            "after": _map(after),
        }
        return {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}

    def _forget(self) -> None:
        """Delete the changes beyond the limit."""
        for item in self._changes()[MOST_CHANGES:]:
            self.table.ask("delete_item", Key={name: item[name] for name in ("pk", "sk")})

    def _changes(self) -> list[Any]:
        key = self._key
        found = self.table.query(
            KeyConditionExpression="pk = :account AND begins_with(sk, :function)",
            ExpressionAttributeValues={
                ":account": key["pk"],
                ":function": {"S": f"{self.function}!"},
            },
            ScanIndexForward=False,
            ConsistentRead=True,
        )
        return list(found)


def _change(item: Mapping[str, Any]) -> Change:
    milliseconds = int(item["sk"]["S"].rpartition("!")[2])
    return Change(
        at=milliseconds // 1000,
        author=item["by"]["S"],
        number=item["number"]["S"],
        before=_texts(item["before"]),
        after=_texts(item["after"]),
    )


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(next(iter(each.values()))) for name, each in value["M"].items()}


def _map(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"M": {name: {"S": text} for name, text in texts.items()}}
