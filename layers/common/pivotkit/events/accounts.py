"""The account of an event: the one that was authenticated, whatever else its values claim.

An account's ID may occur in many places and spellings: beside an envelope, in the fields of
`custom_data`, in nested objects, as `Account-ID` or `account_id`. Only one of them is checked
when the delivery arrives, so behind it only that one may remain.
"""

from collections.abc import Mapping

from pivotkit.http.parameters import Value

FIELD = "account_id"
_SPELLED = "accountid"


def bound(values: Mapping[str, Value], account: str) -> dict[str, Value]:
    """Return *values* as those of *account*, '' for none, in their order.

    `account_id` becomes *account*, and any member that names another account is left out, at any
    depth.
    """
    kept = _without_others(values, account)
    return {FIELD: account, **kept} if account and FIELD not in kept else kept


def _without_others(values: Mapping[str, Value], account: str) -> dict[str, Value]:
    return {
        name: _inside(value, account)
        for name, value in values.items()
        if value == account or not _is_account_id(name)
    }


def _inside(value: Value, account: str) -> Value:
    if isinstance(value, dict):
        return _without_others(value, account)
    if isinstance(value, list):
        return [_inside(item, account) for item in value]
    return value


def _is_account_id(name: str) -> bool:
    """Tell whether *name* is a spelling of `account_id`: `Account-ID`, `[account_id]` ..."""
    parts = name.lower().split("[")
    return any("".join(filter(str.isalnum, part)) == _SPELLED for part in parts)
