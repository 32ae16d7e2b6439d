"""Raise an alarm early for calls that look like toll fraud, and for calls that did not end."""

import rules
from alarms import CdrAlarms
from destinations import DestinationList
from pivotkit import Delivery, choice, setting, worker

RISKY = DestinationList.read(setting("RISKY_DESTINATIONS", "+870 +881 +882 +883 +979"))

alarms = CdrAlarms(
    setting("HOME_COUNTRIES", "US CA"),
    rules.SpendPerHour(most=setting("SPEND_PER_HOUR", 20)),
    rules.SpendPerDay(most=setting("SPEND_PER_DAY", 100)),
    rules.UnusualSpend(
        times=setting("UNUSUAL_SPEND", 20),
        least=setting("UNUSUAL_SPEND_LEAST", 5),
    ),
    rules.LongCall(most=setting("LONG_CALL_MINUTES", 240)),
    rules.MinutesPerHour(most=setting("MINUTES_PER_HOUR", 600)),
    rules.CallsPerHour(most=setting("CALLS_PER_HOUR", 30)),
    rules.NewCountry(days=setting("NEW_COUNTRY_DAYS", 90)),
    rules.RiskyDestination(listed=RISKY),
    rules.PremiumRate(on=choice("PREMIUM_RATE", "yes", "yes", "no") == "yes"),
    rules.AfterHours(on=choice("AFTER_HOURS", "yes", "yes", "no") == "yes"),
)


@worker
def handler(delivery: Delivery) -> None:
    alarms.check(delivery)
