"""Prints how far reader, switch and parser agree with what KAZOO's own code did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_FILES = ("test_switch_answers", "test_switch_requests", "test_requests")
_LISTED = Path(__file__).parent / "contract/switch_disagreements.json"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line: comparisons, agreements, and disagreements that are listed with a reason."""
    agreeing, differing = (
        [
            report.nodeid
            for report in terminalreporter.stats.get(outcome, [])
            if "[" in report.nodeid
            and any(f"contract/{name}.py" in report.nodeid for name in _FILES)
        ]
        for outcome in ("passed", "failed")
    )
    if not agreeing:
        return
    listed = len(json.loads(_LISTED.read_text(encoding="utf-8")))
    batched = sum(
        value - 1
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == "comparisons"
    )
    compared = len(agreeing) + batched + len(differing)
    share = 100 * listed / compared
    terminalreporter.write_line(
        f"KAZOO's recorded behaviour: {compared} comparisons, {compared - listed} agree,"
        f" {listed} listed ({share:.2f} %), {len(differing)} differ"
    )
