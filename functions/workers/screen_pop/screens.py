"""The calls that agents' screens show while their phones ring, and until the call is over."""

import time
from collections.abc import Callable

from pivotkit.events import ChannelAnswer, ChannelCreate, ChannelDestroy
from pivotkit.http.parameters import Value
from pivotkit.services.crm import Customer
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store.records import Delivery

STATES = {"channel_create": "ringing", "channel_answer": "answered", "channel_destroy": "over"}
"""The state of the call to an agent after an event of the agent's leg."""


type Call = dict[str, Value]
"""A call as the service gets it."""


def screen(delivery: Delivery, max_age: int) -> Call | None:
    """Return the call that an agent's screen shows after *delivery*.

    `None` if it is not about a call to a user, or is older than *max_age* seconds. The agent's leg
    is the one that KAZOO calls: it is outbound, and the user is its owner.
    """
    event = delivery.event
    if not isinstance(event, ChannelCreate | ChannelAnswer | ChannelDestroy):
        return None
    if event.call_direction != "outbound" or not event.owner_id:
        return None
    if event.timestamp is None or time.time() - event.timestamp.timestamp() > max_age:
        return None
    return {
        "state": STATES[event.name],
        "user": event.owner_id,
        "caller": {"name": event.caller_id_name, "number": event.caller_id_number},
        "called": event.callee_id_number,
        "call_id": event.call_id,
        "other_call_id": event.other_leg_call_id,
        "account_id": event.account_id,
        "at": event.timestamp.isoformat(),
    }


def with_customers(call: Call, find: Callable[[str], list[Customer]]) -> Call:
    """Return a ringing *call* with the customers of its number; without them if the CRM is down."""
    caller = call["caller"]
    number = caller.get("number") if isinstance(caller, dict) else None
    if call["state"] != "ringing" or not number:
        return call
    try:
        return {**call, "customers": [each._asdict() for each in find(str(number))]}
    except UpstreamDown:
        return call
