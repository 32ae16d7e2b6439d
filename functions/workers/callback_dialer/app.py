"""Call back who has kept her place in a queue, when an agent may take the call."""

from collections.abc import Mapping
from datetime import datetime

from dialer import CallbackDialer, ClickToCall, Metaflow, Rules, lines
from pivotkit import choice, scheduled, setting
from pivotkit.phone.dialing import DialPolicy
from pivotkit.services.crossbar import Crossbar

BY = choice("BY", "click_to_call", "click_to_call", "metaflow")
AGENTS, MOST = setting("AGENTS", "").split(), setting("MOST_CALLS", 1)

rules = Rules(
    DialPolicy(setting("HOME_COUNTRY", "US"), setting("ALLOWED_DESTINATIONS", "US CA")),
    attempts=setting("MOST_ATTEMPTS", 3),
    retry_minutes=setting("RETRY_MINUTES", 15),
    office=setting("OFFICE", ""),
)
BY_CLICK = BY == "click_to_call"
QUEUES = lines("CLICK_TO_CALL", with_button=BY_CLICK)

crossbar = Crossbar()
way = ClickToCall(crossbar, most=MOST) if BY_CLICK else Metaflow(crossbar, AGENTS, most=MOST)
dialer = CallbackDialer(QUEUES, way, rules)


@scheduled
def handler(at: datetime) -> Mapping[str, int]:
    return dialer.run(at)
