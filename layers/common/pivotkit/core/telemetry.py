"""Metrics, and one JSON log line per request, correlated by Call-ID and free of caller data."""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from pivotkit.core.dry_run import is_dry

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics

_LEVELS = ("AWS_LAMBDA_LOG_LEVEL", "POWERTOOLS_LOG_LEVEL", "LOG_LEVEL")
"""Variables that may name the level. As for Powertools, Lambda's own setting comes first."""

_loading = threading.Lock()
_counting = threading.Lock()
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


def service() -> str:
    """Return the function's stable name, which is the name of its folder."""
    return os.environ.get("POWERTOOLS_SERVICE_NAME", "pivotkit")


def _level() -> int:
    """The level of the function's log. Raises `ValueError` for a name that is none."""
    variable = next(filter(os.environ.get, _LEVELS), "")
    name = os.environ.get(variable, "INFO").upper()
    known = {**logging.getLevelNamesMapping(), "TRACE": logging.DEBUG}
    if name not in known:
        raise ValueError(f"{variable} is {name}, which is none of {', '.join(known)}")
    return known[name]


SERVICE = service()
LEVEL = _level()
_SAMPLE_RATE = float(os.environ.get("POWERTOOLS_LOGGER_SAMPLE_RATE") or 0)

output = logging.StreamHandler(sys.stdout)
"""The stream of the log, for `done` and for the Logger."""


def logger() -> "Logger":
    """Return the Logger of Powertools, at the level of the function.

    It is loaded when a function has more to log than `done` writes: its import would be a quarter
    of a cold start, while a caller waits.
    """
    with _loading:
        return _logger()


@cache
def _logger() -> "Logger":
    from aws_lambda_powertools import Logger  # noqa: PLC0415

    sampled = _SAMPLE_RATE or None
    return Logger(service=SERVICE, level=LEVEL, sampling_rate=sampled, logger_handler=output)


@cache
def _metrics() -> "Metrics":
    from aws_lambda_powertools import Metrics  # noqa: PLC0415

    namespace = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "PivotFunctions")
    return Metrics(namespace=namespace, service=SERVICE)


def done(outcome: str, **fields: object) -> None:
    """Write the one log line of a request, in the Logger's format and at its level.

    The Logger itself would take ten times as long, more than all the rest of a simple answer. A
    line that cannot be written is lost, as the Logger's would be: the answer matters more.
    """
    if LEVEL > logging.INFO:
        return
    stream = output.stream
    try:
        stream.write(_line(outcome, fields))
        stream.flush()
    except (OSError, ValueError):
        return


def _line(outcome: str, fields: Mapping[str, object]) -> str:
    now = time.time()
    line: dict[str, object] = {
        "level": "INFO",
        "message": outcome,
        "timestamp": time.strftime(
            f"%Y-%m-%d %H:%M:%S,{int(now * 1000) % 1000:03}%z", time.localtime(now)
        ),
        "service": SERVICE,
        **{name: value for name, value in fields.items() if value is not None},
    }
    if trace := os.environ.get("_X_AMZN_TRACE_ID"):
        line["xray_trace_id"] = trace.partition(";")[0].removeprefix("Root=")
    return f"{_encoded(line)}\n"


def spool(item: object) -> None:
    """Log *item*, marked SPOOL: a delivery that no store accepted, to be replayed from the log."""
    logger().error("SPOOL", extra={"item": item})


def count(name: str, **dimensions: str) -> None:
    """Add one to the metric *name*, which is sent with this request's log.

    Give *dimensions* few distinct values: CloudWatch bills each combination as a metric of its
    own. The service is always a dimension. A dry run counts nothing: no caller is concerned.
    """
    if is_dry():
        return
    with _counting:
        metrics = _metrics()
        for dimension, value in dimensions.items():
            metrics.add_dimension(name=dimension, value=value)
        metrics.add_metric(name=name, unit="Count", value=1)
        metrics.flush_metrics()
