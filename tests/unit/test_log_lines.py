"""Log lines as a person reads them."""

import json

import pytest

from pivotctl.log_lines import readable

POWERTOOLS = {
    "level": "INFO",
    "location": "done:37",
    "message": "answered",
    "timestamp": "2026-06-01 12:34:56,789+0000",
    "service": "say_hello",
    "correlation_id": "call-1",
    "ms": 12,
}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (json.dumps(POWERTOOLS), "12:34:56 INFO  answered  correlation_id=call-1 ms=12"),
        (json.dumps(POWERTOOLS | {"level": "WARNING"}), "12:34:56 WARN  answered  correlation_id"),
        (
            json.dumps(POWERTOOLS | {"message": "SPOOL", "item": {"body": {"S": "Ada"}}}),
            "12:34:56 INFO  SPOOL  correlation_id=call-1 ms=12",
        ),
        (json.dumps({"_aws": {}, "Fallback": [1]}), ""),
        (json.dumps({"type": "platform.start", "time": "2026-06-01T12:00:00Z"}), ""),
        (
            json.dumps(
                {
                    "type": "platform.report",
                    "time": "2026-06-01T12:00:00.1Z",
                    "record": {"status": "timeout"},
                }
            ),
            "12:00:00 ERROR Lambda: timeout (platform.report)",
        ),
        ("START RequestId: 1 Version: $LATEST", ""),
        ("print() of an author\n", "print() of an author"),
        ("[1, 2]", "[1, 2]"),
        ("", ""),
    ],
)
def test_a_line(line: str, shown: str) -> None:
    """Time, level, message, and fields; nothing that machines read or that holds caller data."""
    assert readable(line).startswith(shown)
    assert bool(readable(line)) is bool(shown)
    assert "Ada" not in readable(line)
