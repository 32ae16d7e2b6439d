"""The rotation of a stack's keys: new ones are tried and put in place before old ones end.

Nothing is kept about a run. What is left to do follows from the documents in Crossbar, from the
keys that the stack accepts, and from the generations in the key file, so that a run that was cut is
taken up by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import urllib3

from pivotctl.connect.accepted_keys import Renewal, StackKeys
from pivotctl.connect.key_documents import KeyDocument, Probe, key_documents, renew
from pivotctl.kazoo.client import KazooClient
from pivotctl.kazoo.connections import pool_for
from pivotkit.services.upstream import UpstreamDown

REFUSED, METHOD_NOT_ALLOWED = 401, 405
GRACE = 60
"""Seconds in which deliveries are still under way: KAZOO tries a webhook up to five times."""

STEP = 5
"""Seconds between two looks at the live calls."""

_SECONDS = 10.0
_METHOD = "DELETE"
"""A method that KAZOO never uses: a function refuses it after it has checked the key."""


class KeyNotProved(UpstreamDown):
    """A URL did not show that its key is valid; the text says what it answered, and the fix."""

    def __init__(self, sentence: str) -> None:
        super().__init__("the stack", sentence)

    def __str__(self) -> str:
        return self.reason


class KeyStack(Protocol):
    """A stack whose keys are rotated."""

    name: str

    @property
    def keys(self) -> StackKeys:
        """The keys that it accepts now."""

    def noted(self, owner: str) -> int:
        """Return the latest generation of an owner's keys that was made here."""

    def note(self, owner: str, generation: int) -> None:
        """Have later commands make keys of an owner from this generation on."""

    def require(self, changed: Mapping[str, str]) -> None:
        """Raise an error unless the stack can have these options."""

    def set_options(self, changed: Mapping[str, str]) -> None:
        """Change options, and return when the stack has taken them."""

    def forget_random_keys(self) -> None:
        """Forget the saved keys that a hash of the stack stood for."""


type Try = Callable[[Probe], int]
"""Tries the key of a URL, and returns the HTTP status, or 0 if nothing answered."""


def tried(probe: Probe) -> int:
    """Try a key by a request that has no effect: 401 if it is refused, 405 if it is valid."""
    headers = {"X-Pivot-Key": probe.key} if probe.is_header else {}
    with pool_for(probe.url) as pool:
        try:
            answer = pool.request(
                _METHOD, probe.url, headers=headers, redirect=False, timeout=_SECONDS
            )
        except urllib3.exceptions.HTTPError:
            return 0
    return int(answer.status)


@dataclass
class Rotation:
    """The renewal of keys by *how*, account by account. `sleep` waits for calls to end."""

    client: KazooClient
    keys: StackKeys
    how: Renewal
    attempt: Try = tried
    sleep: Callable[[float], None] = lambda _seconds: None
    renewed: int = field(default=0, init=False)
    _proved: set[tuple[str, str]] = field(default_factory=set, init=False)

    def old(self, documents: Iterable[KeyDocument]) -> list[KeyDocument]:
        """Return the documents with a key that is to be renewed."""
        return [each for each in documents if each.changed(self.keys, self.how)]

    def renew(self, documents: Sequence[KeyDocument]) -> None:
        """Try the new keys, and put them into the documents.

        Raises `KeyNotProved` before anything is changed, and `CrossbarError`.
        """
        for document in documents:
            self._prove(document.with_(document.changed(self.keys, self.how)))
        for document in documents:
            renew(self.client, document, self.keys, self.how)
            self.renewed += 1

    def remaining(self, account: str) -> list[KeyDocument]:
        """Return the documents that still have an old key, and try the keys of all others.

        Raises `KeyNotProved` and `CrossbarError`.
        """
        found = key_documents(self.client, account, self.keys)
        left = self.old(found)
        self._proved.clear()
        for document in found:
            if document not in left:
                self._prove(document)
        return left

    def _prove(self, document: KeyDocument) -> None:
        """Try each new key once. Raises `KeyNotProved`."""
        for probe in document.probes(self.keys):
            place = (probe.key, probe.url.split("/")[2])
            if place in self._proved:
                continue
            status = self.attempt(probe)
            if status != METHOD_NOT_ALLOWED:
                raise KeyNotProved(_unproved(document, probe, status))
            self._proved.add(place)

    def live(self, accounts: Iterable[str]) -> dict[str, set[str]]:
        """Return the live calls of accounts that have any, by account. Raises `CrossbarError`."""
        found = {}
        for account in accounts:
            rows = self.client.channels(account)
            if calls := {str(row.get("uuid") or row.get("call_id")) for row in rows}:
                found[account] = calls
        return found

    def wait(self, accounts: Iterable[str], seconds: float) -> dict[str, set[str]]:
        """Wait until the calls that are live now have ended; return those that have not.

        Such a call may still use a URL with an old key: of a nested pivot action, of its CDR, or of
        its recording. Calls that begin later use the new one. Deliveries get `GRACE`.
        """
        left = self.live(accounts) if seconds else {}
        waited = 0.0
        while (left or (self.renewed and waited < GRACE)) and waited < seconds:
            self.sleep(STEP)
            waited += STEP
            now = self.live(left)
            both = {account: calls & now.get(account, set()) for account, calls in left.items()}
            left = {account: calls for account, calls in both.items() if calls}
        return left


def _unproved(document: KeyDocument, probe: Probe, status: int) -> str:
    """The sentence for an answer that proves nothing."""
    where = f"{probe.url.split('/')[2]} ({document.name})"
    if status == 0:
        return f"{where} does not answer: check the URL, and that the stack is running."
    if status == REFUSED:
        return (
            f"{where} refuses the new key: the signing secret in your key file is not the stack's, "
            "or the URL leads to another stack."
        )
    return (
        f"{where} answered {status} to the new key, where a function of this collection answers "
        f"{METHOD_NOT_ALLOWED}: check the URL."
    )
