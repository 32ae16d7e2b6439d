"""Check ended legs and charges against fraud rules, and raise an alarm for each breach, once.

An alarm is a delivery of its own, `cdr_alarm`, one for each account, rule, and window:

    rule         its name, such as `spend_per_hour`
    window       an hour or a day in UTC: `2026-01-15T09`, `2026-01-15`
    summary      a sentence for people, without names and numbers of callers
    call_id      the leg with which the limit was passed
    and what the rule compares: `spend`, `minutes`, `calls`, `limit`, `country` ...
"""

import json
from datetime import UTC, datetime, timedelta

from accounts import AccountTallies
from destinations import HomeCountries
from legs import Charge, EndedLeg, ended_leg, leg_charge
from pivotkit.core import telemetry
from pivotkit.core.gregorian import to_gregorian
from pivotkit.http.parameters import Value
from pivotkit.store import Item
from pivotkit.store.call_records import CallRecords
from pivotkit.store.records import Delivery, Fact, Record
from rules import Breach, LegRule, SpendRule

HISTORY = timedelta(days=2)
"""Legs that ended longer ago are counted, and raise no alarm."""


class CdrAlarms:
    """Checks deliveries against *rules*; *home* lists the countries that are not abroad: `"US CA"`.

    Raises `ValueError` for an unknown country. Methods raise `StateUnavailable` and
    `TallyBusy`. A repeated delivery counts once.
    """

    def __init__(self, home: str, *rules: LegRule | SpendRule) -> None:
        self._home = HomeCountries.read(home)
        self._leg_rules = [rule for rule in rules if isinstance(rule, LegRule)]
        self._spend_rules = [rule for rule in rules if isinstance(rule, SpendRule)]
        self._accounts = AccountTallies()
        self._records = CallRecords()

    def check(self, delivery: Delivery) -> None:
        """Count the leg or charge in *delivery*, and raise an alarm for each rule that it breaks.

        Habits are remembered after the alarms are stored, so a delivery that fails is checked again
        as a whole.
        """
        if charge := leg_charge(delivery):
            self._check_charge(charge)
        elif leg := ended_leg(delivery, self._home):
            self._check_leg(leg)

    def _check_charge(self, charge: Charge) -> None:
        spend = self._accounts.add_charge(charge)
        for rule in self._spend_rules:
            self._raise(charge, rule.name, rule.breach(charge, spend))

    def _check_leg(self, leg: EndedLeg) -> None:
        amounts = {name: by for rule in self._leg_rules for name, by in rule.counts(leg).items()}
        calls = self._accounts.add_leg(leg, amounts)
        for rule in self._leg_rules:
            self._raise(leg, rule.name, rule.breach(leg, calls))
        self._accounts.remember(leg, calls)

    def _raise(self, cause: EndedLeg | Charge, rule: str, breach: Breach | None) -> None:
        if breach is None or datetime.now(UTC) - cause.at > HISTORY:
            return
        if self._records.keep(alarm(cause, rule, breach)):
            telemetry.count("CdrAlarm", rule=rule)
            telemetry.done("alarm", rule=rule, account_id=cause.account_id, window=breach.window)


def alarm(cause: EndedLeg | Charge, rule: str, breach: Breach) -> Item:
    """Return the delivery that reports *breach*: one for each account, rule, and window."""
    facts: dict[str, Fact] = {
        "rule": rule,
        "window": breach.window,
        "summary": breach.summary,
        "call_id": cause.call_id,
        **breach.facts,
    }
    event: dict[str, Value] = {
        "event_name": "cdr_alarm",
        "account_id": cause.account_id,
        "timestamp": to_gregorian(cause.at),
        **facts,
    }
    return {
        "pk": {"S": f"{cause.account_id}#alarm-{rule}-{breach.window}"},
        "sk": {"S": "cdr_alarm#told"},
        "item": {"S": "delivery"},
        "received_at": {"N": str(int(datetime.now(UTC).timestamp()))},
        "method": {"S": "POST"},
        "content_type": {"S": "application/json"},
        "body": {"S": json.dumps(event, ensure_ascii=False, separators=(",", ":"))},
        "record": {"S": Record("noted", cause.at, facts).as_json()},
    }
