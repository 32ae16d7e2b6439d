"""Powertools' Logger and Metrics alone: what a stateless function is held against."""

from aws_lambda_powertools import Logger, Metrics

ANSWER = {"statusCode": 200, "body": "{}"}
logger = Logger(service="logger_metrics")
metrics = Metrics(namespace="PivotFunctions", service="logger_metrics")


def handler(_event: object, _context: object) -> dict[str, object]:
    """Log one line and answer."""
    logger.info("answered")
    return ANSWER
