"""Rate each outbound leg by the longest prefix of its number, once its CDR is verified."""

from pivotkit import CallRecords, Delivery, worker
from pivotkit.workers.rating import Rates, charged

records = CallRecords()
rates = Rates()


@worker
def handler(delivery: Delivery) -> None:
    charge = charged(delivery, rates)
    if charge:
        records.keep(charge)
