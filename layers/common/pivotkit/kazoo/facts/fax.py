"""Properties and continuations of the modules in `pivotkit.kazoo.fax`."""

from collections.abc import Mapping

from pivotkit.kazoo.facts import ModuleFacts, module
from pivotkit.kazoo.rules import boolean_or, fields, identifier, integer, one_of

_FAX_MEDIA = fields({"fax_option": boolean_or(one_of("auto", "true", "false"))})

MODULES: Mapping[str, ModuleFacts] = {
    "fax_detect": module(
        {
            "duration": integer(1),
        },
        keys="ON_FAX|ON_VOICE",
    ),
    "faxbox": module(
        {
            "faxbox_id": identifier(),
            "id": identifier(),
            "media": _FAX_MEDIA,
        },
        then="never",
    ),
    "receive_fax": module(
        {
            "media": _FAX_MEDIA,
            "owner_id": identifier(),
        },
        then="never",
    ),
}
