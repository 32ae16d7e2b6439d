"""Store the deliveries that waited in the spool queue while the table was unreachable."""

from pivotkit import CallRecords, Delivery, worker

records = CallRecords()


@worker
def handler(delivery: Delivery) -> None:
    records.keep(delivery.item)
