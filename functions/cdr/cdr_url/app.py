"""Keep the CDRs that KAZOO posts to a pivot action's cdr_url."""

from pivotkit import CallDetail, Record, cdr_sink
from pivotkit.deliveries.legs import ended


@cdr_sink
def handler(cdr: CallDetail) -> Record:
    return ended(cdr)
