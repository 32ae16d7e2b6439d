"""Lambda's quota of concurrent executions in an account and region."""

from pivotctl.deployed import DeployedError, DeployedStack, explained

USUAL = 1000
"""The quota of most accounts, for which the default options are made."""

LOW = 100
"""Executions below which calls and workers get in each other's way."""


def concurrency(stack: DeployedStack) -> int | None:
    """Return the quota, or None if these credentials may not read it."""
    try:
        client = stack.client("lambda")
        with explained(stack):
            limits = client.get_account_settings()["AccountLimit"]
    except (DeployedError, KeyError):
        return None
    return int(limits["ConcurrentExecutions"])
