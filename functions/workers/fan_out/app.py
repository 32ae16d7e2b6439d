"""Forward selected events to customers' own endpoints, signed as Standard Webhooks."""

from fan_out import FanOut
from pivotkit import Delivery, setting, worker

customers = FanOut(
    seconds=setting("SECONDS", 5),
    most_endpoints=setting("MOST_ENDPOINTS", 10),
)


@worker(parallel=10)
def handler(delivery: Delivery) -> None:
    customers.send(delivery)
