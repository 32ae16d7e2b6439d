"""The same, with the two calls to DynamoDB of a conversation that looks its caller up."""

import os
import uuid

import boto3
from aws_lambda_powertools import Logger

ANSWER = {"statusCode": 200, "body": "{}"}
logger = Logger(service="logger_client_calls")
client = boto3.client("dynamodb")


def handler(_event: object, _context: object) -> dict[str, object]:
    """Update one item, get another, log one line and answer."""
    client.update_item(
        TableName=os.environ["CALL_STATE_TABLE"],
        Key={"pk": {"S": str(uuid.uuid4())}},
        UpdateExpression="SET expires_at = :at",
        ExpressionAttributeValues={":at": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )
    client.get_item(
        TableName=os.environ["DIRECTORY_TABLE"], Key={"pk": {"S": "none"}, "sk": {"S": "none"}}
    )
    logger.info("answered")
    return ANSWER
