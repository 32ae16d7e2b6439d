"""Show agents who is calling, from the first ring until the call is over."""

from typing import Literal, NamedTuple

from pivotkit import Delivery, worker
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Seconds, Text
from pivotkit.services.crm import customers
from pivotkit.services.upstream import ServiceUrl, Upstream, UpstreamDown
from pivotkit.workers.once import Once
from screens import Call, caller_number, screen

once = Once()


class Settings(NamedTuple):
    """The service that shows calls to agents."""

    desk_url: ServiceUrl | None = None
    """base URL of the service; empty for none"""
    desk_token: Secret = Secret()
    """bearer token for the service, if it needs one"""
    patience: Seconds = Seconds(60)
    """seconds after which an event is too old to be shown"""
    crm: Literal["none", "zendesk", "salesforce"] = "none"
    """the CRM in which callers are looked up"""
    crm_url: ServiceUrl = ServiceUrl("https://crm.example.com/api/v2")
    """base URL of the CRM's API"""
    crm_token: Secret = Secret()
    """bearer token for `zendesk`"""
    crm_client_id: Text | None = None
    """client ID for `salesforce`"""
    crm_client_secret: Secret = Secret()
    """client secret for `salesforce`"""


@worker(settings=Settings)
def handler(delivery: Delivery, settings: Settings) -> None:
    call = screen(delivery, settings.patience)
    if call and settings.desk_url:
        shown = with_customers(call, settings)
        desk = Upstream.at("desk", settings.desk_url, token=settings.desk_token)
        once(delivery.id, lambda: desk.send("POST", "/calls", shown, key=delivery.id))


def with_customers(call: Call, settings: Settings) -> Call:
    """The call with the customers of its number while it rings; without them if the CRM is down."""
    number = caller_number(call)
    if settings.crm == "none" or call["state"] != "ringing" or not number:
        return call
    try:
        found = customers(settings, number)
    except UpstreamDown:
        return call
    return {**call, "customers": [each._asdict() for each in found]}
