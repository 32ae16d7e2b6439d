"""A template in trouble: runs in the function's own process, and fails in the way TROUBLE names.

`ssm` leaves the template alone, and has its secrets read from SSM, as on AWS.
"""

import os
import socket
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn

from pivotkit.core import secret

if os.environ["TROUBLE"] == "ssm":
    secret._is_local = lambda: False  # noqa: SLF001 (the rest of the run is local)


handler: Any = import_module("app").handler


def raises() -> NoReturn:
    """Fail with what a caller said."""
    raise ValueError("canary-4711")


def loops() -> NoReturn:
    """Never end."""
    while True:
        pass


def blocks() -> Any:
    """Wait for an answer that nobody sends."""
    here, _there = socket.socketpair()
    return here.recv(1)


def exits() -> NoReturn:
    """End the process, as a library might."""
    raise SystemExit("no license")


_TROUBLES: dict[str, Callable[[], Any]] = {
    "raises": raises,
    "loops": loops,
    "blocks": blocks,
    "exits": exits,
    "nothing": lambda: None,
}

if trouble := _TROUBLES.get(os.environ["TROUBLE"]):
    handler.template = lambda *_: trouble()
