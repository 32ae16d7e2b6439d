"""Merge the deliveries about a call into one record, whatever their order."""

from pivotkit import CallRecords, Delivery, worker

records = CallRecords()


@worker
def handler(delivery: Delivery) -> None:
    records.refresh(delivery.key)
