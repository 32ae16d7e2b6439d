"""Keep a billing system up to date with the users, devices, and boxes of an account."""

from typing import NamedTuple

from objects import ChangedObjects, path_of
from pivotkit import Delivery, worker
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Names
from pivotkit.events import ObjectEvent
from pivotkit.services.upstream import ServiceUrl, Upstream, UpstreamDown
from pivotkit.workers.once import Once

objects = ChangedObjects()
once = Once()


class Settings(NamedTuple):
    """The billing system, and the documents that it is kept up to date with."""

    billing_url: ServiceUrl | None = None
    """base URL of the billing system's API; empty for none"""
    billing_token: Secret = Secret()
    """bearer token for the billing system, if it needs one"""
    types: Names = Names("account user device vmbox faxbox")
    """KAZOO's types of documents that count"""


@worker(settings=Settings)
def handler(delivery: Delivery, settings: Settings) -> None:
    event = delivery.event
    url = settings.billing_url
    if url and isinstance(event, ObjectEvent) and event.id and event.type in settings.types.each:
        billing = Upstream.at("billing", url, seconds=5, token=settings.billing_token)
        once(delivery.id, lambda: sync(billing, delivery, event))


def sync(billing: Upstream, delivery: Delivery, event: ObjectEvent) -> None:
    if not objects.is_deleted(delivery):
        billing.send("PUT", path_of(event), {"action": event.action}, key=delivery.id)
    if objects.is_deleted(delivery):  # perhaps while the PUT was on its way
        remove(billing, event, f"{delivery.id}-gone")


def remove(billing: Upstream, event: ObjectEvent, idempotency_key: str) -> None:
    try:
        billing.send("DELETE", path_of(event), key=idempotency_key)
    except UpstreamDown as error:
        if not error.is_unknown:  # a 404: the billing system does not have it
            raise
