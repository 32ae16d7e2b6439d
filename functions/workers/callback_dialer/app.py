"""Call back callers who kept their place in a callback queue, when an agent can take the call."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from click_to_call import ClickToCall
from dialer import CallbackDialer, Plan
from metaflow import Metaflow
from pivotkit import AccountSettings, scheduled
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Count, Text, UserIds
from pivotkit.core.settings import from_environment
from pivotkit.lookups.callbacks import RetryMinutes
from pivotkit.phone.dialing import dial_policy
from pivotkit.phone.numbers import Country, Destinations
from pivotkit.services.crossbar import Crossbar
from queues import read_queues
from rules import CallbackRules

crossbar = Crossbar()


class Settings(NamedTuple):
    """The way of calling back, and its rules."""

    crossbar_api_key: Secret = Secret()
    """API key of an account that is the accounts of the queues or their ancestor"""
    by: Literal["click_to_call", "metaflow"] = "click_to_call"
    """`click_to_call`, or `metaflow` where Konami Pro runs"""
    agents: UserIds | None = None
    """users whose channels wait for callers, for `metaflow`"""
    most_calls: Count = Count(1)
    """calls that a run places for a queue"""
    most_attempts: Count = Count(3)
    """calls after which a caller is given up"""
    retry_minutes: RetryMinutes = RetryMinutes(15)
    """minutes between two calls"""
    office: Text | None = None
    """key of the `office_hours` entry; callers are then called while it is open"""
    home_country: Country = Country("US")
    """default country for numbers without `+`"""
    allowed_destinations: Destinations = Destinations("US CA")
    """countries and prefixes that may be called"""


queues = read_queues("CLICK_TO_CALL", with_click_to_call=False)


@scheduled(settings=Settings)
def handler(at: datetime, settings: AccountSettings[Settings]) -> Mapping[str, int]:
    return CallbackDialer(queues, lambda queue: plan(settings.of(queue.account_id))).run(at)


@lru_cache(1000)
def plan(settings: Settings) -> Plan:
    home = settings.home_country
    most = settings.most_calls
    rules = CallbackRules(
        dial_policy(home, settings.allowed_destinations),
        attempts=settings.most_attempts,
        retry_minutes=settings.retry_minutes,
        office=settings.office or "",
    )
    if settings.by == "click_to_call":
        return Plan(ClickToCall(crossbar, home=home, most_calls=most), rules)
    agents = settings.agents.each if settings.agents else ()
    return Plan(Metaflow(crossbar, agents, home=home, most_calls=most), rules)


plan(from_environment(Settings))  # a deployment whose plan cannot be made fails at once
