"""Send each event to the WebSockets that its account has subscribed to it."""

from delivery import Sender, place
from pivotkit import Delivery, worker
from pivotkit.store.sockets import Sockets

sender = Sender(Sockets())


@worker(order=place, parallel=10)
def handler(delivery: Delivery) -> None:
    sender.send(delivery)
