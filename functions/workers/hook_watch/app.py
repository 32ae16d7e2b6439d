"""Watch KAZOO's webhooks: raise an alarm when they fail, and enable them again if allowed."""

from collections.abc import Mapping
from datetime import datetime

from pivotkit import choice, scheduled
from pivotkit.services.crossbar import Crossbar, accounts
from watch import HookWatch

RE_ENABLE = choice("RE_ENABLE", "no", "no", "yes")

watch = HookWatch(Crossbar(), accounts("HOOK_ACCOUNTS"), re_enable=RE_ENABLE == "yes")


@scheduled
def handler(at: datetime) -> Mapping[str, int]:
    return watch.run(at)
