"""Caller ID: read, change or hide the caller's name and number."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pivotkit.kazoo.action import Action, build


def check_cid(
    regex: str | None = None,
    *,
    caller_id: Mapping[str, object] | None = None,
    use_absolute_mode: bool | None = None,
    user_id: str | None = None,
) -> Action:
    """Compare the caller's number with *regex*, default `.*` (`cf_check_cid.erl`).

    Branches: `.on("match", ...)` and `.on("nomatch", ...)`; with *use_absolute_mode*, off unless
    set, a number that matches is looked up itself, `.on("+14155550199", ...)`. `>>` where the
    branch is missing. If a branch other than `nomatch` is taken, the caller becomes *user_id* with
    *caller_id*, `{"external": {"name": ..., "number": ...}}`; KAZOO wants all three or none.
    """
    return build("check_cid", locals())


def cidlistmatch(
    id: str,  # noqa: A002
) -> Action:
    """Look the caller's number up in the list *id*: prefixes, then regular expressions.

    Follows `cf_cidlistmatch.erl`. Branches: `.on("match", ...)` and `.on("nomatch", ...)`;
    `>>` where the branch is missing.
    """
    return build("cidlistmatch", locals())


def dynamic_cid(
    action: Literal["list", "lists", "manual", "static"] | None = None,
    *,
    caller_id: Mapping[str, object] | None = None,
    enforce_call_restriction: bool | None = None,
    id: str | None = None,  # noqa: A002
    idx_name: str | None = None,
    interdigit_timeout: int | None = None,
    max_digits: int | None = None,
    media_id: str | None = None,
    min_digits: int | None = None,
    permit_custom_callflow: bool | None = None,
    whitelist_regex: str | None = None,
) -> Action:
    """Set the caller ID from the keypad, from *caller_id* or from a list (`cf_dynamic_cid.erl`).

    *action* is `manual` unless set: after *media_id* the caller enters *min_digits* to *max_digits*
    digits (both 10 unless set) that match *whitelist_regex* (all unless set), with at most
    *interdigit_timeout* milliseconds (default 2000; not seconds, as the schema says) between two.
    `static` takes *caller_id*, `{"name": ..., "number": ...}`. After both the flow goes on with
    `>>`, to whatever dials the number that the callflow's pattern captured.

    `list` and `lists` look the captured number up in the list *id* (`list` with the pattern's group
    *idx_name* as its key) and run the callflow of the number; `>>` runs after it if the caller is
    still there, or if there is no number to call. That has to be a callflow for any number
    (`no_match`) unless *permit_custom_callflow*, default False, and is held against the caller's
    restrictions unless *enforce_call_restriction*, default True, is off. Without a captured number
    both are `manual`.
    """
    return build("dynamic_cid", locals())


def lookupcidname(
    lists: Sequence[str],
) -> Action:
    """Set the caller's name from the first of *lists* that knows the number.

    Follows `cf_lookupcidname.erl`. *lists* are ids of the account's lists; prefixes come before
    regular expressions.
    """
    return build("lookupcidname", locals())


def nomorobo(
    username: str,
    *,
    password: str | None = None,
) -> Action:
    """Ask Nomorobo for a robocall score, 0 to 10 (`cf_nomorobo.erl`).

    Branches: `.on("0", ...)` to `.on("10", ...)`, the greatest that the score reaches; `>>` below
    all of them, or without an answer. Without `>>` the lowest branch takes scores below it, and
    `.on("0", ...)` the calls without an answer. Nomorobo wants *password*, too.
    """
    return build("nomorobo", locals())


def prepend_cid(
    *,
    action: Literal["reset", "prepend"] | None = None,
    apply_to: Literal["original", "current"] | None = None,
    caller_id_name_prefix: str | None = None,
    caller_id_number_prefix: str | None = None,
) -> Action:
    """Put prefixes before the caller's name and number, or take them away (`cf_prepend_cid.erl`).

    *action* is `prepend` unless set, *apply_to* `current`. For those who are rung from then on:
    later Pivot requests still carry the caller's own.
    """
    return build("prepend_cid", locals())


def privacy(
    mode: Literal["full", "name", "number", "yes"] | None = None,
    *,
    endpoint_strategy: Literal["overwrite", "merge"] | None = None,
) -> Action:
    """Hide the caller's name, number or both (`cf_privacy.erl`).

    *mode* is `full` unless set: both, as `yes` is. *endpoint_strategy* is `overwrite` unless set:
    the privacy settings of the caller's phone do not count; with `merge` they do. If the callflow's
    pattern captured a number, KAZOO runs that number's callflow and then `>>` if the caller is
    still there, or ends the call where there is none.
    """
    return build("privacy", locals())


def set_alert_info(
    alert_info: str,
) -> Action:
    """Set the Alert-Info header for the legs that are rung next (`cf_set_alert_info.erl`)."""
    return build("set_alert_info", locals())


def set_cid(
    caller_id_number: str | None = None,
    *,
    caller_id_name: str | None = None,
) -> Action:
    """Set the name and number that those see who are rung from then on (`cf_set_cid.erl`).

    Without one, the caller's own is shown again. Later Pivot requests still carry the caller's own.
    """
    return build("set_cid", locals())
