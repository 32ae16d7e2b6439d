"""Tests of one process when pytest runs several: those of a file, or of a group of files.

Most functions have to start for the calls and the sample events, and stay up in the stack that a
process's tests share. In two processes they start twice; file by file, they would start in all.
"""

from pathlib import PurePosixPath

from xdist.scheduler import LoadFileScheduling

CALLS = "tests/calls"
EVERY_FUNCTION = frozenset(
    {
        "tests/calls/test_transcripts.py",
        "tests/integration/test_events_runtime.py",
        "tests/integration/test_fired_hooks.py",
        "tests/suite/test_suite.py",
        "tests/suite/test_templates.py",
    }
)
"""The files in whose tests all functions run, or many."""


class SharedStackScheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Keeps tests together that need the same functions."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        if file in EVERY_FUNCTION:
            return "every function"
        return CALLS if str(PurePosixPath(file).parent) == CALLS else file
