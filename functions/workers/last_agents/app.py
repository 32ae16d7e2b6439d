"""Remember for each caller who spoke with her last."""

from pivotkit import Delivery, setting, worker
from pivotkit.lookups.last_agents import LastAgents

agents = LastAgents(days=setting("DAYS", 30))


@worker
def handler(delivery: Delivery) -> None:
    if delivery.record:
        agents.remember(delivery.record)
