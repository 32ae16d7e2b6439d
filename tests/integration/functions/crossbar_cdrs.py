"""A local Crossbar with CDRs, for the workers that read them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from pivotctl.crossbar.envelope import GREGORIAN_OFFSET
from pivotctl.upstreams import Upstreams
from pivotkit.services import crossbar
from tests.timed import TimedCrossbar

ACCOUNT, OTHER = "c" * 32, "d" * 32
NOON = datetime(2026, 9, 21, 12, tzinfo=UTC)

UNREADABLE: list[Any] = [
    {},
    {"id": ["x"], "call_id": "x"},
    {"id": "x", "call_id": {"y": 1}},
    {"id": "", "call_id": ""},
    {"id": "x", "call_id": "y" * 600},
]
"""Rows that cannot be assigned to a call."""


class Kazoo(TimedCrossbar):
    """The local Crossbar, whose clock the test sets."""

    def ends(self, *calls: str, account: str = ACCOUNT) -> None:
        """End these calls now."""
        for call_id in calls:
            end = int(self.now.timestamp()) + GREGORIAN_OFFSET
            event = {"account_id": account, "call_id": call_id, "timestamp": end}
            self.crossbar.happened("channel_destroy", {**event, "duration_seconds": 9})

    def asked(self) -> list[str]:
        """The paths of the requests that it received."""
        return [asked.path for asked in self.upstream.received]


@pytest.fixture
def kazoo(tables: Mapping[str, str], environment: pytest.MonkeyPatch) -> Iterator[Kazoo]:
    """A local Crossbar that the settings name."""
    assert tables
    upstreams = Upstreams()
    upstreams.start()
    environment.setenv("CROSSBAR_URL", f"{upstreams.url}/crossbar/v2")
    yield Kazoo(upstreams, NOON)
    upstreams.stop()


class Pages:
    """A Crossbar that has these pages of a window, one after another."""

    def __init__(self, *pages: list[Any], until: int) -> None:
        self._pages = pages
        self._until = until

    def cdrs(
        self, account: str, window: tuple[int, int], start_key: str = ""
    ) -> crossbar.CrossbarPage:
        """The page at *start_key*, which is its number."""
        assert (account, window[1]) == (ACCOUNT, self._until)
        number = int(start_key or 0)
        following = str(number + 1) if number + 1 < len(self._pages) else ""
        return crossbar.CrossbarPage(self._pages[number], following)
