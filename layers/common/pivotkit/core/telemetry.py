"""Metrics, and one JSON log line per request, correlated by Call-ID and free of caller data."""

import json
import logging
import os
import threading
import time
from collections.abc import Mapping
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from pivotkit.core.dry_run import is_dry


def service() -> str:
    """Return the function's stable name, which is the name of its folder."""
    return os.environ.get("POWERTOOLS_SERVICE_NAME", "pivotkit")


logger = Logger(service=service())
_metrics = Metrics(
    namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "PivotFunctions"),
    service=service(),
)
_counting = threading.Lock()
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


def done(outcome: str, **fields: object) -> None:
    """Write the one log line of a request, in the Logger's format and at its level.

    The Logger itself would take ten times as long, more than all the rest of a simple answer. A
    line that cannot be written is lost, as the Logger's would be: the answer matters more.
    """
    if logger.log_level > logging.INFO:
        return
    stream = cast("logging.StreamHandler[Any]", logger.registered_handler).stream
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
        "service": logger.service,
        **{name: value for name, value in fields.items() if value is not None},
    }
    if trace := os.environ.get("_X_AMZN_TRACE_ID"):
        line["xray_trace_id"] = trace.partition(";")[0].removeprefix("Root=")
    return f"{_encoded(line)}\n"


def spool(item: object) -> None:
    """Log *item*, marked SPOOL: a delivery that no store accepted, to be replayed from the log."""
    logger.error("SPOOL", extra={"item": item})


def count(name: str, **dimensions: str) -> None:
    """Add one to the metric *name*, which is sent with this request's log.

    Give *dimensions* few distinct values: CloudWatch bills each combination as a metric of its
    own. The service is always a dimension. A dry run counts nothing: no caller is concerned.
    """
    if is_dry():
        return
    with _counting:
        for dimension, value in dimensions.items():
            _metrics.add_dimension(name=dimension, value=value)
        _metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
        _metrics.flush_metrics()
