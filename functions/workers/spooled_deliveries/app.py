"""Store the deliveries that had to wait in the queue while the table was out of reach."""

from pivotkit import CallRecords, Delivery, worker

records = CallRecords()


@worker
def handler(delivery: Delivery) -> None:
    records.keep(delivery.item)
