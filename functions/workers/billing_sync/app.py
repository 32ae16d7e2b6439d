"""Keep a billing system up to date on which users, devices and numbers an account has."""

from pivotkit import Delivery, setting, worker
from pivotkit.events import ObjectEvent
from pivotkit.objects import ChangedObjects, place
from pivotkit.upstream import Upstream, UpstreamDown

billing = Upstream(
    "BILLING_URL", "https://billing.example.com", token=setting("BILLING_TOKEN", ""), seconds=5
)
TYPES = setting("TYPES", "account user device vmbox faxbox").split()
objects = ChangedObjects()


@worker
def handler(delivery: Delivery) -> None:
    event = delivery.event
    if not isinstance(event, ObjectEvent) or event.type not in TYPES or not event.id:
        return
    if objects.is_gone(delivery):
        remove(event, delivery.id)
    else:
        billing.send("PUT", place(event), {"action": event.action}, key=delivery.id)


def remove(event: ObjectEvent, key: str) -> None:
    try:
        billing.send("DELETE", place(event), key=key)
    except UpstreamDown as error:
        if not error.is_unknown:  # it never knew it, or was told before
            raise
