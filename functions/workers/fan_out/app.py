"""Send chosen events on to customers' own endpoints, signed as Standard Webhooks."""

from pivotkit import Delivery, setting, worker
from pivotkit.fan_out import FanOut

customers = FanOut(seconds=setting("SECONDS", 5))


@worker
def handler(delivery: Delivery) -> None:
    customers.send(delivery)
