"""Merge the deliveries about a call into one record, whatever their order."""

from index import note
from pivotkit import CallRecords, Delivery, worker

records = CallRecords()


@worker
def handler(delivery: Delivery) -> None:
    note(records.refresh(delivery.key), delivery)
