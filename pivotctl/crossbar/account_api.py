"""Requests about accounts and sessions: sign-in, the account tree, API keys, and the search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pivotctl.crossbar.accounts import Accounts, CrossbarAccount, comparable
from pivotctl.crossbar.envelope import (
    CrossbarAnswer,
    CrossbarRequest,
    merged,
    public_fields,
    validation,
)
from pivotctl.crossbar.filters import matches
from pivotctl.crossbar.operations import CREATED, OK, ApiCall, OperationResult, Route, listed
from pivotctl.crossbar.paging import page
from pivotctl.crossbar.tokens import Session, Tokens

_SEARCHED = ("id", "name", "realm")


@dataclass(frozen=True)
class AccountApi:
    """Operations on accounts and sessions. `now` returns the time in Gregorian seconds."""

    accounts: Accounts
    tokens: Tokens
    now: Callable[[], int]

    def routes(self) -> tuple[Route, ...]:
        """Return paths and operations."""
        account = {"GET": self._one, "PUT": self._create, "DELETE": self._delete}
        account |= dict.fromkeys(("POST", "PATCH"), self._change)
        one = "accounts/[^/]+"
        return (
            ("user_auth", {"PUT": self._user_auth}),
            ("user_auth/[^/]+", {"GET": self._session}),
            ("api_auth", {"PUT": self._api_auth}),
            ("token_auth", {"GET": self._own_session, "DELETE": self._sign_out}),
            ("accounts", {"PUT": self._create}),
            ("search", {"GET": self._search}),
            (one, account),
            (f"{one}/children", {"GET": lambda call: self._list(call, self.accounts.children)}),
            (f"{one}/descendants", {"GET": self._descendants}),
            (f"{one}/siblings", {"GET": lambda call: self._list(call, self.accounts.siblings)}),
            (f"{one}/(tree|parents)", {"GET": self._parents}),
            (f"{one}/api_key", {"GET": self._api_key, "PUT": self._renew_key}),
        )

    # -- sessions ------------------------------------------------------------------------------

    def _user_auth(self, call: ApiCall) -> OperationResult:
        return self._issued(self.tokens.user_auth(call.request))

    def _api_auth(self, call: ApiCall) -> OperationResult:
        return self._issued(self.tokens.api_auth(call.request))

    def _issued(self, session: Session) -> OperationResult:
        data = self.tokens.described(session)
        return OperationResult(CREATED, data, {"auth_token": session.token})

    def _session(self, call: ApiCall) -> OperationResult:
        """Describe the session of a token of the same account."""
        session = self.tokens.of(call.signed_in, call.nouns[1])
        return OperationResult(OK, self.tokens.described(session))

    def _own_session(self, call: ApiCall) -> OperationResult:
        return OperationResult(OK, self.tokens.described(call.signed_in))

    def _sign_out(self, call: ApiCall) -> OperationResult:
        self.tokens.revoke(call.signed_in)
        return OperationResult(OK, {})

    # -- accounts ------------------------------------------------------------------------------

    def _create(self, call: ApiCall) -> OperationResult:
        """Create an account below the one in the path, or the token's."""
        parent = call.account if len(call.nouns) > 1 else call.signed_in.account_id
        made = self.accounts.create(parent, call.request.data, self.now())
        return OperationResult(CREATED, made.public(), {}, {"location": made.id})

    def _one(self, call: ApiCall) -> OperationResult:
        return OperationResult(OK, self.accounts.one(call.account).public())

    def _change(self, call: ApiCall) -> OperationResult:
        """Replace an account's document, or merge changes into it."""
        known, data = self.accounts.one(call.account), public_fields(call.request.data)
        wanted = merged(known.data, data) if call.request.method == "PATCH" else data
        return OperationResult(OK, self.accounts.replace(known.id, wanted).public())

    def _delete(self, call: ApiCall) -> OperationResult:
        """Delete an account and its documents; its numbers are free again."""
        deleted = self.accounts.delete(call.account)
        self.tokens.documents.forget(deleted.id)
        return OperationResult(OK, deleted.public())

    def _descendants(self, call: ApiCall) -> OperationResult | CrossbarAnswer:
        return self._list(call, self.accounts.descendants)

    def _list(
        self, call: ApiCall, found: Callable[[str], Iterable[CrossbarAccount]]
    ) -> OperationResult | CrossbarAnswer:
        """Return a page of accounts, by name."""
        rows = (
            ((each.name, each.id), self._row(each))
            for each in found(call.account)
            if matches(each.public(), call.request.query)
        )
        ascending = {"ascending": "true", **call.request.query}
        return listed(page(CrossbarRequest("GET", "", ascending), rows))

    def _row(self, account: CrossbarAccount) -> dict[str, Any]:
        return {
            "id": account.id,
            "name": account.name,
            "realm": account.realm,
            "descendants_count": len(self.accounts.descendants(account.id)),
            "tree": list(account.tree),
        }

    def _parents(self, call: ApiCall) -> OperationResult:
        """Return the accounts above, down to the token's own."""
        known = self.accounts.parents(call.account)
        ids = [each.id for each in known]
        own = call.signed_in.account_id
        shown = known[ids.index(own) :] if own in ids else []
        return OperationResult(OK, [{"id": each.id, "name": each.name} for each in shown])

    def _api_key(self, call: ApiCall) -> OperationResult:
        return OperationResult(OK, {"api_key": self.accounts.one(call.account).api_key})

    def _renew_key(self, call: ApiCall) -> OperationResult:
        return OperationResult(CREATED, {"api_key": self.accounts.renew_key(call.account).api_key})

    def _search(self, call: ApiCall) -> OperationResult | CrossbarAnswer:
        """Return descendants whose field `q` starts with `v` (`cb_search.erl`)."""
        query = call.request.query
        if query.get("t") != "account":
            text = "Value not found in enumerated list of values"
            raise validation("t", "enum", text, target=["account"])
        if query.get("q") not in _SEARCHED:
            text = "Value not found in enumerated list of values"
            raise validation("q", "enum", text, target=list(_SEARCHED))
        prefix = comparable(query.get("v", ""))
        own = self.accounts.one(call.signed_in.account_id)
        found = [
            each
            for each in (own, *self.accounts.descendants(own.id))
            if comparable(str(each.public()[query["q"]])).startswith(prefix)
        ]
        rows = (((each.name, each.id), self._row(each)) for each in found)
        ascending = {"ascending": "true", **query}
        return listed(page(CrossbarRequest("GET", "", ascending), rows))
