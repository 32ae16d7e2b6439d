"""Properties and continuations of the modules in `pivotkit.kazoo.queues`."""

from collections.abc import Mapping

from pivotkit.kazoo.facts import ModuleFacts, module
from pivotkit.kazoo.rules import identifier, integer, one_of, text

MODULES: Mapping[str, ModuleFacts] = {
    "acdc_agent": module(
        {
            "action": one_of("login", "logout", "paused", "resume"),
            "presence_id": text(),
            "presence_state": one_of(
                "early", "confirmed", "terminated", "red_flash", "red_solid", "green"
            ),
            "timeout": integer(0),
        }
    ),
    "acdc_member": module(
        {
            "id": identifier(required=True),
            "priority": integer(),
        },
        then="failure",
    ),
    "acdc_queue": module(
        {
            "action": one_of("login", "logout", required=True),
            "id": identifier(required=True),
        }
    ),
    "acdc_wait_time": module(
        {
            "id": identifier(required=True),
            "window": integer(1),
        },
        keys="[0-9]+",
    ),
    "set": module({}),
}
