"""Put each new delivery on the event bus, whose rules feed the other workers."""

from pivotkit import Delivery, worker
from pivotkit.workers.bus import EventBus

bus = EventBus()


@worker
def handler(delivery: Delivery) -> None:
    bus.put(delivery)
