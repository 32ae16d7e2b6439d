"""Each fraud rule: what breaks it, what does not, and how it is turned off."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.workers.cdr_alarms.accounts import AccountCalls, AccountSpend
from functions.workers.cdr_alarms.destinations import Destination, DestinationList
from functions.workers.cdr_alarms.legs import Charge, EndedLeg
from functions.workers.cdr_alarms.rules import (
    AfterHours,
    Breach,
    CallsPerHour,
    LegRule,
    LongCall,
    MinutesPerHour,
    NewCountry,
    PremiumRate,
    RiskyDestination,
    SpendPerDay,
    SpendPerHour,
    SpendRule,
    UnusualSpend,
)
from functions.workers.cdr_alarms.windows import day_of, hour_of, week_of, written

AT = datetime(2026, 1, 15, 9, 59, tzinfo=UTC)
LONG_AGO = AT - timedelta(days=100)
BRITAIN = Destination("+442071838750", "GB", premium_rate=False)
ABROAD: dict[str, Any] = {"destination": BRITAIN, "abroad": True}
HOME: dict[str, Any] = {"destination": Destination("+14155550142", "US", premium_rate=False)}
PREMIUM: dict[str, Any] = {"destination": Destination("+19005550142", "US", premium_rate=True)}
SATELLITES = DestinationList.read("+881 GB")
OLD_CUSTOMER: dict[str, Any] = {"first_call": LONG_AGO}

LEG_RULES: list[tuple[LegRule, dict[str, Any], dict[str, Any], bool]] = [
    # rule, leg, calls of the account, whether the rule is broken
    (LongCall(10), {"seconds": 601}, {}, True),
    (LongCall(10), {"seconds": 600}, {}, False),
    (LongCall(0), {"seconds": 10**6}, {}, False),
    (MinutesPerHour(10), HOME, {"hour": {"seconds": 601}}, True),
    (MinutesPerHour(10), HOME, {"hour": {"seconds": 600}}, False),
    (MinutesPerHour(10), {}, {"hour": {"seconds": 601}}, False),  # an extension
    (MinutesPerHour(0), HOME, {"hour": {"seconds": 10**6}}, False),
    (CallsPerHour(3), ABROAD, {"hour": {"calls:GB": 4}}, True),
    (CallsPerHour(3), ABROAD, {"hour": {"calls:GB": 3, "calls:FR": 9}}, False),
    (CallsPerHour(3), HOME, {"hour": {"calls:US": 4}}, False),
    (CallsPerHour(0), ABROAD, {"hour": {"calls:GB": 999}}, False),
    (NewCountry(30), ABROAD, OLD_CUSTOMER, True),
    (NewCountry(30), ABROAD, {**OLD_CUSTOMER, "last_call": AT - timedelta(days=31)}, True),
    (NewCountry(30), ABROAD, {**OLD_CUSTOMER, "last_call": AT - timedelta(days=30)}, False),
    (NewCountry(30), ABROAD, {**OLD_CUSTOMER, "last_call": AT + timedelta(days=1)}, False),
    (NewCountry(30), ABROAD, {"first_call": AT - timedelta(days=14)}, False),
    (NewCountry(30), ABROAD, {}, False),  # the very first call
    (NewCountry(30), HOME, OLD_CUSTOMER, False),
    (NewCountry(0), ABROAD, OLD_CUSTOMER, False),
    (RiskyDestination(SATELLITES), ABROAD, {}, True),
    (RiskyDestination(SATELLITES), HOME, {}, False),
    (RiskyDestination(SATELLITES), {}, {}, False),
    (RiskyDestination(DestinationList.read("none")), ABROAD, {}, False),
    (PremiumRate(on=True), PREMIUM, {}, True),
    (PremiumRate(on=True), HOME, {}, False),
    (PremiumRate(on=False), PREMIUM, {}, False),
    (AfterHours(on=True), ABROAD, {"open": False}, True),
    (AfterHours(on=True), ABROAD, {"open": True}, False),
    (AfterHours(on=True), HOME, {"open": False}, False),
    (AfterHours(on=False), ABROAD, {"open": False}, False),
]


@pytest.mark.parametrize(("rule", "leg", "calls", "broken"), LEG_RULES)
def test_rules_about_legs(
    rule: LegRule, leg: dict[str, Any], calls: dict[str, Any], *, broken: bool
) -> None:
    """A limit may be reached, not passed; 0, `no`, and an empty list turn a rule off."""
    ended = EndedLeg("id", "a" * 32, "leg", AT, **{"seconds": 60, **leg})
    found = rule.breach(ended, AccountCalls(**calls))
    assert (found is not None) is broken
    if found:
        assert found.window == "2026-01-15T09"
        assert found.summary.endswith(" (2026-01-15, 09:00 to 10:00 UTC).")


SPEND_RULES: list[tuple[SpendRule, dict[str, Any], bool]] = [
    (SpendPerHour(20), {"hour": 200_001}, True),
    (SpendPerHour(20), {"hour": 200_000, "day": 10**9}, False),
    (SpendPerHour(0), {"hour": 10**9}, False),
    (SpendPerDay(100), {"day": 1_000_001}, True),
    (SpendPerDay(100), {"day": 1_000_000, "hour": 10**9}, False),
    (SpendPerDay(0), {"day": 10**9}, False),
    # 1 680 000 a week are 10 000 an hour
    (UnusualSpend(10, 5), {"hour": 100_001, "weeks": (1_680_000,) * 4}, True),
    (UnusualSpend(10, 5), {"hour": 100_000, "weeks": (1_680_000,) * 4}, False),
    (UnusualSpend(10, 5), {"hour": 100_001, "weeks": (1_680_000, 0, 0, 0)}, True),
    (UnusualSpend(10, 5), {"hour": 100_001, "weeks": (0, 0, 0, 0)}, False),
    (UnusualSpend(10, 5), {"hour": 50_000, "weeks": (1, 1, 1, 1)}, False),
    (UnusualSpend(10, 5), {"hour": 50_001, "weeks": (1, 1, 1, 1)}, True),
    (UnusualSpend(0, 5), {"hour": 10**9, "weeks": (1, 1, 1, 1)}, False),
]


@pytest.mark.parametrize(("rule", "spend", "broken"), SPEND_RULES)
def test_rules_about_money(rule: SpendRule, spend: dict[str, Any], *, broken: bool) -> None:
    """Limits are in units of the currency, sums in ten-thousandths."""
    charge = Charge("id", "a" * 32, "leg", AT, 1, "USD")
    assert (rule.breach(charge, AccountSpend(**spend)) is not None) is broken


USUAL = [
    ((), None),
    ((0, 0, 0, 0), None),
    ((168, 168, 168, 168), 1.0),
    ((336, 168, 168, 168), 23 / 15),  # eight, four, two and one fifteenth
    ((0, 0, 0, 168), 1 / 15),
    ((336, 168), 5 / 3),
    ((336, 168, 0, 0), 5 / 3),  # before that there was no account
]


@pytest.mark.parametrize(("weeks", "mean"), USUAL)
def test_the_usual_spend(weeks: tuple[int, ...], mean: float | None) -> None:
    """The usual hour is a mean in which each week weighs twice as much as the one before it."""
    found = AccountSpend(weeks=weeks).usual_hour
    assert found == (None if mean is None else pytest.approx(mean))


def test_the_summary_of_a_breach() -> None:
    """A summary has what was compared, and no number of a caller."""
    charge = Charge("id", "a" * 32, "leg", AT, 1, "USD")
    assert SpendPerDay(100).breach(charge, AccountSpend(day=1_234_567)) == Breach(
        "2026-01-15",
        "The account spent 123.46 USD; the limit is 100.00 USD (2026-01-15 UTC).",
        {"spend": 123.46, "limit": 100, "currency": "USD"},
    )
    leg = EndedLeg("id", "a" * 32, "leg", AT, 60, BRITAIN, abroad=True)
    assert CallsPerHour(3).breach(leg, AccountCalls(hour={"calls:GB": 4})) == Breach(
        "2026-01-15T09",
        "There were 4 calls to GB; the limit is 3 (2026-01-15, 09:00 to 10:00 UTC).",
        {"calls": 4, "limit": 3, "country": "GB"},
    )


def test_windows() -> None:
    """Hours, days, and weeks are those of UTC, and weeks begin on Mondays."""
    at = datetime.fromisoformat("2026-01-01T00:30:00+01:00")
    assert (hour_of(at), day_of(at), week_of(at)) == ("2025-12-31T23", "2025-12-31", "2026-W01")
    assert week_of(datetime(2027, 1, 3, tzinfo=UTC)) == "2026-W53"
    assert written("2025-12-31T23") == "2025-12-31, 23:00 to 24:00 UTC"
