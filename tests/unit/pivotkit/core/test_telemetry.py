"""The one log line of a request."""

import io
import json
import logging

import pytest

from pivotkit.core import telemetry


def test_a_line_is_the_loggers(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line has the fields that the Logger writes, in its forms, without the code's location."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
    fields = {"correlation_id": "Zoë@203.0.113.25", "at": None, "ms": 12}
    telemetry.done("answered", **fields)
    telemetry.logger.info("answered", extra=fields)
    own, loggers = map(json.loads, log.getvalue().splitlines())
    shape = [character.isdigit() or character for character in own.pop("timestamp")]

    assert shape == [character.isdigit() or character for character in loggers.pop("timestamp")]
    assert own == {key: value for key, value in loggers.items() if key != "location"}


def test_the_level_counts(log: io.StringIO) -> None:
    """A function whose log level is above INFO writes no line."""
    before = telemetry.logger.log_level
    telemetry.logger.setLevel(logging.WARNING)
    telemetry.done("answered")
    telemetry.logger.setLevel(before)

    assert not log.getvalue()


def test_an_answer_outlives_its_log(log: io.StringIO) -> None:
    """A line that cannot be written is lost without an error."""
    log.close()
    telemetry.done("answered")

    assert log.closed
