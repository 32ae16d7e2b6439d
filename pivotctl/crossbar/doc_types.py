"""Collections of documents: their schema, the fields of their list, and their own rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pivotctl.crossbar import users
from pivotctl.crossbar.documents import Documents, StoredDocument
from pivotctl.crossbar.envelope import forbidden
from pivotctl.crossbar.numbers import normalized
from pivotctl.crossbar.validation import Faults, merged

type Data = Mapping[str, Any]


@dataclass(frozen=True)
class DocType:
    """A collection of an account: `unique` fields have a value in one document of it only.

    `type` is KAZOO's name of one document. `prepared` brings what a client sends into KAZOO's form.
    """

    collection: str
    type: str
    summary: tuple[str, ...]
    unique: tuple[str, ...] = ()
    prepared: Callable[[Data], dict[str, Any]] = dict

    @property
    def schema(self) -> str:
        """The name of the schema, which is the collection's."""
        return self.collection

    def row(self, document: StoredDocument) -> dict[str, Any]:
        """Return the row of a document in the list."""
        public = document.public()
        return {name: public[name] for name in ("id", *self.summary) if name in public}


def _callflow(data: Data) -> dict[str, Any]:
    """Normalize the numbers of a callflow."""
    numbers = data.get("numbers")
    if not isinstance(numbers, list):
        return dict(data)
    found = [normalized(each) if isinstance(each, str) else each for each in numbers]
    return {**data, "numbers": found}


def _user(data: Data) -> dict[str, Any]:
    """Return a user in lower case, without the password."""
    found = {name: value for name, value in data.items() if name != "password"}
    if isinstance(found.get("username"), str):
        found["username"] = found["username"].lower()
    return found


CALLFLOWS = DocType(
    "callflows",
    "callflow",
    ("name", "numbers", "patterns", "featurecode", "flags"),
    unique=("numbers", "patterns"),
    prepared=_callflow,
)
USERS = DocType(
    users.USERS,
    "user",
    ("username", "first_name", "last_name", "email", "priv_level", "enabled"),
    unique=("username",),
    prepared=_user,
)
DEVICES = DocType(
    "devices",
    "device",
    ("name", "device_type", "enabled", "mac_address", "owner_id"),
    ("mac_address",),
)
VMBOXES = DocType("vmboxes", "vmbox", ("name", "mailbox", "owner_id"), ("mailbox",))
RESOURCES = DocType("resources", "resource", ("name", "enabled", "weight_cost", "flags"))

TYPES: Mapping[str, DocType] = {
    each.collection: each for each in (CALLFLOWS, USERS, DEVICES, VMBOXES, RESOURCES)
}


def own_faults(kind: DocType, documents: Documents, document: StoredDocument) -> Faults:
    """Return the faults of a document that no schema finds."""
    faults = merged(_conflicts(kind, documents, document))
    if kind is CALLFLOWS and not (document.data.get("numbers") or document.data.get("patterns")):
        text = "Callflows must be assigned at least one number or pattern"
        faults.setdefault("numbers", {})["required"] = {"message": text}
    return faults


def refuse_foreign(documents: Documents, document: StoredDocument) -> None:
    """Raise `CrossbarRefusal` for a callflow with a number of another account."""
    numbers = set(_values(document.data.get("numbers")))
    for each in documents.everywhere("phone_numbers"):
        if each.id in numbers and each.account_id != document.account_id:
            raise forbidden()


def _conflicts(
    kind: DocType, documents: Documents, document: StoredDocument
) -> Iterator[tuple[str, str, Any]]:
    """Yield the values that another document of the collection has."""
    for other in documents.of(document.account_id, kind.collection):
        if other.id == document.id:
            continue
        where = f"{kind.type} {other.id} ({other.data.get('name', '')})"
        for field in kind.unique:
            taken = _values(other.data.get(field))
            for value in _values(document.data.get(field)):
                if value in taken:
                    yield field, "unique", {"message": f"{value} exists in {where}", "cause": value}


def _values(value: Any) -> list[str]:
    """Return the texts in a field."""
    found = value if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, str) and each]


def references(documents: Documents, account: str, flow: Any) -> dict[str, Any]:
    """Return the names of the documents that a flow refers to (`metadata` of a callflow)."""
    known = {
        each.id: {"name": each.data.get("name", ""), "pvt_type": kind.type}
        for kind in TYPES.values()
        for each in documents.of(account, kind.collection)
    }
    return {name: known[name] for name in _identifiers(flow) if name in known}


def _identifiers(action: Any) -> Iterator[str]:
    """Yield the texts in a flow's data that may be the ID of a document."""
    if not isinstance(action, Mapping):
        return
    data = action.get("data")
    for name, value in data.items() if isinstance(data, Mapping) else ():
        if isinstance(value, str) and (name == "id" or "_id" in name):
            yield value
    children = action.get("children")
    for child in children.values() if isinstance(children, Mapping) else ():
        yield from _identifiers(child)
