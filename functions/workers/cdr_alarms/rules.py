"""Fraud rules: signs of toll fraud, and of calls that did not end.

A rule looks at one ended leg and the calls of its account, or at one charge and the account's
spend. It returns a breach if something is wrong. `alarms` adds up what rules count, and raises an
alarm for each breach.

A new rule is a class here and a line in `app.py`; README.md shows how to write one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from accounts import AccountCalls, AccountSpend
from destinations import DestinationList
from legs import Charge, EndedLeg
from pivotkit.store.records import Fact
from tallies import Sums
from windows import day_of, hour_of, written

UNITS = 10_000
"""Costs are in ten-thousandths of the currency, as rates are."""

LEARNING = timedelta(days=14)
"""The time after an account's first call in which no country is new to it."""


@dataclass(frozen=True)
class Breach:
    """The finding of a rule: the window, a sentence for people, and the facts compared."""

    window: str
    summary: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True)
class LegRule:
    """A rule about ended legs. A limit of 0, `no`, or an empty list turns it off."""

    name: ClassVar[str]

    def counts(self, leg: EndedLeg) -> Sums:
        """Return what to add to the sums of the hour: they are in `AccountCalls.hour`.

        Only legs to a number are added up.
        """
        del leg
        return {}

    def breach(self, leg: EndedLeg, calls: AccountCalls) -> Breach | None:
        """Return what is wrong with *leg*, or `None`."""
        raise NotImplementedError


@dataclass(frozen=True)
class SpendRule:
    """A rule about money. A limit of 0 turns it off."""

    name: ClassVar[str]

    def breach(self, charge: Charge, spend: AccountSpend) -> Breach | None:
        """Return what is wrong with *charge*, or `None`."""
        raise NotImplementedError


# -- rules about legs ------------------------------------------------------------------------------


@dataclass(frozen=True)
class LongCall(LegRule):
    """A leg of any kind lasted longer than *most* minutes."""

    name = "long_call"
    most: int

    def breach(self, leg: EndedLeg, calls: AccountCalls) -> Breach | None:
        """Check the leg on its own."""
        del calls
        if not 0 < self.most * 60 < leg.seconds:
            return None
        minutes = leg.seconds // 60
        text = f"A call lasted {minutes} minutes; the limit is {self.most}"
        return leg_breach(leg, text, minutes=minutes, limit=self.most)


@dataclass(frozen=True)
class MinutesPerHour(LegRule):
    """An account's calls to numbers that ended within an hour lasted more than *most* minutes."""

    name = "minutes_per_hour"
    most: int

    def counts(self, leg: EndedLeg) -> Sums:
        """Count the seconds of all calls."""
        return {"seconds": leg.seconds}

    def breach(self, leg: EndedLeg, calls: AccountCalls) -> Breach | None:
        """Check the sum of the hour."""
        seconds = calls.hour.get("seconds", 0)
        if not leg.destination or not 0 < self.most * 60 < seconds:
            return None
        minutes = seconds // 60
        text = f"Calls lasted {minutes} minutes in total; the limit is {self.most}"
        return leg_breach(leg, text, minutes=minutes, limit=self.most)


@dataclass(frozen=True)
class CallsPerHour(LegRule):
    """More than *most* calls to one country abroad ended within an hour."""

    name = "calls_per_hour"
    most: int

    def counts(self, leg: EndedLeg) -> Sums:
        """Count the calls to each country."""
        return {f"calls:{leg.country}": 1}

    def breach(self, leg: EndedLeg, calls: AccountCalls) -> Breach | None:
        """Check the country's count of the hour."""
        number = calls.hour.get(f"calls:{leg.country}", 0)
        if not leg.abroad or not 0 < self.most < number:
            return None
        text = f"There were {number} calls to {leg.country}; the limit is {self.most}"
        return leg_breach(leg, text, calls=number, limit=self.most)


@dataclass(frozen=True)
class NewCountry(LegRule):
    """A call to a country abroad that the account has not called for *days*.

    The first two weeks after an account's first call are exempt: every country is new then.
    """

    name = "new_country"
    days: int

    def breach(self, leg: EndedLeg, calls: AccountCalls) -> Breach | None:
        """Check the last call to the country."""
        if not leg.abroad or self.days <= 0 or calls.first_call is None:
            return None
        if leg.at - calls.first_call <= LEARNING:
            return None
        if calls.last_call and leg.at - calls.last_call <= timedelta(days=self.days):
            return None
        text = f"There was a call to {leg.country}, the first one in {self.days} days"
        return leg_breach(leg, text, limit=self.days)


@dataclass(frozen=True)
class RiskyDestination(LegRule):
    """A call to one of the *listed* countries and prefixes."""

    name = "risky_destination"
    listed: DestinationList

    def breach(self, leg: EndedLeg, calls: AccountCalls) -> Breach | None:
        """Check the number."""
        del calls
        if not leg.destination or not self.listed.has(leg.destination):
            return None
        return leg_breach(leg, f"There was a call to a listed destination in {leg.country}")


@dataclass(frozen=True)
class PremiumRate(LegRule):
    """A call to a premium-rate number of any country."""

    name = "premium_rate"
    on: bool

    def breach(self, leg: EndedLeg, calls: AccountCalls) -> Breach | None:
        """Check the number."""
        del calls
        if not self.on or not leg.destination or not leg.destination.premium_rate:
            return None
        return leg_breach(leg, f"There was a call to a premium-rate number in {leg.country}")


@dataclass(frozen=True)
class AfterHours(LegRule):
    """A call abroad that ended while the account's office was closed.

    The hours are the account's entry `account` of the kind `office_hours`. Without one, the office
    is always open.
    """

    name = "after_hours"
    on: bool

    def breach(self, leg: EndedLeg, calls: AccountCalls) -> Breach | None:
        """Check the office hours."""
        if not self.on or not leg.abroad or calls.open:
            return None
        return leg_breach(leg, f"There was a call to {leg.country} while the office was closed")


# -- rules about money -----------------------------------------------------------------------------


@dataclass(frozen=True)
class SpendPerHour(SpendRule):
    """An account spends more than *most* (in its currency) within an hour."""

    name = "spend_per_hour"
    most: int

    def breach(self, charge: Charge, spend: AccountSpend) -> Breach | None:
        """Check the spend of the hour."""
        return spend_breach(charge, hour_of(charge.at), spend.hour, self.most)


@dataclass(frozen=True)
class SpendPerDay(SpendRule):
    """An account spends more than *most* (in its currency) on a day in UTC."""

    name = "spend_per_day"
    most: int

    def breach(self, charge: Charge, spend: AccountSpend) -> Breach | None:
        """Check the spend of the day."""
        return spend_breach(charge, day_of(charge.at), spend.day, self.most)


@dataclass(frozen=True)
class UnusualSpend(SpendRule):
    """An account spends *times* as much within an hour as usual, and more than *least*.

    Usual is the mean hour of the last four weeks, each of which weighs twice as much as the one
    before it. An account without history has none.
    """

    name = "unusual_spend"
    times: int
    least: int

    def breach(self, charge: Charge, spend: AccountSpend) -> Breach | None:
        """Compare the spend of the hour with the usual one."""
        usual = spend.usual_hour
        if usual is None or spend.hour <= self.least * UNITS:
            return None
        return spend_breach(charge, hour_of(charge.at), spend.hour, self.times * usual / UNITS)


# -- breaches --------------------------------------------------------------------------------------


def leg_breach(leg: EndedLeg, text: str, **facts: Fact) -> Breach:
    """Return the breach that *leg* completes, in the hour in which it ended.

    *text* is a sentence without its period, and without names and numbers of callers.
    """
    window = hour_of(leg.at)
    country: dict[str, Fact] = {"country": leg.country} if leg.country else {}
    return Breach(window, f"{text} ({written(window)}).", {**facts, **country})


def spend_breach(charge: Charge, window: str, cost: int, most: float) -> Breach | None:
    """Return a breach if *cost*, in ten-thousandths, is above *most*, in the currency.

    A limit of 0 is never passed.
    """
    if not 0 < most * UNITS < cost:
        return None
    spend = round(cost / UNITS, 2)
    limit = round(most, 2)
    currency = charge.currency
    text = f"The account spent {spend:.2f} {currency}; the limit is {limit:.2f} {currency}"
    facts: dict[str, Fact] = {"spend": spend, "limit": limit, "currency": currency}
    return Breach(window, f"{text} ({written(window)}).", facts)
