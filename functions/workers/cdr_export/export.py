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
from datetime import UTC, datetime, timedelta

from pivotkit.core.gregorian import to_gregorian
from pivotkit.deliveries.legs import ended, read_row
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar import Account, Crossbar
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store.call_records import CallRecords
from pivotkit.store.client import client
from pivotkit.store.records import merged

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
        self._bucket = os.environ["CDR_BUCKET"]
        self._s3 = client("s3", _S3_SECONDS)

    def run(self, at: datetime) -> Mapping[str, int]:
        """Write the files of the day before *at*. Count `files` and `legs`.

        Raises `UpstreamDown` after the other accounts are done, and what the SDK raises at once.
        """
        day = at.astimezone(UTC).replace(hour=0, minute=0, second=0) - timedelta(days=1)
        counts = {"files": 0, "legs": 0}
        failure: UpstreamDown | None = None
        for account in self._accounts:
            try:
                lines = list(self._lines(account, day))
            except UpstreamDown as error:
                failure = error
                continue
            counts["files"] += self._put(account, day, lines)
            counts["legs"] += len(lines)
        if failure:
            raise failure
        return counts

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
