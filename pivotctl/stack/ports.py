"""Free ports on the loopback interface."""

from __future__ import annotations

import random
import socket
import threading

HOST = "127.0.0.1"

# Below the range of ports for outgoing connections: a port found free stays free until the process
# that it is meant for has bound it.
_LOWEST, _HIGHEST = 20_000, 32_000
_TRIES = 500
_lock = threading.Lock()
_given: set[int] = set()
_random = random.SystemRandom()


class PortError(Exception):
    """No port is available; the text says what to do."""


def is_free(port: int) -> bool:
    """Whether a process could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that is free, and that this process has not returned before."""
    with _lock:
        for _ in range(_TRIES):
            port = _random.randrange(_LOWEST, _HIGHEST)
            if port not in _given and is_free(port):
                _given.add(port)
                return port
        _given.clear()
    raise PortError(f"No free port between {_LOWEST} and {_HIGHEST} on {HOST}")


def accepts(port: int, timeout: float = 0.2) -> bool:
    """Whether a process accepts connections on `port`."""
    try:
        socket.create_connection((HOST, port), timeout).close()
    except OSError:
        return False
    return True
