"""Properties and continuations of the modules in `pivotkit.kazoo.caller_id`."""

from collections.abc import Mapping

from pivotkit.kazoo.facts import ModuleFacts, module
from pivotkit.kazoo.rules import boolean, fields, identifier, integer, list_of, one_of, text

_NAME_AND_NUMBER = fields({"name": text(), "number": text()})


def _prepend(data: Mapping[str, object]) -> str | None:
    named = "caller_id_name_prefix" in data or "caller_id_number_prefix" in data
    return "reset takes no prefix" if named and data.get("action") == "reset" else None


def _dynamic_cid(data: Mapping[str, object]) -> str | None:
    if data.get("action") == "static" and not data.get("caller_id"):
        return "static needs caller_id"
    if data.get("action") in ("list", "lists") and "id" not in data:
        return "list and lists need id"
    return None


def _check_cid(data: Mapping[str, object]) -> str | None:
    caller_id = data.get("caller_id")
    external = caller_id.get("external") if isinstance(caller_id, Mapping) else None
    named = isinstance(external, Mapping) and external.get("name") and external.get("number")
    if bool(named) == ("user_id" in data) == ("caller_id" in data):  # all or none
        return None
    return "caller_id (with name and number) and user_id must be given together"


def _check_cid_keys(data: Mapping[str, object]) -> str:
    return "(?!_$|match$).+" if data.get("use_absolute_mode") else "match|nomatch"


MODULES: Mapping[str, ModuleFacts] = {
    "check_cid": module(
        {
            "caller_id": fields({"external": _NAME_AND_NUMBER}),
            "regex": text(),
            "use_absolute_mode": boolean(),
            "user_id": identifier(),
        },
        keys=_check_cid_keys,
        together=_check_cid,
    ),
    "cidlistmatch": module(
        {
            "id": identifier(required=True),
        },
        keys="match|nomatch",
    ),
    "dynamic_cid": module(
        {
            "action": one_of("list", "lists", "manual", "static"),
            "caller_id": _NAME_AND_NUMBER,
            "enforce_call_restriction": boolean(),
            "id": identifier(),
            "idx_name": text(),
            "interdigit_timeout": integer(1),
            "max_digits": integer(1),
            "media_id": text(1),
            "min_digits": integer(1),
            "permit_custom_callflow": boolean(),
            "whitelist_regex": text(),
        },
        together=_dynamic_cid,
    ),
    "lookupcidname": module(
        {
            "lists": list_of(text(1), required=True),
        }
    ),
    "nomorobo": module(
        {
            "password": text(1, 1000),
            "username": text(1, 1000, required=True),
        },
        keys="[0-9]|10",
    ),
    "prepend_cid": module(
        {
            "action": one_of("reset", "prepend"),
            "apply_to": one_of("original", "current"),
            "caller_id_name_prefix": text(),
            "caller_id_number_prefix": text(),
        },
        together=_prepend,
    ),
    "privacy": module(
        {
            "endpoint_strategy": one_of("overwrite", "merge"),
            "mode": one_of("full", "name", "number", "yes"),
        }
    ),
    "set_alert_info": module(
        {
            "alert_info": text(1, required=True),
        }
    ),
    "set_cid": module(
        {
            "caller_id_name": text(),
            "caller_id_number": text(),
        }
    ),
}
