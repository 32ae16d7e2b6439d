"""Tell early of calls that look like toll fraud, and of calls that nobody ended."""

from alarms import CdrAlarms
from destinations import Destinations
from pivotkit import Delivery, choice, setting, worker
from rules import (
    AfterHours,
    CallsPerHour,
    LongCall,
    MinutesPerHour,
    NewCountry,
    PremiumRate,
    RiskyDestination,
    SpendPerDay,
    SpendPerHour,
    UnusualSpend,
)

RISKY = Destinations.read(setting("RISKY_DESTINATIONS", "+870 +881 +882 +883 +979"))

alarms = CdrAlarms(
    setting("HOME_COUNTRIES", "US CA"),
    SpendPerHour(most=setting("SPEND_PER_HOUR", 20)),
    SpendPerDay(most=setting("SPEND_PER_DAY", 100)),
    UnusualSpend(times=setting("UNUSUAL_SPEND", 20), least=setting("UNUSUAL_SPEND_LEAST", 5)),
    LongCall(most=setting("LONG_CALL_MINUTES", 240)),
    MinutesPerHour(most=setting("MINUTES_PER_HOUR", 600)),
    CallsPerHour(most=setting("CALLS_PER_HOUR", 30)),
    NewCountry(days=setting("NEW_COUNTRY_DAYS", 90)),
    RiskyDestination(listed=RISKY),
    PremiumRate(on=choice("PREMIUM_RATE", "yes", "yes", "no") == "yes"),
    AfterHours(on=choice("AFTER_HOURS", "yes", "yes", "no") == "yes"),
)


@worker
def handler(delivery: Delivery) -> None:
    alarms.look_at(delivery)
