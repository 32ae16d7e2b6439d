"""Figures of an account: sums of its calls and costs, its habits, and its office hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from legs import Charge, EndedLeg
from pivotkit.core import telemetry
from pivotkit.http.parameters import Value
from pivotkit.lookups.hours import HoursError, OfficeHours
from pivotkit.store.directory import Directory, Entry
from tallies import Sums, Tallies
from windows import day_of, hour_of, week_of

WEEKS = 4
"""The weeks before, from which the usual spend is computed."""

HOURS_IN_A_WEEK = 7 * 24

OFFICE = "account"
"""The key of the entry with an account's office hours."""

_HABIT_SECONDS = 400 * 86_400
_FIRST_CALL = "first"


@dataclass(frozen=True)
class AccountCalls:
    """The calls of an account when a leg ends.

    `hour` has the sums of the hour in which the leg ended. `first_call` is the account's first call
    to a number, `last_call` the last one to the same country. `open` says whether its office is.
    """

    hour: Sums = field(default_factory=dict)
    first_call: datetime | None = None
    last_call: datetime | None = None
    open: bool = True


@dataclass(frozen=True)
class AccountSpend:
    """The spend of an account in one currency: this hour, this day, and in the weeks before.

    `weeks` begins with the latest one.
    """

    hour: int = 0
    day: int = 0
    weeks: tuple[int, ...] = ()

    @property
    def usual_hour(self) -> float | None:
        """The mean of an hour; `None` without history.

        Each week weighs twice as much as the one before it.
        """
        first_week = max((number for number, cost in enumerate(self.weeks) if cost), default=-1)
        weeks = self.weeks[: first_week + 1]
        if not weeks:
            return None
        weights: list[float] = [2**-number for number in range(len(weeks))]
        weighted = sum(weight * cost for weight, cost in zip(weights, weeks, strict=True))
        return weighted / sum(weights) / HOURS_IN_A_WEEK


class AccountTallies:
    """All accounts. Methods raise `StateUnavailable` and `TallyBusy`.

    A leg or a charge that is added again counts once.
    """

    def __init__(self) -> None:
        self._tallies = Tallies()
        self._habits = Directory("called_country")
        self._offices = OfficeHours()

    def add_charge(self, charge: Charge) -> AccountSpend:
        """Add *charge*, and return the spend of its account."""
        hour, day = hour_of(charge.at), day_of(charge.at)
        name = f"cost:{charge.currency}"
        amounts = {window: {name: charge.cost} for window in (hour, day, week_of(charge.at))}
        self._tallies.add(charge.id, charge.account_id, amounts)
        weeks = [week_of(charge.at - timedelta(weeks=ago)) for ago in range(1, WEEKS + 1)]
        sums = self._tallies.of(charge.account_id, [hour, day, *weeks])
        spend_hour, spend_day, *spend_weeks = (each.get(name, 0) for each in sums)
        return AccountSpend(spend_hour, spend_day, tuple(spend_weeks))

    def add_leg(self, leg: EndedLeg, amounts: Sums) -> AccountCalls:
        """Add *amounts* to the hour in which *leg* ended, and return the calls of its account."""
        if not leg.destination:
            return AccountCalls()
        hour = hour_of(leg.at)
        if amounts:
            self._tallies.add(leg.id, leg.account_id, {hour: amounts})
        (sums,) = self._tallies.of(leg.account_id, [hour])
        habits = self._habits.of(leg).get_each([_FIRST_CALL, leg.country])
        return AccountCalls(
            hour=sums,
            first_call=_time(habits.get(_FIRST_CALL)),
            last_call=_time(habits.get(leg.country)),
            open=not leg.abroad or self._is_open(leg),
        )

    def remember(self, leg: EndedLeg, calls: AccountCalls) -> None:
        """Keep the account's first call, and the last day on which it called the country."""
        if not leg.destination:
            return
        habits = self._habits.of(leg)
        entry: Entry = {"at": int(leg.at.timestamp())}
        if calls.first_call is None or leg.at < calls.first_call:
            habits.put(_FIRST_CALL, entry)
        if calls.last_call is None or leg.at - calls.last_call > timedelta(days=1):
            habits.put_newest(leg.country, entry, by="at", seconds=_HABIT_SECONDS)

    def _is_open(self, leg: EndedLeg) -> bool:
        """Return whether the office is open; hours that cannot be read stop no other rule."""
        try:
            return self._offices.status(leg, OFFICE, leg.at).open
        except HoursError:
            telemetry.count("OfficeHoursUnusable")
            return True


def _time(entry: Mapping[str, Value] | None) -> datetime | None:
    return datetime.fromtimestamp(int(str(entry["at"])), UTC) if entry else None
