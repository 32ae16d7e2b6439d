"""The current key of an account at a deployed stack, by the stack's options and the key file."""

from __future__ import annotations

from pivotctl.connect.accepted_keys import StackKeys
from pivotctl.deployed import DeployedStack
from pivotctl.keys import KeyFile
from pivotctl.options import OPTIONS, unpacked
from pivotkit.http.keys import ANY_ACCOUNT


def option_values(stack: DeployedStack) -> dict[str, str]:
    """Return the options of a deployed stack that are not hidden. Raises `DeployedError`."""
    parameters = stack.described.get("Parameters", [])
    found = {each["ParameterKey"]: each.get("ParameterValue", "") for each in parameters}
    return unpacked(found.get(OPTIONS, ""))


def current_key(stack: DeployedStack, file: KeyFile, kind: str, account: str = "") -> str | None:
    """Return a key that the stack accepts, of an account or for all, or None if there is none.

    It is of the latest generation that was made here, and of none that has ended.
    """
    first = StackKeys((), option_values(stack)).first(account or ANY_ACCOUNT)
    return file.key(stack.name, kind, account, first)
