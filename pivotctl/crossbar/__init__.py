"""The local Crossbar: as much of KAZOO's REST API as workers and `pivotctl` use, in memory.

Follows KAZOO master's `applications/crossbar`. `LocalCrossbar.handle` turns a request into an
answer; `pivotctl.upstreams` serves it, and can make it slow, wrong, or dead. Its data comes from
the switch: calls that were played, and webhooks that were fired.
"""

from pivotctl.crossbar.accounts import (
    ACCOUNT_ID,
    ACCOUNTS,
    API_KEY,
    SECOND_ACCOUNT_ID,
)
from pivotctl.crossbar.app import LocalCrossbar
from pivotctl.crossbar.envelope import CrossbarAnswer, CrossbarRefusal, CrossbarRequest
from pivotctl.crossbar.hooks import HookDocument
from pivotctl.crossbar.users import CREDENTIALS

__all__ = [
    "ACCOUNTS",
    "ACCOUNT_ID",
    "API_KEY",
    "CREDENTIALS",
    "SECOND_ACCOUNT_ID",
    "CrossbarAnswer",
    "CrossbarRefusal",
    "CrossbarRequest",
    "HookDocument",
    "LocalCrossbar",
]
