"""Fetch from Crossbar every CDR of some accounts, once, and go on where the last run ended.

KAZOO posts a CDR once and fires a hook for as long as somebody answers well. What was lost on the
way is in Crossbar's list; what was not lost is confirmed by it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pivotkit.core import telemetry
from pivotkit.core.gregorian import GREGORIAN_EPOCH, to_gregorian
from pivotkit.deliveries.legs import ended, read_row
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar import Crossbar, CrossbarPage
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store import Item
from pivotkit.store.call_records import CallRecords
from pivotkit.store.directory import Directory

OVERLAP_SECONDS = 600
"""What is asked for again: KAZOO stores a CDR some time after it has dated it."""

WINDOW_SECONDS = 86_400
"""The longest range that is asked for at once; Crossbar takes 31 days (`crossbar_view.erl`)."""


@dataclass(frozen=True)
class Progress:
    """A window in Gregorian seconds, and the key at which its next page starts; '' when done."""

    first: int
    last: int
    start_key: str = ""

    def is_at(self, now: int) -> bool:
        """Whether everything up to *now* has been read."""
        return not self.start_key and self.last >= now

    def following(self, now: int) -> "Progress":
        """What is to be asked for after this."""
        if self.start_key:
            return self
        first = self.last - OVERLAP_SECONDS
        return Progress(first, min(now, first + WINDOW_SECONDS))


class Reconciler:
    """Reads the CDRs of *accounts*: at most *pages* a run and account, at first *days* back."""

    def __init__(
        self, crossbar: Crossbar, accounts: tuple[str, ...], *, days: int, pages: int
    ) -> None:
        self._crossbar = crossbar
        self._accounts = accounts
        self._days = days
        self._pages = pages
        self._records = CallRecords()
        self._progress = Directory("cdr_progress")

    def run(self, at: datetime) -> Mapping[str, int]:
        """Read on until *at*. Counts `rows` read, `new` and `unreadable` ones, `behind` accounts.

        An account that Crossbar does not show is left for the next run, and the others are done.
        Raises `UpstreamDown` after that, and `StateUnavailable` at once.
        """
        done = {"rows": 0, "new": 0, "unreadable": 0, "behind": 0}
        failed: UpstreamDown | None = None
        for account in self._accounts:
            try:
                self._read_on(account, to_gregorian(at), done)
            except UpstreamDown as error:
                failed = error
        if failed:
            raise failed
        return done

    def _read_on(self, account: str, now: int, done: dict[str, int]) -> None:
        progress = self._reached(account, now)
        for number in range(self._pages):
            if progress.is_at(now):
                return
            asked = progress.following(now)
            page = self._resumed(account, asked) if number == 0 else self._page(account, asked)
            progress = self._keep(account, asked, page, done)
        done["behind"] += not progress.is_at(now)

    def _page(self, account: str, asked: Progress) -> CrossbarPage:
        return self._crossbar.cdrs(account, (asked.first, asked.last), asked.start_key)

    def _resumed(self, account: str, asked: Progress) -> CrossbarPage:
        """The first page of a run, at the key of the run before.

        A key that Crossbar refuses, or takes and has nothing for, is no longer good: a page begins
        with the row that its key names (`crossbar_view.erl`), and a key that cannot be decoded is
        looked for as it is (`api_util:decode_start_key/1`). Then the window begins anew, once.
        """
        try:
            page = self._page(account, asked)
        except UpstreamDown as error:
            if not (asked.start_key and error.is_refusal):
                raise
        else:
            if not asked.start_key or page.rows or page.next_key:
                return page
        telemetry.done("begun anew", account_id=account, first=asked.first, last=asked.last)
        return self._page(account, replace(asked, start_key=""))

    def _keep(
        self, account: str, asked: Progress, page: CrossbarPage, done: dict[str, int]
    ) -> Progress:
        """Keep a page, and then remember that it was kept."""
        found = list(items(account, page.rows, asked.last))
        done["new"] += sum(self._records.keep(item) for item in found)
        done["rows"] += len(page.rows)
        done["unreadable"] += len(page.rows) - len(found)
        self._progress.put(
            account, {"first": asked.first, "last": asked.last, "start_key": page.next_key}
        )
        return Progress(asked.first, asked.last, page.next_key)

    def _reached(self, account: str, now: int) -> Progress:
        entry = self._progress.get(account)
        if entry is None:
            start = now - self._days * WINDOW_SECONDS
            return Progress(start, start + OVERLAP_SECONDS)
        first, last = int(str(entry["first"])), int(str(entry["last"]))
        return Progress(first, last, str(entry["start_key"]))


def items(account: str, rows: list[Mapping[str, Value]], received_at: int) -> Iterator[Item]:
    """The deliveries to store for *rows* of Crossbar's list, those without ids left out.

    *received_at* is in Gregorian seconds.
    """
    for values in rows:
        row = read_row(values)
        if row.has_ids:
            yield {
                "pk": {"S": f"{account}#{row.call_id}"},
                "sk": {"S": f"api#cdr#{row.id}"},
                "item": {"S": "delivery"},
                "received_at": {"N": str(received_at - GREGORIAN_EPOCH)},
                "method": {"S": "POST"},
                "content_type": {"S": "application/json"},
                "body": {"S": json.dumps(values, ensure_ascii=False, separators=(",", ":"))},
                "record": {"S": ended(row).as_json()},
            }
