"""Who calls whom, for the screens of those whose phones ring."""

import time

from pivotkit.events import ChannelAnswer, ChannelCreate, ChannelDestroy
from pivotkit.http.parameters import Value
from pivotkit.store.records import Delivery

STATES = {"channel_create": "ringing", "channel_answer": "answered", "channel_destroy": "over"}
"""What an event of a called leg means to the one who is called."""


def pop(delivery: Delivery, patience: int) -> dict[str, Value] | None:
    """What to show of *delivery*; `None` when it is about no call to a user, or too old.

    A call rings at the leg that KAZOO calls: it is outbound, and has the called user as its owner.
    What is older than *patience* seconds helps nobody.
    """
    event = delivery.event
    if not isinstance(event, ChannelCreate | ChannelAnswer | ChannelDestroy):
        return None
    if event.call_direction != "outbound" or not event.owner_id:
        return None
    at = event.timestamp
    if at is None or time.time() - at.timestamp() > patience:
        return None
    return {
        "state": STATES[event.name],
        "user": event.owner_id,
        "caller": {"name": event.caller_id_name, "number": event.caller_id_number},
        "called": event.callee_id_number,
        "call_id": event.call_id,
        "other_call_id": event.other_leg_call_id,
        "account_id": event.account_id,
        "at": at.isoformat(),
    }
