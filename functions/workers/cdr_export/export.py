"""Write the verified CDRs of a day to S3: compressed JSON lines for Athena, and CSV for people.

    json/account=<id>/day=2026-01-15/cdrs.jsonl.gz     one leg a line, with the columns below
    csv/account=<id>/day=2026-01-15/cdrs.csv           the same, with names in the first line

Crossbar's list for the day (in UTC, by when KAZOO stored a CDR) decides which legs there are; the
values of each come from its record. A file that is written again is the same, or includes CDRs
that were late.
"""

import csv
import gzip
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

from pivotkit.core.gregorian import to_gregorian
from pivotkit.deliveries.legs import ended, read_row
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar import Account, Crossbar
from pivotkit.store.call_records import CallRecords
from pivotkit.store.client import client
from pivotkit.store.records import merged
from pivotkit.workers.rounds import Rounds
from pivotkit.workers.worker import OutOfTime

COLUMNS = (
    "call_id", "ended_at", "call_direction", "caller_id_number", "caller_id_name",
    "callee_id_number", "callee_id_name", "from", "to", "request", "hangup_cause", "hangup_code",
    "duration_seconds", "billing_seconds", "ringing_seconds", "destination", "rate_prefix",
    "billed_seconds", "cost", "currency", "owner_id", "authorizing_id", "other_leg_call_id",
    "bridge_id", "interaction_id", "recording_url",
)  # fmt: skip
"""The columns of a line; durations are seconds, `cost` is ten-thousandths of the currency."""

_S3_SECONDS = 20.0
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![0-9]*$)")

type LegLine = Mapping[str, Value]


class CdrExporter:
    """Writes the files of *accounts* to the bucket CDR_BUCKET."""

    def __init__(self, crossbar: Crossbar, accounts: tuple[Account, ...]) -> None:
        self._crossbar = crossbar
        self._accounts = accounts
        self._records = CallRecords()
        self._rounds = Rounds()
        self._bucket = os.environ["CDR_BUCKET"]
        self._s3 = client("s3", _S3_SECONDS)

    def run(self, at: datetime) -> Mapping[str, int]:
        """Write the files of the day before *at*. Count `files` and `legs`.

        If the last run had too little time for all accounts, the rest of its day comes first.
        Raises an account's error after the others are done, `StateUnavailable` at once, and
        `OutOfTime` if accounts are left, so that Lambda tries again.
        """
        counts = {"files": 0, "legs": 0}
        for day in self._days(at.astimezone(UTC).date() - timedelta(days=1)):
            left = self._rounds.run(
                self._accounts, partial(self._export, day, counts), task=day.isoformat()
            )
            if left:
                raise OutOfTime(f"{left} accounts are left of {day}")
        return counts

    def _days(self, last: date) -> list[date]:
        """Return the days from that of the run that stopped early, if one did, to *last*."""
        task = self._rounds.place().task
        first = min(date.fromisoformat(task), last) if task else last
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]

    def _export(self, day: date, counts: dict[str, int], account: Account) -> None:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        lines = list(self._lines(account, midnight))
        counts["files"] += self._put(account, midnight, lines)
        counts["legs"] += len(lines)

    def _lines(self, account: Account, day: datetime) -> Iterator[LegLine]:
        first = to_gregorian(day)
        window = (first, first + 86_399)
        start_key = ""
        while True:
            page = self._crossbar.cdrs(account.account_id, window, start_key)
            for row in map(read_row, page.rows):
                if row.has_ids:
                    record = self._records.get(f"{account.account_id}#{row.call_id}")
                    yield (record or merged([ended(row)])) | {"call_id": row.call_id}
            start_key = page.next_key
            if not start_key:
                return

    def _put(self, account: Account, day: datetime, lines: Sequence[LegLine]) -> int:
        """Write both files of a day that has legs; return the number of files."""
        if not lines:
            return 0
        where = f"account={account.account_id}/day={day:%Y-%m-%d}/cdrs"
        files = (
            (f"json/{where}.jsonl.gz", "application/gzip", json_lines(lines)),
            (f"csv/{where}.csv", "text/csv; charset=utf-8", csv_text(lines).encode()),
        )
        for key, kind, content in files:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=kind)
        return len(files)


def json_lines(lines: Sequence[LegLine]) -> bytes:
    """Return *lines* as gzipped JSON, the same bytes for the same lines."""
    texts = [json.dumps(_columns(line), ensure_ascii=False) for line in lines]
    return gzip.compress("".join(f"{text}\n" for text in texts).encode(), mtime=0)


def csv_text(lines: Sequence[LegLine]) -> str:
    """Return *lines* as CSV (RFC 4180).

    Callers choose their names: a text that a spreadsheet could take for a formula begins with `'`.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _columns(line).values()] for line in lines)
    return written.getvalue()


def _columns(line: LegLine) -> dict[str, Value]:
    return {name: line.get(name) for name in COLUMNS}


def _cell(value: Value) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text
