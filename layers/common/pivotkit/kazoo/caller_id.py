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

    Branches: `.on("match", ...)` and `.on("nomatch", ...)`; with *use_absolute_mode* the number
    itself, `.on("+14155550199", ...)`. `>>` where the branch is missing. *caller_id* (an
    `external` name and number) and *user_id* only count together.
    """
    return build(
        "check_cid",
        regex=regex,
        caller_id=caller_id,
        use_absolute_mode=use_absolute_mode,
        user_id=user_id,
    )


def cidlistmatch(
    id: str,  # noqa: A002
) -> Action:
    """Look the caller's number up in the list *id* (`cf_cidlistmatch.erl`).

    Branches: `.on("match", ...)` and `.on("nomatch", ...)`; `>>` where the branch is missing.
    """
    return build(
        "cidlistmatch",
        id=id,
    )


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
    """Set the caller ID from the keypad, a list or *caller_id*, then dial the captured number.

    Follows `cf_dynamic_cid.erl`. *action* `static` needs *caller_id*, `list` and `lists` need
    *id*. *interdigit_timeout* is milliseconds, *media_id* the account's media. The flow ends here.
    """
    return build(
        "dynamic_cid",
        action=action,
        caller_id=caller_id,
        enforce_call_restriction=enforce_call_restriction,
        id=id,
        idx_name=idx_name,
        interdigit_timeout=interdigit_timeout,
        max_digits=max_digits,
        media_id=media_id,
        min_digits=min_digits,
        permit_custom_callflow=permit_custom_callflow,
        whitelist_regex=whitelist_regex,
    )


def lookupcidname(
    lists: Sequence[str],
) -> Action:
    """Set the caller's name from *lists* of the account (`cf_lookupcidname.erl`)."""
    return build(
        "lookupcidname",
        lists=lists,
    )


def nomorobo(
    username: str,
    *,
    password: str | None = None,
) -> Action:
    """Ask Nomorobo for a robocall score (`cf_nomorobo.erl`).

    Branches: `.on("0", ...)` to `.on("10", ...)`; `>>` without an answer or such a branch.
    """
    return build(
        "nomorobo",
        username=username,
        password=password,
    )


def prepend_cid(
    *,
    action: Literal["reset", "prepend"] | None = None,
    apply_to: Literal["original", "current"] | None = None,
    caller_id_name_prefix: str | None = None,
    caller_id_number_prefix: str | None = None,
) -> Action:
    """Put prefixes before the caller's name and number, or take them away (`cf_prepend_cid.erl`).

    *action* is `prepend` unless set, *apply_to* `current`. Later Pivot requests carry the result.
    """
    return build(
        "prepend_cid",
        action=action,
        apply_to=apply_to,
        caller_id_name_prefix=caller_id_name_prefix,
        caller_id_number_prefix=caller_id_number_prefix,
    )


def privacy(
    mode: Literal["full", "name", "number", "yes"] | None = None,
    *,
    endpoint_strategy: Literal["overwrite", "merge"] | None = None,
) -> Action:
    """Hide the caller's name, number or both, `full` unless set (`cf_privacy.erl`).

    With a capture group KAZOO runs that number's callflow; `>>` leads on without one.
    """
    return build(
        "privacy",
        mode=mode,
        endpoint_strategy=endpoint_strategy,
    )


def set_alert_info(
    alert_info: str,
) -> Action:
    """Set the Alert-Info header for the legs that are rung next (`cf_set_alert_info.erl`)."""
    return build(
        "set_alert_info",
        alert_info=alert_info,
    )


def set_cid(
    caller_id_number: str | None = None,
    *,
    caller_id_name: str | None = None,
) -> Action:
    """Set the caller's name and number (`cf_set_cid.erl`); later Pivot requests carry them."""
    return build(
        "set_cid",
        caller_id_number=caller_id_number,
        caller_id_name=caller_id_name,
    )
