"""Call callers back with the click-to-call of their queue: KAZOO rings them, then the agents."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from answered import CLOCK_SKEW, answered_numbers, window_of
from pivotkit.core.gregorian import to_gregorian
from pivotkit.http.parameters import Value
from pivotkit.lookups.callbacks import Callback
from pivotkit.phone.dialing import DialTarget
from pivotkit.phone.numbers import canonical
from pivotkit.services.crossbar import Crossbar, CrossbarRow
from queues import CallbackQueue

SUCCESS = "success"
TIMED_OUT = "timed out"
"""The cause in the history if KAZOO stopped waiting for the result of a call."""


class ClickToCall:
    """Places at most *most_calls* calls in a run. Every method raises `UpstreamDown`.

    *home* is the default country (ISO 3166) for numbers without `+`.
    """

    def __init__(self, crossbar: Crossbar, *, home: str, most_calls: int) -> None:
        self._crossbar = crossbar
        self._home = home
        self._most_calls = most_calls

    def seats(self, queue: CallbackQueue, called: Sequence[Callback]) -> list[str]:
        """Return the click-to-call once for each call that may be placed."""
        del called
        if not queue.click_to_call:
            raise ValueError(
                f"queue {queue.queue} has no click-to-call: add it in CLICK_TO_CALL, or set `by`"
            )
        self._crossbar.click_to_call(queue.account_id, queue.click_to_call)
        return [queue.click_to_call] * self._most_calls

    def call(self, queue: CallbackQueue, seat: str, number: DialTarget) -> Mapping[str, Value]:
        """Ring *number*, then the extension of the click-to-call; return the call's ID."""
        return {"call_id": self._crossbar.connect(queue.account_id, seat, number)}

    def reached(self, queue: CallbackQueue, called: Sequence[Callback], at: datetime) -> set[str]:
        """Return the numbers of callers who answered.

        The history of the click-to-call shows them. Where KAZOO stopped waiting for the result, the
        CDRs do.
        """
        window = window_of(called, at)
        history = list(self._crossbar.connections(queue.account_id, queue.click_to_call, window))
        reached = set()
        unknown = []
        for callback in called:
            rows = [row for row in history if _is_about(row, callback, self._home)]
            if any(row.get("result") == SUCCESS for row in rows):
                reached.add(callback.number)
            elif any(row.get("cause") == TIMED_OUT for row in rows):
                unknown.append(callback)
        return reached | answered_numbers(self._crossbar, queue.account_id, self._home, unknown, at)


def _is_about(row: CrossbarRow, callback: Callback, home: str) -> bool:
    """Return whether an entry of the history is about the latest call to the caller."""
    call_id = row.get("call_id")
    if call_id and call_id == callback.text("call_id"):
        return True
    timestamp = row.get("timestamp")
    since = to_gregorian(callback.called_at - CLOCK_SKEW)
    contact = canonical(str(row.get("contact") or ""), home)
    return contact == callback.number and isinstance(timestamp, int) and timestamp >= since
