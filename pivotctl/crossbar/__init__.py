"""The local Crossbar: as much of KAZOO's REST API as workers use, in memory.

Follows KAZOO master's `applications/crossbar`. `Crossbar.handle` takes a request and gives an
answer; `pivotctl.upstreams` puts it on a socket and lets it be slow, wrong, down or dead. What it
knows, the switch has told it: calls that were played, hooks that were fired.
"""

from pivotctl.crossbar.accounts import ACCOUNT_ID, API_KEY, CREDENTIALS
from pivotctl.crossbar.app import Crossbar
from pivotctl.crossbar.envelope import Answer, Refused, Request
from pivotctl.crossbar.hooks import HookDocument

__all__ = [
    "ACCOUNT_ID",
    "API_KEY",
    "CREDENTIALS",
    "Answer",
    "Crossbar",
    "HookDocument",
    "Refused",
    "Request",
]
