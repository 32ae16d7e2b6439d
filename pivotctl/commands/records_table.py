"""The table of call records, of the local stack or of a deployed one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from pivotctl.commands.named_stack import stack_named
from pivotctl.deployed import DeployedError
from pivotctl.project import Project

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from pivotctl.stack import Stack

TABLE = "CallRecordsTable"
_NOT_RUNNING = "No stack is running: start `pivotctl serve`, or name a deployed stack with --stack."


class RecordsTable(NamedTuple):
    """A client and the table's name."""

    client: DynamoDBClient
    name: str


def records_table(table: str | None, stack: str | None) -> RecordsTable:
    """Return the table named *table*, or that of the deployed *stack*, or the local stack's.

    Raises `ProjectError` and `click.ClickException`.
    """
    if stack or table:
        return _deployed(table, stack)
    from pivotctl.stack.aws import dynamodb_at  # noqa: PLC0415  (slow to import)

    local = local_stack()
    return RecordsTable(dynamodb_at(local.aws_url), local.tables[TABLE])


def local_stack() -> Stack:
    """Return the stack of `pivotctl serve`. Raises `ProjectError`, `click.ClickException`."""
    from pivotctl.stack import Stack, running  # noqa: PLC0415  (slow to import)

    project = Project.find()
    info = running(project)
    if info is None:
        raise click.ClickException(_NOT_RUNNING)
    return Stack(project, info)


def _deployed(table: str | None, stack: str | None) -> RecordsTable:
    try:
        named = stack_named(stack or "")
        return RecordsTable(named.client("dynamodb"), table or named.resource(TABLE))
    except DeployedError as error:
        raise click.ClickException(str(error)) from error
