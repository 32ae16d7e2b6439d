"""Caller ID: read, change, or hide the caller's name and number."""

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

    Branches: `.on("match", ...)` and `.on("nomatch", ...)`. With *use_absolute_mode*, off by
    default, the branch of a matching number is the number itself, `.on("+14155550199", ...)`. `>>`
    runs if the branch is missing. If a branch other than `nomatch` is taken, the caller becomes
    *user_id* with *caller_id*, `{"external": {"name": ..., "number": ...}}`; give KAZOO name,
    number, and *user_id*, or none of them.
    """
    return build("check_cid", locals())


def cidlistmatch(
    id: str,  # noqa: A002
) -> Action:
    """Look up the caller's number in the list *id*: prefixes first, then regular expressions.

    Follows `cf_cidlistmatch.erl`. Branches: `.on("match", ...)` and `.on("nomatch", ...)`;
    `>>` runs if the branch is missing.
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
    """Set the caller ID from the keypad, from *caller_id*, or from a list (`cf_dynamic_cid.erl`).

    *action* defaults to `manual`: after *media_id* the caller enters *min_digits* to *max_digits*
    digits (both default to 10) that match *whitelist_regex* (by default all), with at most
    *interdigit_timeout* milliseconds (default 2000; not seconds, as the schema says) between two.
    `static` uses *caller_id*, `{"name": ..., "number": ...}`. After either, the flow continues with
    `>>`, which should dial the number that the callflow's pattern captured.

    `list` and `lists` look up the captured number in the list *id* (`list` uses the pattern's group
    *idx_name* as the key) and run the callflow of the number; `>>` runs after it if the caller is
    still on the line, or if there is no number to call. It must be a callflow for any number
    (`no_match`) unless *permit_custom_callflow*, default False, is on, and is subject to the
    caller's restrictions unless *enforce_call_restriction*, default True, is off. Without a
    captured number both act like `manual`.
    """
    return build("dynamic_cid", locals())


def lookupcidname(
    lists: Sequence[str],
) -> Action:
    """Set the caller's name from the first of *lists* that knows the number.

    Follows `cf_lookupcidname.erl`. *lists* are IDs of the account's lists; prefixes are tried
    before regular expressions.
    """
    return build("lookupcidname", locals())


def nomorobo(
    username: str,
    *,
    password: str | None = None,
) -> Action:
    """Ask Nomorobo for a robocall score, 0 to 10 (`cf_nomorobo.erl`).

    Branches: `.on("0", ...)` to `.on("10", ...)`; KAZOO takes the highest one that the score
    reaches, and `>>` if the score is below all of them or Nomorobo does not answer. Without `>>`,
    the lowest branch takes lower scores, and `.on("0", ...)` takes calls without a score. Nomorobo
    also requires *password*.
    """
    return build("nomorobo", locals())


def prepend_cid(
    *,
    action: Literal["reset", "prepend"] | None = None,
    apply_to: Literal["original", "current"] | None = None,
    caller_id_name_prefix: str | None = None,
    caller_id_number_prefix: str | None = None,
) -> Action:
    """Add prefixes to the caller's name and number, or remove them (`cf_prepend_cid.erl`).

    *action* defaults to `prepend`, *apply_to* to `current`. The phones that ring afterwards show
    the prefixes; later Pivot requests still carry the original name and number.
    """
    return build("prepend_cid", locals())


def privacy(
    mode: Literal["full", "name", "number", "yes"] | None = None,
    *,
    endpoint_strategy: Literal["overwrite", "merge"] | None = None,
) -> Action:
    """Hide the caller's name, number, or both (`cf_privacy.erl`).

    *mode* defaults to `full`, which means both, as does `yes`. *endpoint_strategy* defaults to
    `overwrite`, which ignores the privacy settings of the caller's phone; `merge` respects them. If
    the callflow's pattern captured a number, KAZOO runs that number's callflow, then `>>` if the
    caller is still on the line; if the number has no callflow, it ends the call.
    """
    return build("privacy", locals())


def set_alert_info(
    alert_info: str,
) -> Action:
    """Set the Alert-Info header of the legs that ring next (`cf_set_alert_info.erl`)."""
    return build("set_alert_info", locals())


def set_cid(
    caller_id_number: str | None = None,
    *,
    caller_id_name: str | None = None,
) -> Action:
    """Set the caller ID that phones ringing from now on show (`cf_set_cid.erl`).

    If name or number is omitted, the caller's own is shown again. Later Pivot requests still carry
    the caller's own.
    """
    return build("set_cid", locals())
