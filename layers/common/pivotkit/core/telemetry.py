"""Metrics, and one JSON log line per request, correlated by Call-ID and free of caller data."""

import os
import threading

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


def done(outcome: str, **fields: object) -> None:
    """Write the one log line of a request."""
    logger.info(outcome, extra=fields)


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
