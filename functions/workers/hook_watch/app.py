"""Watch KAZOO's webhooks: raise an alarm when they fail, and enable them again if allowed."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from pivotkit import AccountSettings, scheduled
from pivotkit.core.secret import Secret
from pivotkit.services.crossbar import Crossbar, accounts
from watch import HookWatch

watch = HookWatch(Crossbar(), accounts("HOOK_ACCOUNTS"))


class Settings(NamedTuple):
    """The rights of the watch."""

    crossbar_api_key: Secret = Secret()
    """API key of an account that is the accounts below or their ancestor"""
    re_enable: bool = False
    """whether to enable a webhook again that KAZOO has disabled"""


@scheduled(settings=Settings)
def handler(at: datetime, settings: AccountSettings[Settings]) -> Mapping[str, int]:
    return watch.run(at, lambda account_id: settings.of(account_id).re_enable)
