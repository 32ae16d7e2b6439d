"""Count how many callers reach each step of a menu, and where they leave it."""

from drop_off import DropOff
from pivotkit import Delivery, worker

drop_off = DropOff()


@worker
def handler(delivery: Delivery) -> None:
    drop_off.count(delivery.values, delivery.received_at, delivery.id)
