"""The local Crossbar at a time that a test says."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from pivotctl import crossbar as played
from pivotctl.upstreams import Upstreams

if TYPE_CHECKING:
    from pivotctl.upstreams.crossbar import CrossbarFake


class TimedCrossbar:
    """The fake service that a worker asks, and Crossbar behind it, whose clock says `now`."""

    def __init__(self, upstreams: Upstreams, now: datetime) -> None:
        self.upstream = upstreams.crossbar
        self.crossbar: played.LocalCrossbar = cast("CrossbarFake", self.upstream.fake).crossbar
        self.now = now
        self.crossbar.clock = self._time

    def _time(self) -> float:
        return self.now.timestamp()
