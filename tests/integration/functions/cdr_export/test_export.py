"""The CDRs of a day are written to S3, for each account, as JSON for Athena and as CSV."""

import csv
import gzip
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from functions.workers.cdr_export.export import COLUMNS, CdrExporter, csv_text, json_lines
from pivotkit.core.gregorian import GREGORIAN_EPOCH
from pivotkit.services.crossbar import Account
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store.call_records import CallRecords
from pivotkit.store.records import Record
from tests.aws import aws_client
from tests.functions import ROOT
from tests.integration.functions.cdr_export.exporting import NEXT_DAY, export
from tests.integration.functions.crossbar_cdrs import (
    ACCOUNT,
    NOON,
    OTHER,
    UNREADABLE,
    Kazoo,
    Pages,
)

PLACE = f"account={ACCOUNT}/day=2026-09-21/cdrs"


def content(bucket: str, key: str) -> bytes:
    """The content of a file."""
    body: bytes = aws_client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


def test_a_day_is_written(kazoo: Kazoo, bucket: str) -> None:
    """All legs of the day and no others, each with the values of its record, once in each file."""
    kazoo.now = NOON - timedelta(days=1)
    kazoo.ends("day-before")
    kazoo.now = NOON
    kazoo.ends(*(f"leg-{number}" for number in range(30)))
    kazoo.now = NEXT_DAY - timedelta(minutes=1)
    kazoo.ends("day-after")
    rated = Record("ended", NOON, {"cost": 270, "destination": "Zürich, mobile"}, verified=True)
    records = CallRecords()
    records.keep(
        {
            "pk": {"S": f"{ACCOUNT}#leg-7"},
            "sk": {"S": "rating#cost"},
            "record": {"S": rated.as_json()},
        }
    )
    records.refresh(f"{ACCOUNT}#leg-7")
    assert export() == {"files": 2, "legs": 30}
    text = gzip.decompress(content(bucket, f"json/{PLACE}.jsonl.gz")).decode()
    lines = {line["call_id"]: line for line in map(json.loads, text.splitlines())}
    assert lines.keys() == {f"leg-{number}" for number in range(30)}
    assert (lines["leg-7"]["cost"], lines["leg-7"]["destination"]) == (270, "Zürich, mobile")
    assert lines["leg-8"]["duration_seconds"] == 9
    table = csv.DictReader(io.StringIO(content(bucket, f"csv/{PLACE}.csv").decode()))
    assert {row["call_id"]: row["destination"] for row in table}["leg-7"] == "Zürich, mobile"


def test_a_second_run_changes_nothing(kazoo: Kazoo, bucket: str) -> None:
    """Another export of a day writes the same bytes."""
    kazoo.now = NOON
    kazoo.ends("leg")
    export()
    before = content(bucket, f"json/{PLACE}.jsonl.gz")
    export()
    assert content(bucket, f"json/{PLACE}.jsonl.gz") == before


def test_a_day_without_legs_has_no_files(bucket: str) -> None:
    """Nothing is written for an account without legs."""
    assert export() == {"files": 0, "legs": 0}
    assert "Contents" not in aws_client("s3").list_objects_v2(Bucket=bucket)


def test_rows_without_ids_are_left_out(bucket: str) -> None:
    """A row that cannot be assigned to a call makes no line, and stops no export."""
    good: list[Any] = [{"id": "202609-x", "call_id": "x", "duration_seconds": "9"}]
    day = int((NEXT_DAY - timedelta(hours=3, seconds=1)).timestamp()) + GREGORIAN_EPOCH
    pages: Any = Pages([*UNREADABLE] * 5, [], good, until=day)
    assert CdrExporter(pages, (Account(ACCOUNT),)).run(NEXT_DAY) == {"files": 2, "legs": 1}
    text = gzip.decompress(content(bucket, f"json/{PLACE}.jsonl.gz")).decode()
    assert [json.loads(line)["call_id"] for line in text.splitlines()] == ["x"]


def test_one_account_does_not_stop_the_others(kazoo: Kazoo, bucket: str) -> None:
    """An account that Crossbar rejects fails the run after the others are written."""
    kazoo.now = NOON
    kazoo.ends("leg", account=OTHER)
    with pytest.raises(UpstreamDown):
        export("nobody", OTHER)
    assert content(bucket, f"json/account={OTHER}/day=2026-09-21/cdrs.jsonl.gz")


CELLS: list[tuple[Any, str]] = [
    ("=1+1", "'=1+1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("+cmd", "'+cmd"),
    ("-x", "'-x"),
    ("+14155550142", "+14155550142"),
    ('Doe, "Jane"', 'Doe, "Jane"'),
    (41, "41"),
    (None, ""),
]


@pytest.mark.parametrize(("value", "cell"), CELLS)
def test_cells(value: Any, cell: str) -> None:
    """No name of a caller becomes a formula, and quotes and commas survive."""
    (row,) = csv.DictReader(io.StringIO(csv_text([{"caller_id_name": value}])))
    assert row["caller_id_name"] == cell


def test_the_table_has_the_columns() -> None:
    """The table for Athena has the columns of the files, in the same order."""
    sql = (ROOT / "functions/workers/cdr_export/table.sql").read_text(encoding="utf-8")
    inside = sql[sql.index("cdrs (") + 6 : sql.index(")\nPARTITIONED")]
    assert re.findall(r"`?(\w+)`? (?:string|int|bigint)", inside) == list(COLUMNS)
    (line,) = gzip.decompress(json_lines([{}])).decode().splitlines()
    assert list(json.loads(line)) == list(COLUMNS)
