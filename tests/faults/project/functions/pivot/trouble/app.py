"""Fail in the way that the number called says."""

import contextlib
import os
import socket
import time
from collections.abc import Callable
from typing import Any

from pivotkit import Call, pivot
from pivotkit.kazoo import Action, tts

FALLBACK = tts("The fallback.")
SILENT = os.environ.get("SILENT_PORT", "9")


def block() -> None:
    """Wait for a server that says nothing."""
    with socket.create_connection(("127.0.0.1", int(SILENT))) as connection:
        connection.recv(1)


def loop() -> None:
    """Never end."""
    while True:
        pass


def swallow() -> None:
    """Never end, whatever Exception there is."""
    while True:
        with contextlib.suppress(Exception):
            time.sleep(10)


def fail() -> None:
    """Fail with a text that holds what a caller said."""
    raise ValueError("canary-4711")


TROUBLES: dict[str, Callable[[], Any]] = {
    "block": block,
    "loop": loop,
    "swallow": swallow,
    "sleep": lambda: time.sleep(10),
    "raise": fail,
    "nothing": lambda: None,
    "dict": lambda: {"module": "hangup"},
    "unknown": lambda: Action("gather"),
    "float": lambda: Action("sleep", {"duration": 20.0}),
    "surrogate": lambda: Action("play", {"id": "\ud800"}),
}


@pivot(fallback=FALLBACK)
def handler(call: Call) -> Any:
    """Do what is asked for, or answer."""
    if call.to in TROUBLES:
        return TROUBLES[call.to]()
    return tts("All is well.")
