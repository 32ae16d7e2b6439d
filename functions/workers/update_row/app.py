"""Keep a table of events: one row for each event."""

from pivotkit import Delivery, setting, worker
from pivotkit.services.upstream import Upstream
from pivotkit.workers.once import Once
from rows import row, upsert

table = Upstream(
    "ROWS_URL",
    "https://rows.example.com/v0/app0/Events",
    token=setting("ROWS_TOKEN", ""),
    seconds=5,
)
COLUMNS = setting(
    "COLUMNS",
    "account_id call_id caller_id_name caller_id_number to duration_seconds hangup_cause",
).split()
once = Once()


@worker
def handler(delivery: Delivery) -> None:
    cells = row(delivery, COLUMNS)
    once(delivery.id, lambda: table.send("PATCH", "", upsert(cells)))
