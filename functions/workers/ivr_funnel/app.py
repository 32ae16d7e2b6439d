"""Count how many callers reach each step of a menu, and where they leave it."""

from pivotkit import Delivery, worker
from pivotkit.lookups.funnel_counts import FunnelCounts

counts = FunnelCounts()


@worker
def handler(delivery: Delivery) -> None:
    counts.count(delivery)
