"""Powertools' Logger and a client of boto3 alone: what a stateful function is held against."""

import boto3
from aws_lambda_powertools import Logger

ANSWER = {"statusCode": 200, "body": "{}"}
logger = Logger(service="logger_client")
client = boto3.client("dynamodb")


def handler(_event: object, _context: object) -> dict[str, object]:
    """Log one line and answer."""
    logger.info("answered")
    return ANSWER
