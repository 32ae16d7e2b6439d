"""`pivotctl restore`: a table as it was, beside the table as it is."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from pivotctl.commands.named_stack import stack_named
from pivotctl.deployed import DeployedError, DeployedStack, explained
from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.table_restore import RestoredTable

_GUIDE = "docs/guides/restore.md"
_ANNOUNCED = "CallRecordsTable"
"""The table whose new items wake workers."""


@click.command(
    short_help="Restore a table beside itself, compare, and put items back.",
    epilog="""\b
Example: pivotctl restore Directory --stack pivot-functions --at 2026-06-01T12:00:00Z
pivotctl restore Directory --stack pivot-functions --from TABLE --put-back missing""",
)
@click.argument("table")
@click.option("--stack", required=True, metavar="STACK", help="The deployed stack.")
@click.option(
    "--at",
    "moment",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]),
    help="Time within the last 35 days.  [the latest possible]",
)
@click.option("--from", "restored", metavar="NAME", help="A table that was restored before.")
@click.option(
    "--put-back",
    type=click.Choice(["missing", "changed"]),
    help="Store items that are missing now; with `changed`, also those that differ.",
)
def command(
    *, table: str, stack: str, moment: datetime | None, restored: str | None, put_back: str | None
) -> None:
    """Restore the TABLE of a stack as it was into a new one, and compare the two.

    TABLE is Directory, CallRecords, or Audit. Nothing in the stack changes, unless --put-back
    stores items in it. The exit status is 1 if the tables differ.
    """
    if moment and restored:
        raise click.UsageError("Use --at to restore a table, or --from for one that is restored.")
    try:
        named, target = _logical(table), stack_named(stack)
        if put_back and named == _ANNOUNCED:
            raise click.UsageError(
                f"Deliveries that are put back would be announced to the workers again: {_GUIDE}"
            )
        found = _found(target, named, moment, restored)
        with explained(target):
            if put_back:
                click.echo(f"put back {found.put_back(changed=put_back == 'changed')}")
            difference = found.difference()
    except (DeployedError, ProjectError, TemplateError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(str(difference))
    _tell(found, table, stack)
    raise SystemExit(1 if difference.changed or difference.missing or difference.new else 0)


def _logical(name: str) -> str:
    """The logical ID of a table that has a backup. Raises `ProjectError`."""
    tables = Project.find().template.of_type("AWS::DynamoDB::Table")
    kept = [each for each, own in tables.items() if "PointInTimeRecoverySpecification" in own]
    if f"{name}Table" not in kept:
        known = ", ".join(each.removesuffix("Table") for each in kept)
        raise ProjectError(f"{name}: no table of this name can be restored. Use one of {known}")
    return f"{name}Table"


def _found(
    stack: DeployedStack, table: str, moment: datetime | None, restored: str | None
) -> RestoredTable:
    client, physical = stack.client("dynamodb"), stack.resource(table)
    if restored:
        return RestoredTable(client, physical, restored)
    name = f"{physical[:200]}-restored-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    click.echo(f"Restoring {physical} into {name} ...")
    with explained(stack):
        return RestoredTable.at(client, physical, moment, name)


def _tell(found: RestoredTable, table: str, stack: str) -> None:
    """Print the next commands."""
    click.echo(f"\nThe restored table is {found.restored}. To store in the stack what is missing:")
    click.echo(
        f"  pivotctl restore {table} --stack {stack} --from {found.restored} --put-back missing"
    )
    click.echo("It costs what it stores. To delete it:")
    click.echo(f"  aws dynamodb delete-table --table-name {found.restored}")
