"""The files of an export as a database reads them: table.sql, the README's queries, the CSV.

Athena itself cannot run here. sqlglot reads its SQL and turns it into DuckDB's, and DuckDB reads
the files from the bucket.
"""

import gzip
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from functions.workers.cdr_export.export import COLUMNS
from pivotkit.store.call_records import CallRecords
from pivotkit.store.records import Fact, Record
from tests import duck
from tests.aws import aws_client
from tests.duck import Rows
from tests.functions import ROOT
from tests.integration.functions.cdr_export.exporting import export
from tests.integration.functions.crossbar_cdrs import NOON, Kazoo

FOLDER = ROOT / "functions/workers/cdr_export"
ACCOUNT = "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
"""The account that the README's queries name."""

TYPES = {"string": str, "int": int, "bigint": int}
QUERIES = re.findall(r"```sql\n(.*?)```", (FOLDER / "README.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def table() -> exp.Create:
    """The definition in table.sql, as Athena's dialect has it."""
    text = (FOLDER / "table.sql").read_text(encoding="utf-8")
    (found,) = (each for each in sqlglot.parse(text, read="athena") if each)
    assert isinstance(found, exp.Create)
    return found


def columns(table: exp.Create) -> dict[str, str]:
    """The columns and their types, in Athena's words."""
    found = table.this.expressions
    return {each.name: each.args["kind"].sql("hive").lower() for each in found}


def properties(table: exp.Create) -> dict[str, str]:
    """The TBLPROPERTIES."""
    found = table.args["properties"].expressions
    return {each.name: each.args["value"].name for each in found if type(each) is exp.Property}


@pytest.fixture
def files(kazoo: Kazoo, bucket: str, tmp_path: Path) -> Path:
    """The export of a day of two accounts, as it lies in the bucket."""
    kazoo.now = NOON
    kazoo.ends(*(f"leg-{number}" for number in range(30)), account=ACCOUNT)
    kazoo.ends("other")
    rated: dict[str, Fact] = {
        "cost": 4_000_000_000,
        "currency": "USD",
        "destination": 'Zürich, "mobile"',
    }
    records = CallRecords()
    for number in (7, 8):
        key = f"{ACCOUNT}#leg-{number}"
        facts: dict[str, Fact] = rated | {"call_direction": "outbound", "caller_id_name": "=1+1"}
        rating = Record("ended", NOON, facts, verified=True).as_json()
        records.keep({"pk": {"S": key}, "sk": {"S": "rating#cost"}, "record": {"S": rating}})
        records.refresh(key)
    export(ACCOUNT, "c" * 32)
    s3 = aws_client("s3")
    for item in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        path = tmp_path / item["Key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
    return tmp_path


type Ask = Callable[[str], Rows]


@pytest.fixture
def ask(table: exp.Create, files: Path) -> Ask:
    """Asks a database in which `cdrs` is what table.sql says of the files."""
    types = {
        name: exp.DataType.build(kind, "hive").sql("duckdb")
        for name, kind in columns(table).items()
    }

    def asked(query: str) -> Rows:
        (translated,) = sqlglot.transpile(query, read="athena", write="duckdb")
        (rows,) = duck.ask(
            lines=f"{files}/json/account=*/day=*/cdrs.jsonl.gz",
            columns=types,
            csv=f"{files}/csv/account={ACCOUNT}/day=2026-09-21/cdrs.csv",
            queries=[translated],
        )
        return rows

    return asked


def test_the_table_has_the_columns(table: exp.Create) -> None:
    """The table has the columns of the files, in the same order."""
    assert tuple(columns(table)) == COLUMNS
    assert set(columns(table).values()) <= TYPES.keys()


def test_every_value_has_its_type(table: exp.Create, files: Path) -> None:
    """A text is a string, a number an int that fits, and what is not known null."""
    seen = 0
    for path in files.glob("json/*/*/*.gz"):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            values = json.loads(line)
            assert tuple(values) == COLUMNS
            for name, kind in columns(table).items():
                value: Any = values[name]
                assert value is None or type(value) is TYPES[kind], name
                assert kind != "int" or int(values[name] or 0) < 2**31, name
            seen += 1
    assert seen == 31


def test_files_lie_where_the_table_looks(table: exp.Create, files: Path) -> None:
    """Partitions are computed: where the table looks on a day are its files, gzip by name."""
    defined = properties(table)
    place = defined["storage.location.template"].removeprefix("s3://<BUCKET>/")
    place = place.replace("${account}", ACCOUNT).replace("${day}", f"{NOON:%Y-%m-%d}")
    assert [path.name for path in (files / place).iterdir()] == ["cdrs.jsonl.gz"]
    assert defined["projection.day.format"] == "yyyy-MM-dd"
    assert defined["projection.account.type"] == "injected"
    assert defined["projection.day.range"] <= f"{NOON:%Y-%m-%d}"


def test_the_readmes_first_query(ask: Ask) -> None:
    """Costs are added up by day and destination, in units of the currency."""
    found = {(day, name): spent for day, name, spent in ask(QUERIES[0])}
    assert float(found["2026-09-21", 'Zürich, "mobile"'] or 0) == 800_000
    assert found["2026-09-21", None] is None


def test_the_readmes_second_query(ask: Ask) -> None:
    """Words of SQL stand in quotes, and times can be read as such."""
    found = ask(QUERIES[1].replace("2026-01-15", "2026-09-21"))
    assert len(found) == 2
    assert {datetime.fromisoformat(str(ended)) for *_, ended in found} == {NOON}
    assert len(QUERIES) == 2


def test_the_csv_says_the_same(ask: Ask) -> None:
    """A reader of CSV finds every leg, with the names of destinations as they are."""
    shown = "SELECT call_id, COALESCE(destination, ''), caller_id_name FROM"
    rows = ask(f"{shown} table_of_csv ORDER BY call_id")
    stored = ask(f"{shown} cdrs WHERE account = '{ACCOUNT}' ORDER BY call_id")
    assert len(rows) == 30
    assert [each[:2] for each in rows] == [each[:2] for each in stored]
    assert {name for *_, name in rows if name} == {"'=1+1"}
    assert {name for *_, name in stored if name} == {"=1+1"}
