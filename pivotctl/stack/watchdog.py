"""Kills the stack's children when the stack is gone; a script with a pipe as its input.

Each line is `+pid` (started) or `-pid` (ended). The end of the input is the end of the stack.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    """Read until the pipe closes, then kill the remaining process groups."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    left: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        (left.add if line.startswith("+") else left.discard)(pid)
    for pid in left:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
