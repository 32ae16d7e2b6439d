"""Find the callers who answered a callback, from the CDRs of their account."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pivotkit.core.gregorian import to_gregorian
from pivotkit.deliveries.legs import CdrRow, read_row
from pivotkit.lookups.callbacks import Callback
from pivotkit.phone.numbers import canonical
from pivotkit.services.crossbar import Crossbar, Window

CLOCK_SKEW = timedelta(seconds=30)
"""The most by which KAZOO's clock may differ from ours."""

LONGEST_WINDOW = timedelta(days=30)
"""The days that Crossbar is asked for: it rejects a range of more than 31 days."""


def answered_numbers(
    crossbar: Crossbar, account: str, home: str, called: Sequence[Callback], at: datetime
) -> set[str]:
    """Return the numbers of *called* whose CDRs show that a call was answered. Asks Crossbar.

    The agent's own leg does not count: it is answered before the caller's phone rings. *home* is
    the default country (ISO 3166) for numbers without `+`.
    """
    if not called:
        return set()
    agents_legs = {callback.text("seat") for callback in called}
    found = set()
    for values in crossbar.all_cdrs(account, window_of(called, at)):
        row = read_row(values)
        if row.billing_seconds and row.call_id not in agents_legs:
            numbers = _numbers_in(row, home)
            found |= {each.number for each in called if _is_answer(row, numbers, each)}
    return found


def window_of(called: Iterable[Callback], at: datetime) -> Window:
    """Return the range from the first of the calls until *at*, in Gregorian seconds."""
    first = min((callback.called_at for callback in called), default=at)
    return to_gregorian(max(first, at - LONGEST_WINDOW) - CLOCK_SKEW), to_gregorian(at + CLOCK_SKEW)


def _is_answer(row: CdrRow, numbers: set[str], callback: Callback) -> bool:
    """Return whether *row* is a leg to the caller, one of *numbers*, since the last attempt."""
    if row.timestamp is None or row.timestamp < callback.called_at - CLOCK_SKEW:
        return False
    return callback.number in numbers


def _numbers_in(row: CdrRow, home: str) -> set[str]:
    """Return the fields of *row* that may hold the callee's number, as E.164."""
    written = (row.to, row.callee_id_number, row.request)
    return {canonical((text or "").partition("@")[0], home) for text in written}
