"""Requests for the documents of an account: callflows, users, devices, carriers, storage."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pivotctl.crossbar import doc_types, users
from pivotctl.crossbar.accounts import ACCOUNT_ID, Accounts
from pivotctl.crossbar.doc_types import CALLFLOWS, RESOURCES, TYPES, USERS, DocType
from pivotctl.crossbar.documents import Documents, StoredDocument
from pivotctl.crossbar.envelope import (
    CrossbarAnswer,
    CrossbarRefusal,
    CrossbarRequest,
    forbidden,
    merged,
    public_fields,
)
from pivotctl.crossbar.filters import matches
from pivotctl.crossbar.operations import CREATED, OK, ApiCall, OperationResult, Route, listed
from pivotctl.crossbar.paging import page
from pivotctl.crossbar.phones import GLOBAL
from pivotctl.crossbar.validation import refuse

_STORAGE = DocType("storage", "storage", ())
_PLANS = DocType("storage_plans", "storage_plan", ("name",))


@dataclass(frozen=True)
class DocumentApi:
    """Operations on documents. `now` returns the time in Gregorian seconds."""

    documents: Documents
    accounts: Accounts
    now: Callable[[], int]

    def routes(self) -> tuple[Route, ...]:
        """Return paths and operations."""
        names, one = "|".join(TYPES), "[^/]+"
        many = {"GET": self._list, "PUT": self._create}
        document = {"GET": self._one, "DELETE": self._delete}
        document |= dict.fromkeys(("POST", "PATCH"), self._change)
        storage = {**document, "PUT": self._create}
        return (
            (f"accounts/{one}/({names})", many),
            (f"accounts/{one}/({names})/{one}", document),
            (f"accounts/{one}/storage", storage),
            (f"accounts/{one}/storage/plans", many),
            (f"accounts/{one}/storage/plans/{one}", document),
            ("resources", many),
            (f"resources/{one}", document),
        )

    def _list(self, call: ApiCall) -> OperationResult | CrossbarAnswer:
        """Return a page of the collection."""
        kind, account = _kind(call), self._account(call)
        found = self.documents.of(account, kind.collection)
        rows = (
            ((number,), kind.row(each))
            for number, each in enumerate(found)
            if matches(each.public(), call.request.query)
        )
        ascending = {"ascending": "true", **call.request.query}
        return listed(page(CrossbarRequest("GET", "", ascending), rows))

    def _create(self, call: ApiCall) -> OperationResult:
        """Create a document. Storage has one, whose ID is the account's."""
        kind, account = _kind(call), self._account(call)
        identifier = account if kind is _STORAGE else secrets.token_hex(16)
        with self.documents.lock:
            if self.documents.get(account, kind.collection, identifier):
                raise CrossbarRefusal(409, "datastore_conflict", _CONFLICT)
            new = StoredDocument(identifier, account, kind.collection, {}, created=self.now())
            stored = self._stored(kind, new, call.request.data)
        return self._shown(call, stored, CREATED, {"location": identifier})

    def _one(self, call: ApiCall) -> OperationResult:
        return self._shown(call, self._found(call))

    def _change(self, call: ApiCall) -> OperationResult:
        """Replace a document, or merge changes into it."""
        with self.documents.lock:
            known = self._found(call)
            data = call.request.data
            if call.request.method == "PATCH":
                data = merged(known.data, public_fields(data))
            stored = self._stored(_kind(call), known, data)
        return self._shown(call, stored)

    def _delete(self, call: ApiCall) -> OperationResult:
        with self.documents.lock:
            known = self._found(call)
            self.documents.delete(known, self.now())
        return self._shown(call, known)

    def _found(self, call: ApiCall) -> StoredDocument:
        """Return the document in the path. Raises `CrossbarRefusal`."""
        kind, account = _kind(call), self._account(call)
        identifier = account if kind is _STORAGE else call.nouns[-1]
        return self.documents.one(account, kind.collection, identifier)

    def _stored(
        self, kind: DocType, document: StoredDocument, data: Mapping[str, Any]
    ) -> StoredDocument:
        """Check and store the next version of a document. Raises `CrossbarRefusal`."""
        checks = self.accounts.validation
        prepared = kind.prepared(public_fields(data))
        schema = _STORAGE.schema if kind is _PLANS else kind.schema
        filled, faults = checks.examined(schema, prepared)
        flow = checks.flow_faults(filled["flow"]) if kind is CALLFLOWS and "flow" in filled else {}
        private = users.hashes(data) if kind is USERS else {}
        made = replace(
            document,
            data=filled,
            modified=self.now(),
            private=private or document.private,
        )
        refuse(faults, flow, doc_types.own_faults(kind, self.documents, made))
        if kind is CALLFLOWS:
            doc_types.refuse_foreign(self.documents, made)
        return self.documents.put(made)

    def _shown(
        self,
        call: ApiCall,
        document: StoredDocument,
        status: int = OK,
        headers: Mapping[str, str] | None = None,
    ) -> OperationResult:
        """Return the answer with a document; a GET of a callflow adds its references."""
        data = document.public()
        if document.collection == CALLFLOWS.collection and call.request.method == "GET":
            flow, account = data.get("flow"), document.account_id
            data["metadata"] = doc_types.references(self.documents, account, flow)
        return OperationResult(status, data, {"revision": document.revision}, headers or {})

    def _account(self, call: ApiCall) -> str:
        """Return the account whose documents are requested. Raises `CrossbarRefusal`."""
        if call.nouns[0] == "accounts":
            return self.accounts.one(call.account).id
        if call.signed_in.account_id != ACCOUNT_ID:
            raise forbidden()
        return GLOBAL


_CONFLICT = {"message": "conflicting documents"}


def _kind(call: ApiCall) -> DocType:
    """Return the collection in the path."""
    noun = call.nouns[2] if call.nouns[0] == "accounts" else RESOURCES.collection
    if noun == _STORAGE.collection:
        return _PLANS if call.nouns[3:4] == ("plans",) else _STORAGE
    return TYPES[noun]
