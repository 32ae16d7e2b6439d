"""Logs and exports, as `pivotctl replay` reads them.

The input is a file. Rule: every delivery that is found has a key, and is found again in its JSON.
"""

from __future__ import annotations

import json

from fuzz.doors import Door
from fuzz.doors.rules import require
from pivotctl.commands.exported_logs import log_text
from pivotctl.commands.logged_deliveries import find, find_in, key_of


def door() -> Door:
    """Return the door."""

    def enter(data: bytes) -> None:
        found = find_in([log_text("log", data)])
        keys = [key_of(item) for item in found.items]
        require(len(set(keys)) == len(keys), "each delivery is found once")
        lines = "\n".join(json.dumps({"message": "SPOOL", "item": item}) for item in found.items)
        again = find(lines)
        require([key_of(item) for item in again.items] == keys, "a found delivery is found again")

    return enter
