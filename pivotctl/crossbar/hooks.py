"""Webhooks in Crossbar: documents, delivery attempts, and disabling.

Follows `cb_webhooks.erl`, `webhooks_disabler.erl` and `webhooks_util:save_attempt/2`.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any

from pivotctl.crossbar.envelope import (
    GREGORIAN_OFFSET,
    CrossbarRequest,
    bad_identifier,
    merged,
    public_fields,
)
from pivotctl.crossbar.paging import ServedPage, page, time_range
from pivotctl.crossbar.validation import Validation, refuse, url_faults
from pivotctl.reader.schemas import folder
from pivotctl.switch.webhooks.hook import Webhook
from pivotctl.switch.webhooks.hook_request import HookFailures
from pivotctl.switch.webhooks.ledger import DeliveryAttempt

REASON = "too many failed attempts"
_KEPT, _COUNTED = 5000, 32
_FIELDS = (
    "name", "hook", "uri", "http_verb", "format", "retries", "enabled", "custom_data",
    "include_subaccounts", "include_internal_legs",
)  # fmt: skip


@dataclass(frozen=True)
class HookDocument:
    """A webhook document of the account `account_id`, with KAZOO's defaults.

    `disable_reason` is '' unless KAZOO has disabled the webhook. `other` are fields without a
    meaning for KAZOO, which it keeps.
    """

    id: str
    account_id: str
    name: str
    hook: str
    uri: str
    http_verb: str = "post"
    format: str = "form-data"
    retries: int = 2
    enabled: bool = True
    custom_data: Mapping[str, str] = field(default_factory=dict)
    include_subaccounts: bool = False
    include_internal_legs: bool = True
    disable_reason: str = ""
    other: Mapping[str, Any] = field(default_factory=dict)

    def public(self) -> dict[str, Any]:
        """Return the document as in `GET webhooks/ID`."""
        known = {name: getattr(self, name) for name in ("id", *_FIELDS)}
        values: dict[str, Any] = {**self.other, **known}
        values |= {"custom_data": dict(self.custom_data)} if self.custom_data else {}
        if not self.custom_data:
            del values["custom_data"]
        return values | ({"disable_reason": self.disable_reason} if self.disable_reason else {})

    @property
    def webhook(self) -> Webhook:
        """The webhook as far as it matters to its deliveries."""
        return Webhook(
            self.uri,
            verb=self.http_verb,
            body_format=self.format,
            retries=self.retries,
            custom_data=self.custom_data,
            id=self.id,
        )

    def summary(self) -> dict[str, Any]:
        """Return the document as in the list."""
        names = ("id", "hook", "name", "uri", "enabled")
        values: dict[str, Any] = {name: getattr(self, name) for name in names}
        return values | ({"disable_reason": self.disable_reason} if self.disable_reason else {})


def shown(attempt: DeliveryAttempt) -> dict[str, Any]:
    """Return an attempt as in `GET webhooks/attempts`."""
    left: int | str = attempt.retries_left or "retries exceeded"
    return {
        "hook_id": attempt.hook_id,
        "hook_event": attempt.hook_event,
        "event_id": attempt.event_id,
        "uri": attempt.uri,
        "method": attempt.method,
        "timestamp": int(attempt.at) + GREGORIAN_OFFSET,
        "result": "success" if attempt.succeeded else "failure",
        **({} if attempt.succeeded else {"retries_left": left}),
        **_outcome(attempt),
    }


def _outcome(attempt: DeliveryAttempt) -> dict[str, str]:
    if not attempt.status:
        return {"reason": "kazoo http client error", "client_error": "failed_connect"}
    wrong = {} if attempt.succeeded else {"reason": "bad response code"}
    return {"resp_status_code": str(attempt.status), "resp_body": "", **wrong}


@dataclass
class Hooks:
    """Documents by ID, the latest attempts, and the failures that count."""

    validation: Validation = field(default_factory=lambda: Validation(folder()))
    log_successes: bool = False
    _documents: dict[str, HookDocument] = field(default_factory=dict)
    _failures: dict[str, HookFailures] = field(default_factory=dict)
    _attempts: deque[DeliveryAttempt] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _news: list[HookDocument] = field(default_factory=list)
    _lock: RLock = field(default_factory=RLock)

    def register(self, document: HookDocument) -> None:
        """Store the document; one with the same ID and URI keeps its state."""
        known = self._documents.get(document.id)
        if known is None or known.uri != document.uri:
            self._documents[document.id] = document

    def note(self, attempt: DeliveryAttempt) -> None:
        """Record a delivery; successes are logged only with `log_successes`."""
        if not attempt.succeeded:
            self._fail(attempt.hook_id, attempt.at)
        if not attempt.succeeded or self.log_successes:
            self._attempts.append(attempt)

    def _fail(self, identifier: str, at: float) -> None:
        """Count a failure; only the latest ones are kept, as few are enough to disable."""
        with self._lock:
            if identifier in self._documents:
                self._looked_at(identifier, at)
            failures = self._failures.setdefault(identifier, HookFailures())
            failures.note(at)
            del failures.times[:-_COUNTED]

    def failures(self, identifier: str, now: float) -> int:
        """Return the number of deliveries that failed in the last minute."""
        found = self._failures.get(identifier)
        return found.recent(now) if found else 0

    def documents(self, now: float) -> list[HookDocument]:
        """Return the current documents of all accounts."""
        with self._lock:
            return [self._looked_at(each, now) for each in sorted(self._documents)]

    def of(self, account: str, now: float) -> list[HookDocument]:
        """Return the documents of an account."""
        return [each for each in self.documents(now) if each.account_id == account]

    def one(self, account: str, identifier: str, now: float) -> HookDocument:
        """Return the document with this ID. Raises `CrossbarRefusal`."""
        if not any(each.id == identifier for each in self.of(account, now)):
            raise bad_identifier(identifier)
        return self._documents[identifier]

    def _looked_at(self, identifier: str, now: float) -> HookDocument:
        """Return the document, disabled if the disabler has found too many failures."""
        document, failures = self._documents[identifier], self._failures.get(identifier)
        if document.enabled and failures and failures.disabled(now):
            document = replace(document, enabled=False, disable_reason=REASON)
            self._documents[identifier] = document
            self._failures.pop(identifier, None)
            self._news.append(document)
        return document

    def newly_disabled(self, now: float) -> list[HookDocument]:
        """Return the webhooks disabled since the last call, each once."""
        with self._lock:
            self.documents(now)
            news, self._news = self._news, []
        return news

    # -- operations ----------------------------------------------------------------------------

    def create(self, account: str, data: Mapping[str, Any]) -> HookDocument:
        """`PUT webhooks`. Raises `CrossbarRefusal`."""
        document = self._made(secrets.token_hex(16), account, data)
        self._documents[document.id] = document
        return document

    def replace(self, document: HookDocument, data: Mapping[str, Any]) -> HookDocument:
        """`POST webhooks/ID`. Raises `CrossbarRefusal`."""
        made = self._made(document.id, document.account_id, data)
        if not made.enabled:
            made = replace(made, disable_reason=document.disable_reason)
        else:
            self._failures.pop(document.id, None)
        self._documents[document.id] = made
        return made

    def merge(self, document: HookDocument, data: Mapping[str, Any]) -> HookDocument:
        """`PATCH webhooks/ID`: null removes a value. Raises `CrossbarRefusal`."""
        return self.replace(document, merged(document.public(), data))

    def delete(self, document: HookDocument) -> None:
        """`DELETE webhooks/ID`."""
        del self._documents[document.id]
        self._failures.pop(document.id, None)

    def re_enable(self, documents: Iterable[HookDocument]) -> None:
        """Enable webhooks again, and forget their failures."""
        for document in documents:
            self.merge(document, {"enabled": True})

    def _made(self, identifier: str, account: str, data: Mapping[str, Any]) -> HookDocument:
        """Return the document that *data* describes. Raises `CrossbarRefusal`."""
        given = public_fields(data)
        given.pop("disable_reason", None)
        found, faults = self.validation.examined("webhooks", given)
        refuse(faults, url_faults("uri", found.get("uri")))
        known = {name: value for name, value in found.items() if name in _FIELDS}
        other = {name: value for name, value in found.items() if name not in _FIELDS}
        return HookDocument(identifier, account, **known, other=other)

    def attempts(
        self, request: CrossbarRequest, account: str, hook: str, now: float
    ) -> ServedPage[Any]:
        """`GET webhooks/attempts`, of one webhook or, for '', of all. Raises `CrossbarRefusal`."""
        period = time_range(request, int(now) + GREGORIAN_OFFSET)
        owned = {each.id for each in self.of(account, now)}
        keyed = (
            ((int(each.at), number), shown(each))
            for number, each in enumerate(list(self._attempts))
            if each.hook_id in owned and hook in ("", each.hook_id)
        )
        return page(request, (each for each in keyed if period.holds(each[1]["timestamp"])))
