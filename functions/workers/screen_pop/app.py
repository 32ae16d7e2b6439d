"""Show agents who is calling, from the first ring until the call is over."""

from functools import partial
from typing import Literal, NamedTuple

from pivotkit import Delivery, worker
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Seconds, Text
from pivotkit.services.crm import customers
from pivotkit.services.upstream import ServiceUrl, Upstream
from pivotkit.workers.once import Once
from screens import screen, with_customers

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
    crm_url: ServiceUrl | None = None
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
        find = partial(customers, settings)
        shown = call if settings.crm == "none" else with_customers(call, find)
        desk = Upstream.at("desk", settings.desk_url, token=settings.desk_token)
        once(delivery.id, lambda: desk.send("POST", "/calls", shown, key=delivery.id))
