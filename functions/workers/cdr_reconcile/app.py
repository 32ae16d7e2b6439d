"""Fetch missed CDRs from KAZOO's CDR API, and confirm the others."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from pivotkit import AccountSettings, scheduled
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Count, Days
from pivotkit.services.crossbar import Crossbar, accounts
from reconcile import Limits, Reconciler

reconciler = Reconciler(Crossbar(), accounts("CDR_ACCOUNTS"))


class Settings(NamedTuple):
    """Limits on what is fetched, and the key to Crossbar."""

    crossbar_api_key: Secret = Secret()
    """API key of an account that is the accounts below or their ancestor"""
    days: Days = Days(7)
    """days that the first run goes back"""
    most_pages: Count = Count(200)
    """pages that a run reads for an account"""


@scheduled(settings=Settings)
def handler(at: datetime, settings: AccountSettings[Settings]) -> Mapping[str, int]:
    def limits(account_id: str) -> Limits:
        own = settings.of(account_id)
        return Limits(days=own.days, pages=own.most_pages)

    return reconciler.run(at, limits)
