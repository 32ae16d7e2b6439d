"""Rules about calls and what they cost: signs of toll fraud, and of calls that nobody ended.

A rule looks at one ended leg, or at what one cost, and at what is known of its account. It asks
nobody: `alarms` counts, and tells of what a rule finds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from destinations import Destination, Destinations
from pivotkit.store.records import Fact
from tallies import Sums

UNITS = 10_000
"""A cost of one in the currency: rates are in ten-thousandths."""

HOURS_OF_A_WEEK = 7 * 24

LEARNING = timedelta(days=14)
"""From an account's first call on no country is new to it."""


# -- what is told ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leg:
    """A leg that was answered and has ended. Legs that KAZOO rang at a number have a destination.

    `id` is the same whoever tells of the leg; `seconds` are those after the answer.
    """

    id: str
    account_id: str
    call_id: str
    at: datetime
    seconds: int
    destination: Destination | None = None
    abroad: bool = False

    @property
    def country(self) -> str:
        """The country that was called; '' for an extension, or a call that came in."""
        return self.destination.country if self.destination else ""


@dataclass(frozen=True)
class Charge:
    """What a leg cost, in ten-thousandths of `currency`."""

    id: str
    account_id: str
    call_id: str
    at: datetime
    cost: int
    currency: str


@dataclass(frozen=True)
class Known:
    """What is known of an account when a leg ends: the sums of its hour, and its habits.

    `since` is its first call, `last_call` the last one to the same country. `open` is whether the
    account is at work.
    """

    hour: Sums = field(default_factory=dict)
    since: datetime | None = None
    last_call: datetime | None = None
    open: bool = True


@dataclass(frozen=True)
class Spent:
    """What an account has spent in a currency: in the hour and on the day, and in weeks before.

    `weeks` begins with the last one.
    """

    hour: int = 0
    day: int = 0
    weeks: tuple[int, ...] = ()

    @property
    def usual(self) -> float | None:
        """The mean of an hour, later weeks weighing twice as much; `None` without history."""
        oldest = max((number for number, cost in enumerate(self.weeks) if cost), default=-1)
        told = self.weeks[: oldest + 1]
        weights = [2**-number for number in range(len(told))]
        costs = (weight * cost for weight, cost in zip(weights, told, strict=True))
        return sum(costs) / sum(weights) / HOURS_OF_A_WEEK if told else None


@dataclass(frozen=True)
class Breach:
    """What a rule has found: the window, a sentence, and what was compared."""

    window: str
    summary: str
    facts: Mapping[str, Fact]


# -- rules -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LegRule:
    """A rule about legs. One whose limit is 0, empty or false is switched off."""

    name: ClassVar[str]

    def breach(self, leg: Leg, known: Known) -> Breach | None:
        """What is wrong with *leg*, or `None`."""
        raise NotImplementedError


@dataclass(frozen=True)
class SpendRule:
    """A rule about money. One whose limit is 0 is switched off."""

    name: ClassVar[str]

    def breach(self, charge: Charge, spent: Spent) -> Breach | None:
        """What is wrong with *charge*, or `None`."""
        raise NotImplementedError


@dataclass(frozen=True)
class SpendPerHour(SpendRule):
    """An account spends more than *most* (in its currency) within an hour."""

    name = "spend_per_hour"
    most: int

    def breach(self, charge: Charge, spent: Spent) -> Breach | None:
        """Compare the sum of the hour."""
        return _overspent(charge, hour_of(charge.at), spent.hour, self.most)


@dataclass(frozen=True)
class SpendPerDay(SpendRule):
    """An account spends more than *most* (in its currency) on a day in UTC."""

    name = "spend_per_day"
    most: int

    def breach(self, charge: Charge, spent: Spent) -> Breach | None:
        """Compare the sum of the day."""
        return _overspent(charge, day_of(charge.at), spent.day, self.most)


@dataclass(frozen=True)
class UnusualSpend(SpendRule):
    """An account spends *times* as much within an hour as in its mean one, and more than *least*.

    The mean is that of all hours of the last four weeks, later weeks weighing twice as much as
    those before them. An account without history has none.
    """

    name = "unusual_spend"
    times: int
    least: int

    def breach(self, charge: Charge, spent: Spent) -> Breach | None:
        """Compare the sum of the hour with the mean."""
        usual = spent.usual
        if usual is None or self.times <= 0 or spent.hour <= self.least * UNITS:
            return None
        return _overspent(charge, hour_of(charge.at), spent.hour, self.times * usual / UNITS)


@dataclass(frozen=True)
class LongCall(LegRule):
    """A leg of any kind lasted longer than *most* minutes."""

    name = "long_call"
    most: int

    def breach(self, leg: Leg, known: Known) -> Breach | None:
        """Look at the leg alone."""
        del known
        if not 0 < self.most * 60 < leg.seconds:
            return None
        minutes = leg.seconds // 60
        text = f"A call lasted {minutes} minutes; the limit is {self.most}"
        return _breach(leg, text, minutes=minutes, limit=self.most)


@dataclass(frozen=True)
class MinutesPerHour(LegRule):
    """An account's calls to numbers that ended within an hour lasted more than *most* minutes."""

    name = "minutes_per_hour"
    most: int

    def breach(self, leg: Leg, known: Known) -> Breach | None:
        """Compare the sum of the hour."""
        seconds = known.hour.get("seconds", 0)
        if not leg.destination or not 0 < self.most * 60 < seconds:
            return None
        minutes = seconds // 60
        text = f"Calls lasted {minutes} minutes; the limit is {self.most}"
        return _breach(leg, text, minutes=minutes, limit=self.most)


@dataclass(frozen=True)
class CallsPerHour(LegRule):
    """More than *most* calls to one country abroad ended within an hour."""

    name = "calls_per_hour"
    most: int

    def breach(self, leg: Leg, known: Known) -> Breach | None:
        """Compare the country's count of the hour."""
        calls = known.hour.get(f"calls:{leg.country}", 0)
        if not leg.abroad or not 0 < self.most < calls:
            return None
        text = f"There were {calls} calls to {leg.country}; the limit is {self.most}"
        return _breach(leg, text, calls=calls, limit=self.most)


@dataclass(frozen=True)
class NewCountry(LegRule):
    """A call to a country abroad that the account has not called for *days*.

    Not within two weeks of the account's first call: then every country is new.
    """

    name = "new_country"
    days: int

    def breach(self, leg: Leg, known: Known) -> Breach | None:
        """Look at the last call to the country."""
        learnt = known.since is not None and leg.at - known.since > LEARNING
        if not leg.abroad or self.days <= 0 or not learnt:
            return None
        if known.last_call and leg.at - known.last_call <= timedelta(days=self.days):
            return None
        text = f"A call to {leg.country}, which was not called for {self.days} days"
        return _breach(leg, text, limit=self.days)


@dataclass(frozen=True)
class RiskyDestination(LegRule):
    """A call to one of the countries and prefixes that are *listed*."""

    name = "risky_destination"
    listed: Destinations

    def breach(self, leg: Leg, known: Known) -> Breach | None:
        """Look at the number alone."""
        del known
        if not leg.destination or not self.listed.have(leg.destination):
            return None
        return _breach(leg, f"A call to a listed destination in {leg.country}")


@dataclass(frozen=True)
class PremiumRate(LegRule):
    """A call to a premium-rate number of any country."""

    name = "premium_rate"
    on: bool

    def breach(self, leg: Leg, known: Known) -> Breach | None:
        """Look at the number alone."""
        del known
        if not self.on or not leg.destination or not leg.destination.premium_rate:
            return None
        return _breach(leg, f"A call to a premium-rate number in {leg.country}")


@dataclass(frozen=True)
class AfterHours(LegRule):
    """A call abroad that ended while the account's office was closed.

    Its hours are the entry of the kind `office_hours` under the account's id; without one it is
    always open.
    """

    name = "after_hours"
    on: bool

    def breach(self, leg: Leg, known: Known) -> Breach | None:
        """Look at the clock."""
        if not self.on or not leg.abroad or known.open:
            return None
        return _breach(leg, f"A call to {leg.country} while the office was closed")


def _overspent(charge: Charge, window: str, cost: int, most: float) -> Breach | None:
    if not 0 < most * UNITS < cost:
        return None
    spend, limit = round(cost / UNITS, 2), round(most, 2)
    text = f"Spend was {spend:.2f} {charge.currency}; the limit is {limit:.2f}"
    facts: dict[str, Fact] = {"spend": spend, "limit": limit, "currency": charge.currency}
    return Breach(window, f"{text} ({_spoken(window)}).", facts)


def _breach(leg: Leg, text: str, **facts: Fact) -> Breach:
    window = hour_of(leg.at)
    country: dict[str, Fact] = {"country": leg.country} if leg.country else {}
    return Breach(window, f"{text} ({_spoken(window)}).", facts | country)


# -- windows ---------------------------------------------------------------------------------------


def hour_of(at: datetime) -> str:
    """The hour of *at* in UTC: `2026-01-15T09`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H}"


def day_of(at: datetime) -> str:
    """The day of *at* in UTC: `2026-01-15`."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def week_of(at: datetime) -> str:
    """The week of *at* in UTC, from Monday on: `2026-W03`."""
    return f"{at.astimezone(UTC):%G-W%V}"


def _spoken(window: str) -> str:
    day, _, hour = window.partition("T")
    return f"{day}, hour {hour} UTC" if hour else f"{day} UTC"
