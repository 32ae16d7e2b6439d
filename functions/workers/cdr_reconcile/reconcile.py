"""Fetch every CDR of some accounts from Crossbar once, continuing where the last run ended.

KAZOO posts a CDR once, and fires a webhook only while its receiver answers well. Crossbar's list
has the CDRs that were missed, and confirms the others.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from pivotkit.core import telemetry
from pivotkit.core.gregorian import GREGORIAN_EPOCH, to_gregorian
from pivotkit.deliveries.legs import ended, read_row
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar import Account, Crossbar, CrossbarPage
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store import Item
from pivotkit.store.call_records import CallRecords
from pivotkit.store.directory import Directory
from pivotkit.workers.rounds import Rounds

OVERLAP_SECONDS = 600
"""The end of a window that is read again: KAZOO stores a CDR some time after it has dated it."""

WINDOW_SECONDS = 86_400
"""The longest window that is read at once; Crossbar accepts 31 days (`crossbar_view.erl`)."""


PROGRESS = "cdrs"
"""The key of the entry with an account's progress."""


@dataclass(frozen=True)
class Progress:
    """A window in Gregorian seconds, and the key of its next page; '' when the window is done."""

    first: int
    last: int
    start_key: str = ""

    def is_complete(self, now: int) -> bool:
        """Return whether everything up to *now* was read."""
        return not self.start_key and self.last >= now

    def next_window(self, now: int) -> "Progress":
        """Return what to read after this: the rest of the window, or the following one."""
        if self.start_key:
            return self
        first = self.last - OVERLAP_SECONDS
        return Progress(first, min(now, first + WINDOW_SECONDS))


class Limits(NamedTuple):
    """An account is read from *days* ago at first, and at most *pages* in a run."""

    days: int
    pages: int


class Reconciler:
    """Reads the CDRs of *accounts*."""

    def __init__(self, crossbar: Crossbar, accounts: tuple[Account, ...]) -> None:
        self._crossbar = crossbar
        self._accounts = accounts
        self._rounds = Rounds()
        self._records = CallRecords()
        self._progress = Directory("cdr_progress")

    def run(self, at: datetime, limits_of: Callable[[str], Limits]) -> Mapping[str, int]:
        """Read up to *at*. Count `rows`, `new` and `unreadable` rows, and accounts left `behind`.

        An account that Crossbar does not return is left for the next run, and the others are read.
        Raises its error after that, and `StateUnavailable` at once. Accounts that had no turn are
        counted as `left`.
        """
        counts = {"rows": 0, "new": 0, "unreadable": 0, "behind": 0}

        def catch_up(account: Account) -> None:
            self._catch_up(account, limits_of(account.account_id), to_gregorian(at), counts)

        left = self._rounds.run(self._accounts, catch_up)
        return counts | ({"left": left} if left else {})

    def _catch_up(self, account: Account, limits: Limits, now: int, counts: dict[str, int]) -> None:
        """Read pages until *now*, or until the limit of a run."""
        progress = self._last_progress(account, limits, now)
        for number in range(limits.pages):
            if progress.is_complete(now):
                return
            window = progress.next_window(now)
            page = self._first_page(account, window) if number == 0 else self._page(account, window)
            progress = self._keep(account, window, page, counts)
        counts["behind"] += not progress.is_complete(now)

    def _page(self, account: Account, window: Progress) -> CrossbarPage:
        return self._crossbar.cdrs(
            account.account_id, (window.first, window.last), window.start_key
        )

    def _first_page(self, account: Account, window: Progress) -> CrossbarPage:
        """Return the first page of a run, at the key where the last run ended.

        A key that Crossbar rejects, or for which it has nothing, is no longer valid: a page begins
        with the row that its key names (`crossbar_view.erl`), and a key that cannot be decoded is
        looked up as it is (`api_util:decode_start_key/1`). Then the window is read again, once.
        """
        try:
            page = self._page(account, window)
        except UpstreamDown as error:
            if not (window.start_key and error.is_refusal):
                raise
        else:
            if not window.start_key or page.rows or page.next_key:
                return page
        telemetry.done(
            "begun anew", account_id=account.account_id, first=window.first, last=window.last
        )
        return self._page(account, replace(window, start_key=""))

    def _keep(
        self, account: Account, window: Progress, page: CrossbarPage, counts: dict[str, int]
    ) -> Progress:
        """Store the rows of a page, and then the progress."""
        deliveries = list(items(account, page.rows, window.last))
        counts["new"] += sum(self._records.keep(item) for item in deliveries)
        counts["rows"] += len(page.rows)
        counts["unreadable"] += len(page.rows) - len(deliveries)
        self._progress.of(account).put(
            PROGRESS, {"first": window.first, "last": window.last, "start_key": page.next_key}
        )
        return Progress(window.first, window.last, page.next_key)

    def _last_progress(self, account: Account, limits: Limits, now: int) -> Progress:
        entry = self._progress.of(account).get(PROGRESS)
        if entry is None:
            start = now - limits.days * WINDOW_SECONDS
            return Progress(start, start + OVERLAP_SECONDS)
        first, last = int(str(entry["first"])), int(str(entry["last"]))
        return Progress(first, last, str(entry["start_key"]))


def items(account: Account, rows: list[Mapping[str, Value]], received_at: int) -> Iterator[Item]:
    """Yield the deliveries for *rows* of Crossbar's list; rows without IDs are left out.

    *received_at* is in Gregorian seconds.
    """
    for values in rows:
        row = read_row(values)
        if row.has_ids:
            yield {
                "pk": {"S": f"{account.account_id}#{row.call_id}"},
                "sk": {"S": f"api#cdr#{row.id}"},
                "item": {"S": "delivery"},
                "received_at": {"N": str(received_at - GREGORIAN_EPOCH)},
                "method": {"S": "POST"},
                "content_type": {"S": "application/json"},
                "body": {"S": json.dumps(values, ensure_ascii=False, separators=(",", ":"))},
                "record": {"S": ended(row).as_json()},
            }
