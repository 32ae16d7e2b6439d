"""Variables: set them, and branch on them."""

from collections.abc import Mapping
from typing import Literal

from pivotkit.kazoo.action import Action, build


def branch_bnumber(
    *,
    hunt: bool | None = None,
    hunt_allow: str | None = None,
    hunt_deny: str | None = None,
) -> Action:
    """Branch on the number that the callflow's pattern captured, or *hunt* for its callflow.

    Follows `cf_branch_bnumber.erl`. Branches: `.on(captured, ...)`, with a number as KAZOO
    normalises it, e.g. `+14155550199`; `>>` otherwise. With *hunt*, off unless set, KAZOO runs the
    number's own callflow if the number matches *hunt_allow* and not *hunt_deny*, two regular
    expressions, and then `>>` if the caller is still there; `>>` otherwise, and no branches.
    """
    return build("branch_bnumber", locals())


def branch_variable(
    variable: str,
    *,
    scope: Literal["account", "custom_channel_vars", "device", "merged", "user"] | None = None,
) -> Action:
    """Branch on the value of *variable* (`cf_branch_variable.erl`).

    *scope* is `custom_channel_vars` unless set; custom application variables cannot be reached.
    `account`, `user` and `device` look into the document of the account or of the phone that
    calls, `merged` into the phone's settings and then the channel variables. `Call-Priority` and
    `call_priority` are the same.
    Branches: `.on(value, ...)`; `>>` where the value or its branch is missing.
    """
    return build("branch_variable", locals())


def set_variable(
    variable: str,
    value: str,
    *,
    channel: Literal["a", "both"] | None = None,
) -> Action:
    """Set a channel variable that KAZOO knows: `call_priority` or `group_id`.

    Follows `cf_set_variable.erl`. For others see `set_variables`; this one is not sent to Pivot.
    *channel* is `a` unless set.
    """
    return build("set_variable", locals())


def set_variables(
    custom_application_vars: Mapping[str, object], *, export: bool | None = None
) -> Action:
    """Merge variables into the call inside KAZOO; `None` deletes one (`cf_set_variables.erl`).

    They come back as `call.custom_application_vars`, in `req_format: kazoo` only. *export* sets
    them on legs that are bridged later, too.
    """
    return build("set_variables", locals())
