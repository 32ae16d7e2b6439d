"""Handlers by the module's name in callflow JSON; each follows `cf_<module>.erl`."""

from __future__ import annotations

from collections.abc import Mapping

from pivotctl.switch.player.callflow.branching import BRANCHING
from pivotctl.switch.player.callflow.bridging import BRIDGING
from pivotctl.switch.player.callflow.call_features import FEATURES
from pivotctl.switch.player.callflow.handler import ModuleHandler
from pivotctl.switch.player.callflow.kazoo5_modules import KAZOO_5
from pivotctl.switch.player.callflow.phone_features import BY_PHONE
from pivotctl.switch.player.callflow.prompts import PROMPTS

HANDLERS: Mapping[str, ModuleHandler] = {
    **PROMPTS,
    **BRIDGING,
    **BRANCHING,
    **BY_PHONE,
    **FEATURES,
    **KAZOO_5,
}
"""The handler of every module except pivot, including those of KAZOO 5."""
