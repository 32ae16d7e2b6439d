"""Raise an alarm early for calls that look like toll fraud, and for calls that did not end."""

from functools import lru_cache
from typing import NamedTuple

import rules
from alarms import CdrAlarms
from destinations import DestinationList
from pivotkit import Delivery, worker
from pivotkit.core.setting_types import Whole
from pivotkit.phone.numbers import Countries, Destinations


class Settings(NamedTuple):
    """The limits of the rules. 0, empty, and false turn a rule off."""

    home_countries: Countries = Countries("US CA")
    """countries that are not abroad; the first one is the default for numbers without `+`"""
    spend_per_hour: Whole = Whole(20)
    """limit in the currency of the rates; 0 turns the rule off, here and below"""
    spend_per_day: Whole = Whole(100)
    """limit in the currency of the rates"""
    unusual_spend: Whole = Whole(20)
    """times the usual hour; an hour of a working week is about five times the mean"""
    unusual_spend_least: Whole = Whole(5)
    """spend that is never unusual, in the currency of the rates"""
    long_call_minutes: Whole = Whole(240)
    """minutes after the answer"""
    minutes_per_hour: Whole = Whole(600)
    """minutes of all calls that ended within the hour"""
    calls_per_hour: Whole = Whole(30)
    """calls to one country"""
    new_country_days: Whole = Whole(90)
    """days without a call to the country; more than 365 count as 365"""
    risky_destinations: Destinations | None = Destinations("+870 +881 +882 +883 +979")
    """add the countries and prefixes that your carrier warns about"""
    premium_rate: bool = True
    """whether a call to a premium-rate number raises an alarm"""
    after_hours: bool = True
    """whether a call abroad while the office is closed raises an alarm"""


@lru_cache(1000)
def alarms_of(settings: Settings) -> CdrAlarms:
    """The alarms of accounts with these settings."""
    return CdrAlarms(
        settings.home_countries,
        rules.SpendPerHour(most=settings.spend_per_hour),
        rules.SpendPerDay(most=settings.spend_per_day),
        rules.UnusualSpend(times=settings.unusual_spend, least=settings.unusual_spend_least),
        rules.LongCall(most=settings.long_call_minutes),
        rules.MinutesPerHour(most=settings.minutes_per_hour),
        rules.CallsPerHour(most=settings.calls_per_hour),
        rules.NewCountry(days=settings.new_country_days),
        rules.RiskyDestination(listed=DestinationList.read(settings.risky_destinations or "none")),
        rules.PremiumRate(on=settings.premium_rate),
        rules.AfterHours(on=settings.after_hours),
    )


@worker(settings=Settings)
def handler(delivery: Delivery, settings: Settings) -> None:
    alarms_of(settings).check(delivery)
