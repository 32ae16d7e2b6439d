"""`--account`: the Account-ID that a command acts for, or the name of a local account."""

import click

from pivotctl.crossbar import ACCOUNTS

ACCOUNT_HELP = (
    "The Account-ID, or the name of a local account: "
    f"{', '.join(f'{name} ({identifier})' for name, identifier in ACCOUNTS.items())}.  [first]"
)


def account_of(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """Return the Account-ID for the value of `--account`, and `None` if it is not given."""
    return value and ACCOUNTS.get(value, value)
