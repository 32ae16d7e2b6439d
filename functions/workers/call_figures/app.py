"""Add up the legs that have ended, by account and day, for the console's pages."""

from pivotkit import CallRecords, Delivery, worker
from pivotkit.store.call_figures import CallFigures, Leg

records = CallRecords()
figures = CallFigures()


@worker
def handler(delivery: Delivery) -> None:
    account_id, _, call_id = delivery.key.partition("#")
    record = records.merge(delivery.key)
    if record.get("state") == "ended":
        figures.keep(Leg.of(account_id, call_id, record, delivery.received_at))
