"""Documents of accounts: a store of frozen documents, in memory (`crossbar_doc.erl`)."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any

from pivotctl.crossbar.envelope import unknown_document


@dataclass(frozen=True)
class StoredDocument:
    """A document of a collection; `private` fields are never shown. Times are in Gregorian seconds.

    A deleted document is kept, as in KAZOO, but no request finds it.
    """

    id: str
    account_id: str
    collection: str
    data: Mapping[str, Any]
    created: int = 0
    modified: int = 0
    version: int = 1
    deleted: bool = False
    private: Mapping[str, str] = field(default_factory=dict)

    @property
    def revision(self) -> str:
        """The revision: a number, and a digest of the data."""
        text = json.dumps(self.data, sort_keys=True).encode()
        return f"{self.version}-{hashlib.md5(text, usedforsecurity=False).hexdigest()}"

    def public(self) -> dict[str, Any]:
        """Return the document as Crossbar answers it."""
        return {**copy.deepcopy(dict(self.data)), "id": self.id}


@dataclass
class Documents:
    """All documents by account, collection, and ID; hold `lock` from a check to its write."""

    lock: RLock = field(default_factory=RLock)
    _all: dict[tuple[str, str, str], StoredDocument] = field(default_factory=dict)

    def of(self, account: str, collection: str) -> list[StoredDocument]:
        """Return the documents of a collection, in the order of their creation."""
        return [each for each in self._all.copy().values() if _place(each) == (account, collection)]

    def everywhere(self, collection: str) -> list[StoredDocument]:
        """Return the documents of a collection in all accounts."""
        return [
            each
            for each in self._all.copy().values()
            if each.collection == collection and not each.deleted
        ]

    def get(self, account: str, collection: str, identifier: str) -> StoredDocument | None:
        """Return a document, or None."""
        found = self._all.get((account, collection, identifier))
        return None if found is None or found.deleted else found

    def one(self, account: str, collection: str, identifier: str) -> StoredDocument:
        """Return a document. Raises `CrossbarRefusal`."""
        found = self.get(account, collection, identifier)
        if found is None:
            raise unknown_document(identifier)
        return found

    def put(self, document: StoredDocument) -> StoredDocument:
        """Store a new document, or the next version of a known one; return it."""
        at = (document.account_id, document.collection, document.id)
        known = self._all.get(at)
        kept = copy.deepcopy(dict(document.data))
        version = known.version + 1 if known else 1
        created = known.created if known and not known.deleted else document.created
        self._all[at] = replace(document, data=kept, version=version, created=created)
        return self._all[at]

    def delete(self, document: StoredDocument, now: int) -> StoredDocument:
        """Delete a document; return its last version."""
        return self.put(replace(document, deleted=True, modified=now))

    def forget(self, account: str) -> None:
        """Remove everything of a deleted account."""
        with self.lock:
            self._all = {at: each for at, each in self._all.items() if at[0] != account}


def _place(document: StoredDocument) -> tuple[str, str]:
    """Return account and collection, which are '' for a deleted document."""
    return ("", "") if document.deleted else (document.account_id, document.collection)
