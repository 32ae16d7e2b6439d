"""Remember which agent each caller last spoke with."""

from pivotkit import Delivery, setting, worker
from pivotkit.lookups.last_agents import LastAgents

last_agents = LastAgents(days=setting("DAYS", 30))


@worker
def handler(delivery: Delivery) -> None:
    last_agents.remember(delivery)
