"""Show agents who is calling, from the first ring until the call is over."""

from typing import NamedTuple

from pivotkit import Delivery, worker
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Seconds
from pivotkit.services.upstream import ServiceUrl, Upstream
from pivotkit.workers.once import Once
from screens import screen

once = Once()


class Settings(NamedTuple):
    """The service that shows calls to agents."""

    desk_url: ServiceUrl | None = None
    """base URL of the service; empty for none"""
    desk_token: Secret = Secret()
    """bearer token for the service, if it needs one"""
    patience: Seconds = Seconds(60)
    """seconds after which an event is too old to be shown"""


@worker(settings=Settings)
def handler(delivery: Delivery, settings: Settings) -> None:
    call = screen(delivery, settings.patience)
    if call and settings.desk_url:
        desk = Upstream.at("desk", settings.desk_url, token=settings.desk_token)
        once(delivery.id, lambda: desk.send("POST", "/calls", call, key=delivery.id))
