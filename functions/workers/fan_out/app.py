"""Forward selected events to customers' own endpoints, signed as Standard Webhooks."""

from functools import lru_cache
from typing import NamedTuple

from fan_out import FanOut
from pivotkit import Delivery, worker
from pivotkit.core.setting_types import Few, Seconds


class Settings(NamedTuple):
    """Limits on a customer's endpoints."""

    seconds: Seconds = Seconds(5)
    """the longest that an endpoint may take"""
    most_endpoints: Few = Few(10)
    """endpoints of an account that get its events"""


@lru_cache(1000)
def customers(settings: Settings) -> FanOut:
    return FanOut(seconds=settings.seconds, most_endpoints=settings.most_endpoints)


@worker(settings=Settings, parallel=10)
def handler(delivery: Delivery, settings: Settings) -> None:
    customers(settings).send(delivery)
