"""Fetch missed CDRs from KAZOO's CDR API, and confirm the others."""

from collections.abc import Mapping
from datetime import datetime

from pivotkit import scheduled, setting
from pivotkit.services.crossbar import Crossbar, accounts
from reconcile import Reconciler

reconciler = Reconciler(
    Crossbar(),
    accounts("CDR_ACCOUNTS"),
    days=setting("DAYS", 7),
    pages=setting("MOST_PAGES", 200),
)


@scheduled
def handler(at: datetime) -> Mapping[str, int]:
    return reconciler.run(at)
