"""Child processes that never outlive the stack, however it ends.

A watchdog process reads from a pipe which children are alive. When the pipe closes, because the
stack has stopped or was killed, it kills the remaining ones. (The kernel's parent-death signal is
no option: it fires when the *thread* that started the child ends.)
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_WATCHDOG = Path(__file__).with_name("watchdog.py")
_GRACE_SECONDS = 3.0

type Output = int | IO[bytes] | None


class ClosedError(RuntimeError):
    """The stack is stopping, and starts no more processes."""


class Processes:
    """Starts child processes, each in a session of its own, and ends them all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._closed = False
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_WATCHDOG)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        stdin: Output = subprocess.DEVNULL,
        stdout: Output = subprocess.DEVNULL,
        stderr: Output = subprocess.DEVNULL,
        pass_fds: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """Start `argv` with exactly the environment `env`."""
        with self._lock:
            if self._closed:
                raise ClosedError
            child = subprocess.Popen(
                [str(part) for part in argv],
                env=dict(env),
                cwd=cwd,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=tuple(pass_fds),
                start_new_session=True,
            )
            self._children[child.pid] = child
            self._notify(f"+{child.pid}")
        return child

    def stop(self, child: subprocess.Popen[bytes], *, grace: float = _GRACE_SECONDS) -> None:
        """End one child with SIGTERM, or SIGKILL if it is still running after `grace` seconds."""
        self.stop_all([child], grace=grace)

    def stop_all(
        self, children: Sequence[subprocess.Popen[bytes]] | None = None, *, grace: float = 3.0
    ) -> None:
        """End the given children, by default all, at once."""
        with self._lock:
            doomed = list(self._children.values()) if children is None else list(children)
        for child in doomed:
            signal_group(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + grace
        for child in doomed:
            self._reap(child, deadline)

    def _reap(self, child: subprocess.Popen[bytes], deadline: float) -> None:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            signal_group(child.pid, signal.SIGKILL)
            child.wait()
        with self._lock:
            if self._children.pop(child.pid, None) is not None:
                self._notify(f"-{child.pid}")

    def _notify(self, line: str) -> None:
        pipe = self._watchdog.stdin
        if pipe is not None and not pipe.closed:
            with contextlib.suppress(BrokenPipeError):
                pipe.write(f"{line}\n".encode())
                pipe.flush()

    def close(self) -> None:
        """End all children and the watchdog; no process starts after that."""
        with self._lock:
            self._closed = True
        self.stop_all()
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
        self._watchdog.wait()


def signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to the process group that `pid` leads, if it still exists."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def kill_children(pid: int) -> bool:
    """Kill the processes that `pid` has started; return whether there were any. Linux only."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for each in lists for child in each.read_text().split()]
    for child in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    return bool(found)


def alive(pid: int) -> bool:
    """Whether a process with this ID exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
