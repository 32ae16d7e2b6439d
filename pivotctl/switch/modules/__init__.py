"""What each callflow module does, by its name in callflow JSON; `cf_<module>.erl` in KAZOO."""

from __future__ import annotations

from collections.abc import Mapping

from pivotctl.switch.modules.branching import BRANCHING
from pivotctl.switch.modules.bridging import BRIDGING
from pivotctl.switch.modules.by_phone import BY_PHONE
from pivotctl.switch.modules.common import Handler
from pivotctl.switch.modules.features import FEATURES
from pivotctl.switch.modules.kazoo5 import KAZOO_5
from pivotctl.switch.modules.prompts import PROMPTS

HANDLERS: Mapping[str, Handler] = {
    **PROMPTS,
    **BRIDGING,
    **BRANCHING,
    **BY_PHONE,
    **FEATURES,
    **KAZOO_5,
}
"""Every module but pivot, those of KAZOO 5 included."""
