"""Count how many callers reach each step of a menu, and where they leave it."""

from funnel_counts import FunnelCounts
from pivotkit import Delivery, worker

counts = FunnelCounts()


@worker
def handler(delivery: Delivery) -> None:
    counts.count(delivery)
