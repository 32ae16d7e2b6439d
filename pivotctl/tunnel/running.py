"""A tunnel's process: from its start to the URL, and its end with the stack."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from pivotctl.stack.processes import Processes
from pivotctl.tunnel.programs import Program, TunnelError

SECONDS = 30.0
"""Time in which a program has to print the tunnel's URL."""

_TAIL = 5
_NOISE = "debug1:"


@dataclass(frozen=True)
class Tunnel:
    """An open tunnel: its public address, and the name of the program."""

    url: str
    program: str


@contextmanager
def opened(
    program: Program, port: int, ended: Callable[[str], None], seconds: float = SECONDS
) -> Iterator[Tunnel]:
    """Yield a tunnel to *port* of this machine, which ends with the context.

    If it ends before, *ended* gets the reason, once. Raises `TunnelError`.
    """
    processes = Processes()
    command = program.command(port)
    try:
        child = processes.start(
            command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        output = _Output(program, child, ended)
        try:
            yield Tunnel(output.url(seconds), program.name)
        finally:
            output.leave()
            processes.stop(child)
            output.join()
    finally:
        processes.close()


class _Output:
    """Reads what a program prints, as long as it runs, so that it is never blocked."""

    def __init__(
        self, program: Program, child: subprocess.Popen[bytes], ended: Callable[[str], None]
    ) -> None:
        self._program = program
        self._child = child
        self._ended = ended
        self._urls: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._tail: deque[str] = deque(maxlen=_TAIL)
        self._state = threading.Lock()
        self._is_open, self._is_left = False, False
        self._thread = threading.Thread(target=self._read, daemon=True, name="tunnel")
        self._thread.start()

    def url(self, seconds: float) -> str:
        """Return the tunnel's URL. Raises `TunnelError`."""
        try:
            found = self._urls.get(timeout=seconds)
        except queue.Empty:
            raise TunnelError(
                f"{self._program.name} has printed no URL within {seconds:g} seconds{self._said()}"
            ) from None
        if not found:
            raise TunnelError(self._reason())
        return found

    def leave(self) -> None:
        """Take the end of the program for granted."""
        with self._state:
            self._is_left = True

    def join(self) -> None:
        """Wait until everything is read."""
        self._thread.join()

    def _read(self) -> None:
        pipe: IO[bytes] | None = self._child.stdout
        for raw in pipe or ():
            self._take(raw.decode("utf-8", "replace").rstrip())
        self._child.wait()
        self._urls.put("")
        with self._state:
            is_lost = self._is_open and not self._is_left
        if is_lost:
            self._ended(self._reason())
        if pipe:
            pipe.close()

    def _take(self, line: str) -> None:
        if line and not line.startswith(_NOISE):
            self._tail.append(line)
        found = "" if self._is_open else self._program.url_in(line)
        if found:
            self._is_open = True
            self._urls.put(found)

    def _reason(self) -> str:
        return f"{self._program.name} ended with status {self._child.returncode}{self._said()}"

    def _said(self) -> str:
        """The last lines that the program printed."""
        if not self._tail:
            return ", without a word."
        return ":\n" + "\n".join(f"  {line}" for line in self._tail)
