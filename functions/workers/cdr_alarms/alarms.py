"""Toll fraud and runaway calls: CDRs held against rules, and alarms told once.

Sums are those of the window in which a leg ended, whenever it is told of. An alarm is a delivery
of its own, `cdr_alarm`, told once for each account, rule and window:

    rule         its name, such as `spend_per_hour`
    window       an hour or a day in UTC: `2026-01-15T09`, `2026-01-15`
    summary      a sentence, without names and numbers of callers
    call_id      the leg with which the limit was passed
    and what the rule compares: `spend`, `minutes`, `calls`, `limit`, `country` ...
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from destinations import Home
from pivotkit.core import telemetry
from pivotkit.core.gregorian import to_gregorian
from pivotkit.http.parameters import Value
from pivotkit.lookups.holidays import CalendarError
from pivotkit.lookups.hours import HoursError, OfficeHours
from pivotkit.store import Item
from pivotkit.store.call_records import CallRecords
from pivotkit.store.directory import Directory
from pivotkit.store.records import UNNAMED, Delivery, Fact, Record
from pivotkit.workers.rating import rung
from rules import (
    Breach,
    Charge,
    Known,
    Leg,
    LegRule,
    SpendRule,
    Spent,
    day_of,
    hour_of,
    week_of,
)
from tallies import Tallies

OLD = timedelta(days=2)
"""What ended before that is counted, and raises no alarm: it is history."""

WEEKS = 4
"""Weeks of which the usual spend is the mean."""

_ENDED = frozenset({"channel_destroy", "cdr", "cdr_url", "cdr_api"})
_REMEMBERED_SECONDS = 400 * 86_400


def leg_in(delivery: Delivery, home: Home) -> Leg | None:
    """The leg that has ended in *delivery*; `None` for one without an answer, and other news."""
    record = delivery.record
    if record is None or record.at is None or delivery.name not in _ENDED:
        return None
    seconds = record.facts.get("billing_seconds")
    if not isinstance(seconds, int) or seconds <= 0 or _is_internal(delivery):
        return None
    number = rung(record)
    destination = home.destination(number) if number else None
    return Leg(
        id=_identity(delivery, record, number),
        account_id=delivery.account_id,
        call_id=delivery.key.partition("#")[2],
        at=record.at,
        seconds=seconds,
        destination=destination,
        abroad=destination is not None and not home.has(destination),
    )


def charge_in(delivery: Delivery) -> Charge | None:
    """What the leg of *delivery* cost, if it tells that."""
    record = delivery.record
    if record is None or record.at is None or delivery.name != "rating":
        return None
    cost, currency = record.facts.get("cost"), str(record.facts.get("currency") or "")
    if not isinstance(cost, int) or cost <= 0:
        return None
    call_id = delivery.key.partition("#")[2]
    return Charge(delivery.id, delivery.account_id, call_id, record.at, cost, currency)


def _identity(delivery: Delivery, record: Record, number: str) -> str:
    """The same for all who tell of one leg.

    A posted CDR has no call id of a bridged leg. All come from one event of KAZOO's, though, and
    agree about the leg's end, its number and its other leg (`pivot_call.erl`, `cdr_report.erl`).
    """
    own = "" if record.leg == UNNAMED else delivery.key
    other = record.facts.get("other_leg_call_id")
    which = f"{delivery.account_id} {other}" if other else own
    return sha256(f"{which} {record.at} {number}".encode()).hexdigest()[:32]


def _is_internal(delivery: Delivery) -> bool:
    """Whether it is a loopback leg: the one behind it is told of, too."""
    return str(delivery.values.get("is_internal_leg")).lower() == "true"


class CdrAlarms:
    """Holds deliveries against *rules*. *home* is the countries that are not abroad: `"US CA"`.

    Raises `ValueError` for a country that is none. Methods raise `StateUnavailable`, `TallyBusy`,
    and what the SDK raises; a delivery that comes again counts once.
    """

    def __init__(self, home: str, *rules: LegRule | SpendRule) -> None:
        self._home = Home.read(home)
        self._leg_rules = [rule for rule in rules if isinstance(rule, LegRule)]
        self._spend_rules = [rule for rule in rules if isinstance(rule, SpendRule)]
        self._tallies = Tallies()
        self._called = Directory("called_country")
        self._offices = OfficeHours()
        self._records = CallRecords()

    def look_at(self, delivery: Delivery) -> None:
        """Count what *delivery* tells, and tell of each rule that it breaks.

        Nothing is remembered before the alarms are stored: what fails is done again, whole.
        """
        if charge := charge_in(delivery):
            spent = self._spent(charge)
            for spend_rule in self._spend_rules:
                self._tell(charge, spend_rule.name, spend_rule.breach(charge, spent))
        elif leg := leg_in(delivery, self._home):
            known = self._known(leg)
            for rule in self._leg_rules:
                self._tell(leg, rule.name, rule.breach(leg, known))
            self._remember(leg, known)

    def _spent(self, charge: Charge) -> Spent:
        """What the account has spent, this charge with it."""
        windows = (hour_of(charge.at), day_of(charge.at), week_of(charge.at))
        name = f"cost:{charge.currency}"
        amounts = {window: {name: charge.cost} for window in windows}
        self._tallies.add(charge.id, charge.account_id, amounts)
        weeks = [week_of(charge.at - timedelta(weeks=ago)) for ago in range(1, WEEKS + 1)]
        told = self._tallies.of(charge.account_id, [*windows[:2], *weeks])
        hour, day, *before = (sums.get(name, 0) for sums in told)
        return Spent(hour, day, tuple(before))

    def _known(self, leg: Leg) -> Known:
        """What is known of the account, this leg counted."""
        if not leg.destination:
            return Known()
        hour = hour_of(leg.at)
        sums = {"seconds": leg.seconds, f"calls:{leg.country}": 1}
        self._tallies.add(leg.id, leg.account_id, {hour: sums})
        (told,) = self._tallies.of(leg.account_id, [hour])
        habits = self._called.get_each([_first(leg), _country(leg)])
        return Known(
            hour=told,
            since=_time(habits.get(_first(leg))),
            last_call=_time(habits.get(_country(leg))),
            open=not leg.abroad or self._is_open(leg),
        )

    def _is_open(self, leg: Leg) -> bool:
        """Whether the account is at work; hours that cannot be read blind no other rule."""
        try:
            return self._offices.status(leg.account_id, leg.at).open
        except (HoursError, CalendarError):
            telemetry.count("OfficeHoursUnusable")
            return True

    def _remember(self, leg: Leg, known: Known) -> None:
        """Keep the account's first call, and the last day on which it called the country."""
        if not leg.destination:
            return
        at = int(leg.at.timestamp())
        if known.since is None or leg.at < known.since:
            self._called.put(_first(leg), {"at": at})
        if known.last_call is None or leg.at - known.last_call > timedelta(days=1):
            place = _country(leg)
            self._called.put_newest(place, {"at": at}, by="at", seconds=_REMEMBERED_SECONDS)

    def _tell(self, told: Leg | Charge, rule: str, breach: Breach | None) -> None:
        if breach is None or datetime.now(UTC) - told.at > OLD:
            return
        if self._records.keep(alarm(told, rule, breach)):
            telemetry.count("CdrAlarm", rule=rule)
            telemetry.done("alarm", rule=rule, account_id=told.account_id, window=breach.window)


def alarm(told: Leg | Charge, rule: str, breach: Breach) -> Item:
    """The delivery that tells of *breach*: one for each account, rule and window."""
    facts: dict[str, Fact] = {
        "rule": rule,
        "window": breach.window,
        "summary": breach.summary,
        "call_id": told.call_id,
        **breach.facts,
    }
    event: dict[str, Value] = {
        "event_name": "cdr_alarm",
        "account_id": told.account_id,
        "timestamp": to_gregorian(told.at),
        **facts,
    }
    return {
        "pk": {"S": f"{told.account_id}#alarm-{rule}-{breach.window}"},
        "sk": {"S": "cdr_alarm#told"},
        "item": {"S": "delivery"},
        "received_at": {"N": str(int(datetime.now(UTC).timestamp()))},
        "method": {"S": "POST"},
        "content_type": {"S": "application/json"},
        "body": {"S": json.dumps(event, ensure_ascii=False, separators=(",", ":"))},
        "record": {"S": Record("noted", told.at, facts).as_json()},
    }


def _first(leg: Leg) -> str:
    return f"{leg.account_id}#first"


def _country(leg: Leg) -> str:
    return f"{leg.account_id}#{leg.country}"


def _time(entry: Mapping[str, Value] | None) -> datetime | None:
    return datetime.fromtimestamp(int(str(entry["at"])), UTC) if entry else None
