"""The doors: places that take bytes from outside, and the rule that each keeps for any bytes."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from tests import functions

NAMES = ("request", "webhook", "cdr", "recording", "token", "header", "lint", "replay")

type Door = Callable[[bytes], None]
"""Takes any bytes. Raises `BrokenRule`, or whatever the code behind it lets through."""


def opened(name: str) -> Door:
    """Return the door *name*, with what lies behind it; `rules.VARIABLES` must be set."""
    functions.install()
    made: Door = importlib.import_module(f"fuzz.doors.{name}").door()
    return made
