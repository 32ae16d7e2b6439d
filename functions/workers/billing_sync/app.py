"""Keep a billing system up to date with the users, devices, and boxes of an account."""

from objects import ChangedObjects, path_of
from pivotkit import Delivery, setting, worker
from pivotkit.events import ObjectEvent
from pivotkit.services.upstream import Upstream, UpstreamDown
from pivotkit.workers.once import Once

billing = Upstream(
    "BILLING_URL",
    "https://billing.example.com",
    token=setting("BILLING_TOKEN", ""),
    seconds=5,
)
TYPES = setting("TYPES", "account user device vmbox faxbox").split()
objects = ChangedObjects()
once = Once()


@worker
def handler(delivery: Delivery) -> None:
    event = delivery.event
    if isinstance(event, ObjectEvent) and event.type in TYPES and event.id:
        once(delivery.id, lambda: sync(delivery, event))


def sync(delivery: Delivery, event: ObjectEvent) -> None:
    if not objects.is_deleted(delivery):
        billing.send("PUT", path_of(event), {"action": event.action}, key=delivery.id)
    if objects.is_deleted(delivery):  # perhaps while the PUT was on its way
        remove(event, f"{delivery.id}-gone")


def remove(event: ObjectEvent, idempotency_key: str) -> None:
    try:
        billing.send("DELETE", path_of(event), key=idempotency_key)
    except UpstreamDown as error:
        if not error.is_unknown:  # a 404: the billing system does not have it
            raise
