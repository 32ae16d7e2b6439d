"""Variables: set them and branch on them."""

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

    Follows `cf_branch_bnumber.erl`. Branches: `.on(captured, ...)`, with the number as KAZOO
    normalizes it, such as `+14155550199`; otherwise `>>`. With *hunt*, off by default, there are no
    branches: if the number matches the regular expression *hunt_allow* and not *hunt_deny*, KAZOO
    runs its own callflow, then `>>` if the caller is still on the line; otherwise only `>>`.
    """
    return build("branch_bnumber", locals())


def branch_variable(
    variable: str,
    *,
    scope: Literal["account", "custom_channel_vars", "device", "merged", "user"] | None = None,
) -> Action:
    """Branch on the value of *variable* (`cf_branch_variable.erl`).

    *scope* defaults to `custom_channel_vars`; custom application variables cannot be read.
    `account`, `user`, and `device` read the document of the account or of the calling phone;
    `merged` reads the phone's settings, then the channel variables. `Call-Priority` and
    `call_priority` are the same. Branches: `.on(value, ...)`; `>>` runs if the value or its branch
    is missing.
    """
    return build("branch_variable", locals())


def set_variable(
    variable: str,
    value: str,
    *,
    channel: Literal["a", "both"] | None = None,
) -> Action:
    """Set a channel variable that KAZOO knows: `call_priority` or `group_id`.

    Follows `cf_set_variable.erl`. It is not sent to Pivot; see `set_variables` for other variables.
    *channel* defaults to `a`.
    """
    return build("set_variable", locals())


def set_variables(
    custom_application_vars: Mapping[str, object], *, export: bool | None = None
) -> Action:
    """Merge variables into the call inside KAZOO; `None` deletes one (`cf_set_variables.erl`).

    They come back as `call.custom_application_vars`, but only with `req_format: kazoo`. *export*
    also sets them on legs that are bridged later.
    """
    return build("set_variables", locals())
