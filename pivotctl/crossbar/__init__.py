"""The local Crossbar: as much of KAZOO's REST API as workers use, in memory.

Follows KAZOO master's `applications/crossbar`. `Crossbar.handle` takes a request and gives an
answer; `pivotctl.upstreams` puts it on a socket and lets it be slow, wrong, down or dead. What it
knows, the switch has told it: calls that were played, hooks that were fired.
"""

from pivotctl.crossbar.accounts import ACCOUNT_ID, API_KEY, CREDENTIALS
from pivotctl.crossbar.app import LocalCrossbar
from pivotctl.crossbar.envelope import CrossbarAnswer, CrossbarRefusal, CrossbarRequest
from pivotctl.crossbar.hooks import HookDocument

__all__ = [
    "ACCOUNT_ID",
    "API_KEY",
    "CREDENTIALS",
    "CrossbarAnswer",
    "CrossbarRefusal",
    "CrossbarRequest",
    "HookDocument",
    "LocalCrossbar",
]
