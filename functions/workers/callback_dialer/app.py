"""Call back callers who kept their place in a callback queue, when an agent can take the call."""

from collections.abc import Mapping
from datetime import datetime

from click_to_call import ClickToCall
from dialer import CallbackDialer, CallMethod
from metaflow import Metaflow
from pivotkit import choice, scheduled, setting
from pivotkit.phone.dialing import DialPolicy
from pivotkit.phone.numbers import home_country
from pivotkit.services.crossbar import Crossbar
from queues import read_queues
from rules import CallbackRules

BY = choice("BY", "click_to_call", "click_to_call", "metaflow")
HOME_COUNTRY = home_country("HOME_COUNTRY", "US")
AGENTS = setting("AGENTS", "").split()
MOST_CALLS = setting("MOST_CALLS", 1)

queues = read_queues("CLICK_TO_CALL", with_click_to_call=BY == "click_to_call")
rules = CallbackRules(
    DialPolicy(HOME_COUNTRY, setting("ALLOWED_DESTINATIONS", "US CA")),
    attempts=setting("MOST_ATTEMPTS", 3),
    retry_minutes=setting("RETRY_MINUTES", 15),
    office=setting("OFFICE", ""),
)

method: CallMethod
if BY == "metaflow":
    method = Metaflow(Crossbar(), AGENTS, home=HOME_COUNTRY, most_calls=MOST_CALLS)
else:
    method = ClickToCall(Crossbar(), home=HOME_COUNTRY, most_calls=MOST_CALLS)

dialer = CallbackDialer(queues, method, rules)


@scheduled
def handler(at: datetime) -> Mapping[str, int]:
    return dialer.run(at)
