"""Properties and continuations of the modules in `pivotkit.kazoo.toggles`."""

from collections.abc import Mapping

from pivotkit.kazoo.facts import ModuleFacts, module
from pivotkit.kazoo.rules import identifier, one_of

MODULES: Mapping[str, ModuleFacts] = {
    "call_forward": module(
        {
            "action": one_of("activate", "deactivate", "update", "toggle", "menu", required=True),
        }
    ),
    "call_waiting": module(
        {
            "action": one_of("activate", "deactivate", "toggle"),
            "scope": one_of("device", "user"),
        }
    ),
    "do_not_disturb": module(
        {
            "action": one_of("activate", "deactivate", "toggle", required=True),
            "id": identifier(),
        }
    ),
    "ring_group_toggle": module(
        {
            "action": one_of("login", "logout", required=True),
            "callflow_id": identifier(required=True),
        }
    ),
}
