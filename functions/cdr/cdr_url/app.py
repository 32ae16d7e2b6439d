"""Store the CDRs that KAZOO posts to the `cdr_url` of a pivot action."""

from pivotkit import CallDetail, Record, cdr_sink
from pivotkit.deliveries.legs import ended


@cdr_sink
def handler(cdr: CallDetail) -> Record:
    return ended(cdr)
