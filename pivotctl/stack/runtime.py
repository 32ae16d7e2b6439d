"""Runs functions in AWS's own runtime, the runtime interface emulator and client, without Docker.

One emulator process is one execution environment. It handles one invocation at a time, and a
second one at the same time kills it, so a pool lends each environment to one request.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pivotctl.stack.gateway import Returned
from pivotctl.stack.ports import HOST, accepts, free_port
from pivotctl.stack.processes import kill_children

if TYPE_CHECKING:
    import subprocess

    from pivotctl.project import Tools
    from pivotctl.stack.environment import LambdaEnvironment
    from pivotctl.stack.processes import Processes

_INVOKE = "/2015-03-31/functions/function/invocations"
_TIMED_OUT = b"Task timed out after "
_ENDED = "Runtime.ExitError"
_START_SECONDS = 5.0
_START_TRIES = 3
_OK = 200
_STDERR = 2
# Time within which the emulator passes a request to the handler.
_HANDED_OVER_SECONDS = 0.001
# Time beyond a function's own timeout, for the emulator's reset.
_DRAIN_SECONDS = 30.0

PAYLOAD_LIMIT = 6_291_556  # bytes of the payload of a synchronous invocation, in each direction


class RuntimeFailedError(Exception):
    """The Lambda runtime cannot run; the text says what to do."""


class StillRunningError(Exception):
    """The function has not answered in time; it continues to run."""


class BusyError(Exception):
    """Every environment of the function stayed busy for the whole timeout."""


class Sandbox(Protocol):
    """One execution environment: a process that runs one invocation at a time."""

    def invoke(self, payload: bytes, timeout: float) -> Returned:
        """Run the handler. Raises `StillRunningError` after `timeout` seconds."""

    def finish(self) -> None:
        """Wait for the end of an abandoned invocation."""

    @property
    def usable(self) -> bool:
        """Whether the process can take another invocation."""

    def kill(self) -> bool:
        """Kill the handler's process; return whether there was one."""

    def stop(self) -> None:
        """End the process."""


def supported() -> bool:
    """Whether the emulator supports this system; it is published for Linux only."""
    return sys.platform == "linux"


def check(tools: Tools) -> None:
    """Raise `RuntimeFailedError` if a part of the runtime is missing."""
    parts = {"the runtime interface emulator": tools.rie, "Lambda's packages": tools.runtime}
    for what, path in parts.items():
        if not path.exists():
            raise RuntimeFailedError(f"{path} ({what}) is missing: run `make setup`")


@dataclass
class RieSandbox:
    """An emulator process that runs the function."""

    tools: Tools
    environment: LambdaEnvironment
    processes: Processes
    log: Log
    _process: subprocess.Popen[bytes] = field(init=False)
    _connection: http.client.HTTPConnection = field(init=False)
    _broken: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        for _ in range(_START_TRIES):
            port = self._start()
            if self._listening(port):
                self._connection = http.client.HTTPConnection(HOST, port)
                return
            self.processes.stop(self._process)
        raise RuntimeFailedError(
            f"{self.tools.rie} does not start: see the log of {self.environment.function.name}"
        )

    def _start(self) -> int:
        port, runtime_port = free_port(), free_port()
        command: list[str | Path] = [
            self.tools.rie,
            *("--log-level", "error"),
            *("--runtime-interface-emulator-address", f"{HOST}:{port}"),
            *("--runtime-api-address", f"{HOST}:{runtime_port}"),
            # -S: Lambda does not have this interpreter's site-packages.
            *(self.tools.python, "-S"),
            *(*self.environment.python_options, "-m", "awslambdaric"),
            self.environment.function.handler,
        ]
        with self.log.opened() as output:
            self._process = self.processes.start(
                command,
                env=self.environment.build(),
                cwd=self.environment.code.task,
                stdout=output,
                stderr=output,
            )
        return port

    def _listening(self, port: int) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if accepts(port):
                return self._process.poll() is None
            time.sleep(0.003)
        return False

    @property
    def pid(self) -> int:
        """The emulator's process, which starts the function's at the first invocation."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether the emulator is running and its connection is in sync."""
        return not self._broken and self._process.poll() is None

    def invoke(self, payload: bytes, timeout: float) -> Returned:
        """Run the handler once; a crash of the runtime is a failed invocation."""
        try:
            self._connection.timeout = timeout
            if self._connection.sock is not None:
                self._connection.sock.settimeout(timeout)
            self._connection.request("POST", _INVOKE, payload, {"content-type": "application/json"})
            return self._response()
        except TimeoutError as error:
            raise StillRunningError from error
        except (OSError, http.client.HTTPException) as error:
            self._broken = True
            return failure(_ENDED, f"the runtime ended: {error!r}")

    def finish(self) -> None:
        """Read the answer of an abandoned invocation, which frees the environment."""
        try:
            if self._connection.sock is not None:
                self._connection.sock.settimeout(self.environment.function.timeout + _DRAIN_SECONDS)
            self._response()
        except (OSError, http.client.HTTPException):
            self._broken = True

    def _response(self) -> Returned:
        response = self._connection.getresponse()
        body = response.read()
        if body.startswith(_TIMED_OUT):
            return timed_out(body.decode())
        if response.status != _OK and not is_error(body):
            return failure(_ENDED, "the process ended before its answer was complete")
        return Returned(body, is_error(body))

    def kill(self) -> bool:
        """Kill the function's process; the emulator starts another for the next invocation."""
        return kill_children(self._process.pid)

    def stop(self) -> None:
        """End the emulator, and with it the function."""
        self._connection.close()
        self.processes.stop(self._process)


def is_error(body: bytes) -> bool:
    """Whether this is an error rather than a result; the emulator sends no header for it."""
    if b'"errorMessage"' not in body or b'"errorType"' not in body:
        return False
    with contextlib.suppress(ValueError):
        value = json.loads(body)
        return isinstance(value, dict) and {"errorMessage", "errorType"} <= value.keys()
    return True


def error_type(returned: Returned) -> str:
    """Return the error's name in the result of a failed invocation."""
    try:
        return str(json.loads(returned.payload)["errorType"])
    except (ValueError, KeyError, TypeError):
        return "unknown"


def timed_out(text: str) -> Returned:
    """Return a timeout as Lambda reports it; the emulator sends only the text."""
    return failure("Sandbox.Timedout", text)


def failure(kind: str, text: str) -> Returned:
    """Return a failure of the runtime itself, as Lambda reports it."""
    return Returned(json.dumps({"errorType": kind, "errorMessage": text}).encode(), failed=True)


@dataclass
class _Loan:
    """The loan of an environment to one request, with its start and result.

    `killed`: its process was killed meanwhile.
    """

    sandbox: Sandbox
    since: float = field(default_factory=time.monotonic)
    returned: Returned | None = None
    killed: bool = False

    @property
    def at_work(self) -> bool:
        """Whether the handler already has the request."""
        return time.monotonic() - self.since > _HANDED_OVER_SECONDS

    @property
    def ended(self) -> bool:
        """Whether the request failed because its process ended."""
        return self.returned is not None and _ENDED.encode() in self.returned.payload


@dataclass
class Pool:
    """The environments of one function, up to `limit`, each lent to one request at a time.

    `failures` counts failed invocations by Lambda's name of the error.
    """

    name: str
    start: Callable[[], Sandbox]
    limit: int = 4
    failures: Counter[str] = field(default_factory=Counter)
    _idle: list[Sandbox] = field(default_factory=list)
    _lent: dict[int, _Loan] = field(default_factory=dict)
    _starting: int = 0
    _generation: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def size(self) -> int:
        """The number of environments."""
        with self._changed:
            return len(self._idle) + len(self._lent)

    def invoke(self, payload: bytes, timeout: float) -> Returned:
        """Run the function. Raises `BusyError` or `StillRunningError` after `timeout` seconds."""
        if len(payload) > PAYLOAD_LIMIT:
            return failure("RequestTooLarge", f"the event has more than {PAYLOAD_LIMIT} bytes")
        deadline = time.monotonic() + timeout
        generation, loan = self._take(deadline)
        try:
            returned = loan.sandbox.invoke(payload, max(0.001, deadline - time.monotonic()))
        except StillRunningError:
            threading.Thread(target=self._drain, args=(generation, loan), daemon=True).start()
            raise
        except BaseException:
            self._give_back(-1, loan)
            raise
        loan.returned = returned
        self._give_back(generation, loan)
        return returned

    def kill_one(self) -> bool:
        """Kill a handler at work on a request; return whether the request failed because of it.

        False if no handler is at work, or if the answer was already sent.
        """
        with self._changed:
            loan = next((loan for loan in self._lent.values() if loan.at_work), None)
            if loan is None or not loan.sandbox.kill():
                return False
            loan.killed = True
            self._changed.wait_for(lambda: self._lent.get(id(loan.sandbox)) is not loan)
        return loan.ended

    def _take(self, deadline: float) -> tuple[int, _Loan]:
        """Return an idle environment, or start one while there are fewer than `limit`."""
        while True:
            with self._changed:
                self._await_place(deadline)
                generation = self._generation
                if not self._idle:
                    self._starting += 1
                    break
                sandbox = self._idle.pop()
                loan = self._lent[id(sandbox)] = _Loan(sandbox)
            if sandbox.usable:
                return generation, loan
            self._give_back(-1, loan)
        return generation, self._start_one()

    def _await_place(self, deadline: float) -> None:
        while not self._idle and len(self._lent) + self._starting >= self.limit:
            if not self._changed.wait(deadline - time.monotonic()):
                raise BusyError(f"{self.name}: all {self.limit} environments are busy")

    def _start_one(self) -> _Loan:
        loan = None
        try:
            loan = _Loan(self.start())
            return loan
        finally:
            with self._changed:
                self._starting -= 1
                if loan is None:
                    self._changed.notify_all()
                else:
                    self._lent[id(loan.sandbox)] = loan

    def _drain(self, generation: int, loan: _Loan) -> None:
        loan.sandbox.finish()
        self._give_back(generation, loan)

    def _give_back(self, generation: int, loan: _Loan) -> None:
        sandbox = loan.sandbox
        with self._changed:
            self._lent.pop(id(sandbox), None)
            if loan.returned is not None and loan.returned.failed:
                self.failures[error_type(loan.returned)] += 1
            # An environment killed after its answer would fail the next request.
            alive = sandbox.usable and (loan.ended or not loan.killed)
            keep = alive and generation == self._generation
            if keep:
                self._idle.append(sandbox)
            self._changed.notify_all()
        if not keep:
            sandbox.stop()

    def restart(self) -> None:
        """Discard every environment: idle ones now, busy ones after their invocation."""
        with self._changed:
            self._generation += 1
            idle, self._idle = self._idle, []
        for sandbox in idle:
            sandbox.stop()


class Log(Protocol):
    """A log for the output of a function's processes."""

    def opened(self) -> contextlib.AbstractContextManager[int]:
        """Open a file descriptor for a process that is about to start."""


@dataclass
class StandardError:
    """The log of a function that runs for one event."""

    @contextlib.contextmanager
    def opened(self) -> Iterator[int]:
        """Return standard error itself, which stays open."""
        yield _STDERR


@dataclass
class LogFile:
    """A function's log: the output of its processes, appended to one file."""

    path: Path

    def __post_init__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()

    @contextlib.contextmanager
    def opened(self) -> Iterator[int]:
        """Open a file descriptor for appending."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def lines(self) -> list[str]:
        """Return all lines so far."""
        return self.path.read_text(encoding="utf-8", errors="replace").splitlines()
