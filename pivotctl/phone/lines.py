"""Lines of a live call: as `pivotctl call` prints them, but when things happen."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pivotctl.switch.events import Bridged, BridgeEnded, CallEvent
from pivotctl.switch.narration import CALLER, NarrationLine, lines


def told(event: CallEvent) -> list[dict[str, Any]]:
    """Return the lines of an event as objects with `at`, `who`, `text`, and `bad`.

    How long the caller talks is known only when they have.
    """
    match event:
        case Bridged():
            found: tuple[NarrationLine, ...] = (_line(event, f"talks to {event.target}"),)
        case BridgeEnded():
            found = (_line(event, f"has talked for {event.seconds:.0f} s"),)
        case _:
            found = lines(event)
    return [asdict(line) for line in found]


def _line(event: CallEvent, text: str) -> NarrationLine:
    return NarrationLine(CALLER, text, event.at)
