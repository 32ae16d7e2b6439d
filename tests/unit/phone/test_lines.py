"""Lines of a live call: what happens is told when it happens."""

import pytest

from pivotctl.phone.lines import told
from pivotctl.switch.events import Bridged, BridgeEnded, CallEvent, Heard, Underway

FRONT_DESK = "user front_desk"


@pytest.mark.parametrize(
    ("event", "texts"),
    [
        (Bridged(target=FRONT_DESK, seconds=42, call_id="b"), ["talks to user front_desk"]),
        (BridgeEnded(target=FRONT_DESK, seconds=7.4, call_id="b"), ["has talked for 7 s"]),
        (Heard(text="Hello.", interrupted_by="1"), ["hears   “Hello.”  (interrupted by 1)"]),
        (Underway(kind="speech", seconds=1.0), []),
    ],
)
def test_talks_are_told_when_they_happen(event: CallEvent, texts: list[str]) -> None:
    """How long a talk took is told when it is over; other lines are those of `pivotctl call`."""
    assert [line["text"] for line in told(event)] == texts
