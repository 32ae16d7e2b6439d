"""Remember which agent each caller last spoke with."""

from typing import NamedTuple

from pivotkit import Delivery, worker
from pivotkit.core.setting_types import Days
from pivotkit.lookups.last_agents import LastAgents


class Settings(NamedTuple):
    """The memory of callers and agents."""

    days: Days = Days(30)
    """days for which an agent is remembered"""


@worker(settings=Settings)
def handler(delivery: Delivery, settings: Settings) -> None:
    LastAgents(days=settings.days).remember(delivery)
