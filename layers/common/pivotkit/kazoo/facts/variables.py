"""Properties and continuations of the modules in `pivotkit.kazoo.variables`."""

from collections.abc import Mapping

from pivotkit.kazoo.facts import ModuleFacts, module
from pivotkit.kazoo.rules import boolean, one_of, text, variables

MODULES: Mapping[str, ModuleFacts] = {
    "branch_bnumber": module(
        {
            "hunt": boolean(),
            "hunt_allow": text(),
            "hunt_deny": text(),
        },
        keys="(?!_$).+",
    ),
    "branch_variable": module(
        {
            "scope": one_of("account", "custom_channel_vars", "device", "merged", "user"),
            "variable": text(1, required=True),
        },
        keys="(?!_$).+",
    ),
    "set_variable": module(
        {
            "channel": one_of("a", "both"),
            "value": text(1, required=True),
            "variable": text(1, required=True),
        }
    ),
    "set_variables": module(
        {
            "custom_application_vars": variables(required=True),
            "export": boolean(),
        }
    ),
}
