"""DuckDB in a process of its own: what its binding complains of at the exit is not ours to print.

    echo '{"lines": "*.jsonl.gz", "columns": {...}, "csv": "x.csv", "queries": [...]}' \
        | python tests/duck.py

The views are `cdrs` (the lines, with these columns and types) and `table_of_csv`. Every value is
text.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

type Rows = list[list[str | None]]


def ask(**request: Any) -> list[Rows]:
    """The rows of each of `queries`."""
    done = subprocess.run(
        [sys.executable, Path(__file__)],
        input=json.dumps(request), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers: list[Rows] = json.loads(done.stdout)
    return answers


def _answers(request: dict[str, Any]) -> list[Rows]:
    import duckdb  # noqa: PLC0415  (in that process alone)

    columns = request["columns"]
    with duckdb.connect() as connection:
        connection.read_json(
            request["lines"],
            columns=columns,
            format="newline_delimited",
            hive_partitioning=True,
            hive_types={"account": "VARCHAR", "day": "VARCHAR"},
        ).create_view("cdrs")
        connection.read_csv(
            request["csv"], header=True, dtype=["VARCHAR"] * len(columns)
        ).create_view("table_of_csv")
        found = [connection.sql(query) for query in request["queries"]]
        return [
            [list(row) for row in each.select("columns(*)::VARCHAR").fetchall()] for each in found
        ]


if __name__ == "__main__":
    json.dump(_answers(json.load(sys.stdin)), sys.stdout)
