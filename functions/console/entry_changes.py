"""Changes of an account's entries: shown first, then saved if the form confirms just these.

Entries have no version of their own, because templates read them as they are. A form has the digest
of what it began with, and DynamoDB compares the whole entry again when it writes.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import NamedTuple

from audit import Audit, audited
from form import Form
from starlette.requests import Request

from accounts import Chosen
from pivotkit.core import telemetry
from pivotkit.store.account_entries import ChangedMeanwhileError
from pivotkit.store.directory import Directory, Entry, Swap

MEANWHILE = (
    "Somebody else changed this in the meantime, so nothing was saved. Check the changes below, "
    "which start from what is stored now, then save again."
)
UNAVAILABLE = "The entries cannot be reached right now. Nothing was changed. Try again in a minute."
REFUSED = "Nothing was saved: correct the values marked below."
UNCHANGED = "Nothing to save: this is what is stored."
MOST = 100
"""Entries that are changed at once: as many as a transaction of DynamoDB has."""


class Difference(NamedTuple):
    """A part of an entry, as people read it, before and after; '' is nothing."""

    name: str
    before: str
    after: str


class Changes(NamedTuple):
    """Entries of a *kind* to be changed, by key, and what that changes; *about* is for the audit.

    *seen* is the digest of what the form began with, or '' for forms that say what to add or to
    remove.
    """

    account: Chosen
    kind: str
    each: Mapping[str, Swap]
    differences: tuple[Difference, ...]
    about: str
    seen: str = ""

    @property
    def confirmation(self) -> str:
        """Fields that a form sends once these changes were shown."""
        return digest([self.account, self.kind, self.each])


class Review(NamedTuple):
    """Changes that are shown before they are saved, or why there is nothing to save."""

    differences: tuple[Difference, ...] = ()
    confirmation: str = ""
    fault: str = ""
    status: HTTPStatus = HTTPStatus.OK


def digest(value: object) -> str:
    """A short text that differs for different values of JSON."""
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def version(entry: Entry | None) -> str:
    """The version of an entry, for a form."""
    return digest(entry)


def begun(form: Form | None, entry: Entry | None, review: Review | None = None) -> str:
    """The version for a form that is shown again: the one that it began with.

    It is the one of *entry* in a new form, and once a *review* told of a change by somebody else.
    """
    if form is None or (review and review.status == HTTPStatus.CONFLICT):
        return version(entry)
    return form.text("version")


def refused(fault: str = REFUSED) -> Review:
    """The review of a form with wrong values."""
    return Review(fault=fault, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def settle(request: Request, form: Form, changes: Changes) -> Review | None:
    """Save *changes* and return None, or return what is to be confirmed first.

    Raises `StateUnavailable`: then nothing was changed.
    """
    review = Review(changes.differences, changes.confirmation)
    if form.text("version") != changes.seen:
        return review._replace(fault=MEANWHILE, status=HTTPStatus.CONFLICT)
    if not changes.differences:
        return Review(fault=UNCHANGED)
    if form.text("confirm") != changes.confirmation:
        return review
    return None if _saved(request, changes) else Review(fault=MEANWHILE, status=HTTPStatus.CONFLICT)


def _saved(request: Request, changes: Changes) -> bool:
    account = changes.account.account_id
    try:
        with audited(request, Audit(account, "save entries", changes.kind, changes.about)):
            _write(changes)
    except ChangedMeanwhileError:
        return False
    telemetry.done("entries_saved", kind=changes.kind, account_id=account)
    return True


def _write(changes: Changes) -> None:
    """Write all of *changes*, or none. Raises `ChangedMeanwhileError`."""
    if not Directory(changes.kind).of(changes.account).swap_each(changes.each):
        raise ChangedMeanwhileError("an entry has changed since it was read")
