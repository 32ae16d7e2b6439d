"""The fixtures that other tests stand on do what they promise."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pivotkit.store.client import client

if TYPE_CHECKING:
    from pivotctl.stack import Stack

CONDITION = "attribute_not_exists(pk)"


@pytest.mark.every_backend
def test_clients_reach_the_local_aws(tables: Mapping[str, str]) -> None:
    """A client made without an endpoint, by the layer's factory too, works on the local tables."""
    item: Any = {"pk": {"S": "a"}}
    table = tables["CALL_STATE_TABLE"]
    assert os.environ["CALL_STATE_TABLE"] == table
    boto3.client("dynamodb").put_item(TableName=table, Item=item)
    assert client("dynamodb").get_item(TableName=table, Key=item)["Item"] == item
    with pytest.raises(ClientError) as raised:
        client("dynamodb").put_item(TableName=table, Item=item, ConditionExpression=CONDITION)
    assert raised.value.response["Error"]["Code"] == "ConditionalCheckFailedException"


@pytest.mark.every_backend
def test_each_test_starts_empty(tables: Mapping[str, str]) -> None:
    """Nothing that another test has stored is left."""
    found = boto3.client("dynamodb").scan(TableName=tables["CALL_STATE_TABLE"])
    assert found["Items"] == []


@pytest.mark.every_backend
def test_queues(tables: Mapping[str, str]) -> None:
    """The template's queues are there, with their redrive policy."""
    sqs = client("sqs")
    url = tables["SPOOL_QUEUE_URL"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "x"
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert "DeadLetter" in attributes["RedrivePolicy"]


@pytest.mark.usefixtures("aws")
def test_real_aws_is_out_of_reach() -> None:
    """A client that was told AWS's own address is refused before anything is sent."""
    address = "https://dynamodb.us-east-1.amazonaws.com"
    with pytest.raises(Exception, match="not patched"):
        boto3.client("dynamodb", endpoint_url=address).list_tables()


def test_stack_and_patched_clients_do_not_meet(stack: Stack, tables: Mapping[str, str]) -> None:
    """While clients are patched the running stack's workers pause, and nothing of it is seen."""
    name = tables["CALL_RECORDS_TABLE"]
    boto3.client("dynamodb").put_item(
        TableName=name, Item={"pk": {"S": "a"}, "sk": {"S": "event#1"}, "item": {"S": "delivery"}}
    )
    (item,) = boto3.client("dynamodb").scan(TableName=name)["Items"]
    assert item["sk"] == {"S": "event#1"}
    assert all(mapping.gate.locked() for mapping in stack.own.mappings)


def test_wire_counts_and_fails(stack: Stack) -> None:
    """The stack's wire to DynamoDB records operations and fails as it is told to."""
    dynamodb = boto3.Session("test", "test", region_name="us-east-1").client(
        "dynamodb", endpoint_url=stack.dynamodb.url
    )
    table = stack.tables["CallStateTable"]
    with stack.dynamodb.recorded() as calls:
        dynamodb.get_item(TableName=table, Key={"pk": {"S": "none"}})
    assert calls == ["GetItem"]
    throttled = dynamodb.exceptions.ProvisionedThroughputExceededException
    with stack.dynamodb.failing("throttled"), pytest.raises(throttled):
        dynamodb.get_item(TableName=table, Key={"pk": {"S": "none"}})
    assert "Item" not in dynamodb.get_item(TableName=table, Key={"pk": {"S": "none"}})
