"""Phone numbers of an account (`cb_phone_numbers.erl`): their documents, by number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pivotctl.crossbar.accounts import ACCOUNT_ID, Accounts
from pivotctl.crossbar.documents import Documents, StoredDocument
from pivotctl.crossbar.envelope import CrossbarRefusal, merged, public_fields
from pivotctl.crossbar.filters import matches
from pivotctl.crossbar.numbers import normalized
from pivotctl.crossbar.operations import CREATED, OK, ApiCall, OperationResult, Route

PHONE_NUMBERS = "phone_numbers"
PHONE_NUMBER = "+14155550100"
"""A number that the local account has from the start."""


def first_number() -> StoredDocument:
    """Return the document of the local account's number."""
    return StoredDocument(PHONE_NUMBER, ACCOUNT_ID, PHONE_NUMBERS, {})


@dataclass(frozen=True)
class PhoneNumberApi:
    """Operations on phone numbers. `now` returns the time in Gregorian seconds."""

    documents: Documents
    accounts: Accounts
    now: Callable[[], int]

    def routes(self) -> tuple[Route, ...]:
        """Return paths and operations."""
        change = dict.fromkeys(("POST", "PATCH"), self._change)
        one = {"GET": self._one, "PUT": self._create, "DELETE": self._delete, **change}
        many = "accounts/[^/]+/phone_numbers"
        return ((many, {"GET": self._list}), (f"{many}/[^/]+", one))

    def _list(self, call: ApiCall) -> OperationResult:
        """Return all numbers of the account; the list has no pages."""
        account = self.accounts.one(call.account).id
        found = (self._public(each) for each in self.documents.of(account, PHONE_NUMBERS))
        shown = {each["id"]: each for each in found if matches(each, call.request.query)}
        return OperationResult(OK, {"numbers": shown})

    def _create(self, call: ApiCall) -> OperationResult:
        """Add a number, which no account has yet."""
        account, number = self.accounts.one(call.account).id, normalized(call.nouns[-1])
        with self.documents.lock:
            if any(each.id == number for each in self.documents.everywhere(PHONE_NUMBERS)):
                data = {"code": 409, "error": "number_exists", "cause": number}
                raise CrossbarRefusal(409, "number_exists", data)
            data = public_fields(call.request.data)
            new = StoredDocument(number, account, PHONE_NUMBERS, data, created=self.now())
            stored = self.documents.put(new)
        return OperationResult(CREATED, self._public(stored), {"revision": stored.revision})

    def _one(self, call: ApiCall) -> OperationResult:
        found = self._found(call)
        return OperationResult(OK, self._public(found), {"revision": found.revision})

    def _change(self, call: ApiCall) -> OperationResult:
        """Replace the document of a number, or merge changes into it."""
        with self.documents.lock:
            known, data = self._found(call), public_fields(call.request.data)
            wanted = merged(known.data, data) if call.request.method == "PATCH" else data
            made = StoredDocument(known.id, known.account_id, PHONE_NUMBERS, wanted)
            stored = self.documents.put(made)
        return OperationResult(OK, self._public(stored), {"revision": stored.revision})

    def _delete(self, call: ApiCall) -> OperationResult:
        known = self._found(call)
        self.documents.delete(known, self.now())
        return OperationResult(OK, self._public(known))

    def _found(self, call: ApiCall) -> StoredDocument:
        account = self.accounts.one(call.account).id
        return self.documents.one(account, PHONE_NUMBERS, normalized(call.nouns[-1]))

    def _public(self, document: StoredDocument) -> dict[str, Any]:
        """Return a number as shown, with the kind of document that uses it."""
        callflows = self.documents.of(document.account_id, "callflows")
        used = any(document.id in each.data.get("numbers", ()) for each in callflows)
        uses = {"used_by": "callflow"} if used else {}
        return {**document.public(), "state": "in_service", **uses}
