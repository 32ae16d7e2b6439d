"""The one log line of a request."""

import io
import json
import logging
import os
import subprocess
import sys

import pytest

from pivotkit.core import telemetry
from tests.kazoo import ROOT


def test_a_line_is_the_loggers(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line has the fields that the Logger writes, in its forms, without the code's location."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
    fields = {"correlation_id": "Zoë@203.0.113.25", "at": None, "ms": 12}
    telemetry.done("answered", **fields)
    telemetry.logger().info("answered", extra=fields)
    own, loggers = map(json.loads, log.getvalue().splitlines())
    shape = [character.isdigit() or character for character in own.pop("timestamp")]

    assert shape == [character.isdigit() or character for character in loggers.pop("timestamp")]
    assert own == {key: value for key, value in loggers.items() if key != "location"}


_LEVELS = """
from pivotkit.core import telemetry
print(telemetry.LEVEL, telemetry.logger().log_level)
telemetry.done("answered")
"""


def logged(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a function with these *variables*, which prints its levels and its line."""
    path = os.pathsep.join([str(ROOT / "layers/common"), *sys.path])
    return subprocess.run(
        [sys.executable, "-c", _LEVELS],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variables", "level"),
    [
        ({}, logging.INFO),
        ({"POWERTOOLS_LOG_LEVEL": "debug"}, logging.DEBUG),
        ({"POWERTOOLS_LOG_LEVEL": "WARNING"}, logging.WARNING),
        ({"POWERTOOLS_LOG_LEVEL": "", "LOG_LEVEL": "ERROR"}, logging.ERROR),
        ({"POWERTOOLS_LOG_LEVEL": "INFO", "AWS_LAMBDA_LOG_LEVEL": "WARN"}, logging.WARNING),
        ({"POWERTOOLS_LOG_LEVEL": "ERROR", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}, logging.DEBUG),
        ({"AWS_LAMBDA_LOG_LEVEL": "FATAL"}, logging.CRITICAL),
    ],
    ids=lambda case: " ".join(case.values()) if isinstance(case, dict) else None,
)
def test_the_level_counts(variables: dict[str, str], level: int) -> None:
    """The level is the Logger's, and above INFO no line is written."""
    levels, *lines = logged(variables).stdout.splitlines()
    assert levels == f"{level} {level}"
    assert bool(lines) == (level <= logging.INFO)


def test_a_level_that_does_not_exist() -> None:
    """A wrong level fails while the function starts, and the error names the variable."""
    done = logged({"POWERTOOLS_LOG_LEVEL": "LOUD"})
    assert done.returncode
    assert "POWERTOOLS_LOG_LEVEL is LOUD, which is none of CRITICAL" in done.stderr


def test_an_answer_outlives_its_log(log: io.StringIO) -> None:
    """A line that cannot be written is lost without an error."""
    log.close()
    telemetry.done("answered")

    assert log.closed
