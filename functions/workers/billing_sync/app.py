"""Keep a billing system up to date on which users, devices and numbers an account has."""

from objects import ChangedObjects, place
from pivotkit import Delivery, setting, worker
from pivotkit.events import ObjectEvent
from pivotkit.services.upstream import Upstream, UpstreamDown
from pivotkit.workers.once import Once

billing = Upstream(
    "BILLING_URL", "https://billing.example.com", token=setting("BILLING_TOKEN", ""), seconds=5
)
TYPES = setting("TYPES", "account user device vmbox faxbox").split()
objects = ChangedObjects()
once = Once()


@worker
def handler(delivery: Delivery) -> None:
    event = delivery.event
    if isinstance(event, ObjectEvent) and event.type in TYPES and event.id:
        once(delivery.id, lambda: tell(delivery, event))


def tell(delivery: Delivery, event: ObjectEvent) -> None:
    if not objects.is_gone(delivery):
        billing.send("PUT", place(event), {"action": event.action}, key=delivery.id)
    if objects.is_gone(delivery):  # also if it went while the PUT was on its way
        remove(event, delivery.id)


def remove(event: ObjectEvent, key: str) -> None:
    try:
        billing.send("DELETE", place(event), key=f"{key}-gone")
    except UpstreamDown as error:
        if not error.is_unknown:  # it never knew it, or was told before
            raise
