"""The fallback where AWS's runtime is not supported: a child Python that imports the handler.

It lacks AWS's runtime loop, error texts, and limits. The stack prints a notice when it is used.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pivotctl.stack.gateway import Returned
from pivotctl.stack.processes import signal_group
from pivotctl.stack.runtime import StillRunningError, failure, is_error, timed_out

if TYPE_CHECKING:
    from pivotctl.project import Tools
    from pivotctl.stack.environment import LambdaEnvironment
    from pivotctl.stack.processes import Processes
    from pivotctl.stack.runtime import Log

_CHILD = Path(__file__).with_name("child.py")


@dataclass
class SubprocessSandbox:
    """A Python process that imports the handler, and runs it for each line it reads."""

    tools: Tools
    environment: LambdaEnvironment
    processes: Processes
    log: Log
    _process: subprocess.Popen[bytes] | None = field(init=False, default=None)
    _results: int = field(init=False, default=-1)
    _deadline: float = field(init=False, default=0.0)

    def _start(self) -> subprocess.Popen[bytes]:
        read, write = os.pipe()
        handler = self.environment.function.handler
        options = self.environment.python_options
        try:
            with self.log.opened() as output:
                process = self.processes.start(
                    [self.tools.python, "-S", *options, _CHILD, handler, str(write)],
                    env=self.environment.build(),
                    cwd=self.environment.code.task,
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=output,
                    pass_fds=(write,),
                )
        finally:
            os.close(write)
        self._results = read
        return process

    @property
    def usable(self) -> bool:
        """Always true: a process that has ended is started again."""
        return True

    def invoke(self, payload: bytes, timeout: float) -> Returned:
        """Run the handler once, for at most the function's own timeout."""
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self._process = self._start()
        self._deadline = time.monotonic() + self.environment.function.timeout
        stdin = self._process.stdin
        if stdin is not None:
            # The child reads one event a line, so the JSON must not contain line breaks.
            stdin.write(json.dumps(json.loads(payload)).encode() + b"\n")
            stdin.flush()
        return self._await(time.monotonic() + timeout)

    def finish(self) -> None:
        """Wait for an abandoned invocation, up to the function's own timeout."""
        self._await(self._deadline)

    def _await(self, until: float) -> Returned:
        received = bytearray()
        while not received.endswith(b"\n"):
            wait = min(until, self._deadline) - time.monotonic()
            if not _readable(self._results, max(0.0, wait)):
                return self._late(until)
            chunk = os.read(self._results, 1 << 16)
            if not chunk:
                self.stop()
                return failure("Runtime.ExitError", "Runtime exited without providing a reason")
            received += chunk
        return Returned(bytes(received), is_error(bytes(received)))

    def _late(self, until: float) -> Returned:
        if until < self._deadline:
            raise StillRunningError
        self.stop()
        seconds = self.environment.function.timeout
        return timed_out(f"Task timed out after {seconds:.2f} seconds")

    def kill(self) -> bool:
        """Kill the process; the next invocation starts another."""
        process = self._process
        if process is None or process.poll() is not None:
            return False
        signal_group(process.pid, signal.SIGKILL)
        return True

    def stop(self) -> None:
        """End the process."""
        if self._process is None:
            return
        self.processes.stop(self._process, grace=0.2)
        if self._process.stdin is not None:
            self._process.stdin.close()
        os.close(self._results)
        self._process = None


def _readable(descriptor: int, seconds: float) -> bool:
    """Whether data, or the end, arrives in time. select() would refuse descriptors above 1023."""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(seconds))
