"""Look-ups of a screen beside the events: a caller's customers in the CRM, and the live calls."""

from collections.abc import Callable, Mapping
from typing import Any

from messages import Message, Refused
from pivotkit.services.crm import customers
from pivotkit.services.crossbar import Crossbar
from pivotkit.services.upstream import UpstreamDown

SECONDS = 5.0
"""Time for a request to Crossbar."""


def customers_of(account: str, settings: Any, message: Message) -> dict[str, object]:
    """Return the customers with the number in a message; none without a CRM. Raises `Refused`."""
    del account
    message.require("number")
    if settings.crm == "none":
        return {"customers": []}
    try:
        found = customers(settings, message.text("number"))
    except UpstreamDown as down:
        raise Refused("the CRM cannot be reached") from down
    return {"customers": [each._asdict() for each in found]}


def channels_of(account: str, settings: Any, message: Message) -> dict[str, object]:
    """Return the live channels of an account, as Crossbar lists them. Raises `Refused`."""
    del settings, message
    try:
        return {"channels": Crossbar(seconds=SECONDS).channels(account)}
    except UpstreamDown as down:
        raise Refused("KAZOO cannot be reached") from down


LOOKUPS: Mapping[str, Callable[[str, Any, Message], dict[str, object]]] = {
    "channels": channels_of,
    "customers": customers_of,
}
