"""One log line a request, in JSON, correlated by Call-ID and without caller data; and metrics."""

import os
from types import TracebackType

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from pivotkit.core import deadline


def service() -> str:
    """The function's own stable name: that of its folder."""
    return os.environ.get("POWERTOOLS_SERVICE_NAME", "pivotkit")


logger = Logger(service=service())
_metrics = Metrics(
    namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "PivotFunctions"),
    service=service(),
)


def done(outcome: str, **fields: str | int) -> None:
    """Write the request's one line."""
    logger.info(outcome, extra=fields)


def spool(item: object) -> None:
    """Write *item* to the log, marked SPOOL: a delivery that no store would take."""
    logger.error("SPOOL", extra={"item": item})


def count(name: str, **dimensions: str) -> None:
    """Add one to the metric *name*; it leaves with this request's log.

    *dimensions*, besides the service, have few values: CloudWatch bills each as a metric.
    """
    for dimension, value in dimensions.items():
        _metrics.add_dimension(name=dimension, value=value)
    _metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    _metrics.flush_metrics()


def fault(error: BaseException) -> dict[str, str]:
    """What may be logged of *error*: its type and where it arose, never its text.

    A message often quotes the value that caused it, and that is the caller's.
    """
    return {"error": type(error).__name__, "at": _place(error.__traceback__)}


def _place(trace: TracebackType | None) -> str:
    if trace is None:
        return ""
    while trace.tb_next is not None and not _is_alarm(trace.tb_next):
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}"


def _is_alarm(trace: TracebackType) -> bool:
    """A cut is told by the place that was cut, not by the alarm that cut it."""
    return trace.tb_frame.f_code.co_filename == deadline.__file__
