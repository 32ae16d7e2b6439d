"""Keep a table of events: one row for each event."""

from typing import NamedTuple

from pivotkit import Delivery, worker
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Names
from pivotkit.services.upstream import ServiceUrl, Upstream
from pivotkit.workers.once import Once
from rows import row, upsert

once = Once()


class Settings(NamedTuple):
    """The table, and its columns."""

    rows_url: ServiceUrl | None = None
    """URL of the table, such as `https://api.airtable.com/v0/<base>/<table>`; empty for none"""
    rows_token: Secret = Secret()
    """token that may write to the table"""
    columns: Names = Names(
        "account_id call_id caller_id_name caller_id_number to duration_seconds hangup_cause"
    )
    """KAZOO's fields that become cells, besides `event_id`, `event`, and `at`; the table needs a
    column for each"""


@worker(settings=Settings)
def handler(delivery: Delivery, settings: Settings) -> None:
    if settings.rows_url:
        table = Upstream.at("rows", settings.rows_url, seconds=5, token=settings.rows_token)
        cells = row(delivery, settings.columns.each)
        once(delivery.id, lambda: table.send("PATCH", "", upsert(cells)))
