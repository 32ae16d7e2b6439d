"""The callback queues that the worker serves, as a setting lists them."""

import re
from typing import NamedTuple

from pivotkit.core.settings import SettingError, setting
from pivotkit.http.keys import is_local
from pivotkit.services.crossbar import LOCAL_ACCOUNT

LOCAL_QUEUE = "e9d8c7b6a5f4038271605f4e3d2c1b0a"
LOCAL_CLICK_TO_CALL = "c11c70ca11000000000000000000ca11"
"""The queue of a local run if the setting is empty."""

_ID = "[0-9a-f]{32}"
_ENTRY = re.compile(rf"(?P<queue>{_ID})=(?P<account>{_ID})(/(?P<click_to_call>{_ID}))?")
_FORM = "must be <queue>=<account>/<click-to-call>, each of them an ID"


class CallbackQueue(NamedTuple):
    """A queue, the account it belongs to, and its click-to-call; '' if it has none."""

    queue: str
    account_id: str
    click_to_call: str = ""


def read_queues(name: str, *, with_click_to_call: bool = True) -> tuple[CallbackQueue, ...]:
    """Return the queues that the setting *name* lists, separated by spaces. Raises `SettingError`.

    Each is `<queue>=<account>/<click-to-call>`: three IDs, of which the last one may be missing
    unless *with_click_to_call*.
    """
    default = f"{LOCAL_QUEUE}={LOCAL_ACCOUNT}/{LOCAL_CLICK_TO_CALL}" if is_local() else ""
    entries = setting(name, default).replace(",", " ").split()
    return tuple(_queue(name, entry, with_click_to_call=with_click_to_call) for entry in entries)


def _queue(name: str, entry: str, *, with_click_to_call: bool) -> CallbackQueue:
    found = _ENTRY.fullmatch(entry)
    if not found or (with_click_to_call and not found["click_to_call"]):
        raise SettingError(name, entry, _FORM)
    return CallbackQueue(found["queue"], found["account"], found["click_to_call"] or "")
