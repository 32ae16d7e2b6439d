"""`pivotctl restore`: a table is restored, compared, and put back, in an AWS on this machine."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pivotctl.commands import restore
from pivotctl.deployed import DeployedStack
from tests.aws import aws_client

ENTRIES = {
    "100": {"M": {"name": {"S": "Ada"}, "days": {"NS": ["1", "2"]}}},
    "101": {"M": {"name": {"S": "Grace"}, "file": {"B": b"\x00\xff"}}},
    "102": {"M": {"name": {"S": "Edsger"}}},
}


def item(key: str, value: Any) -> dict[str, Any]:
    """An item of the table."""
    return {"pk": {"S": "account#caller"}, "sk": {"S": key}, "value": value}


@pytest.fixture
def table(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The Directory of a stack, with entries and backups."""
    name, client = tables["DIRECTORY_TABLE"], aws_client("dynamodb")
    client.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    for key, value in ENTRIES.items():
        client.put_item(TableName=name, Item=item(key, value))
    resources = {"DirectoryTable": ("AWS::DynamoDB::Table", name)}
    monkeypatch.setattr(DeployedStack, "resources", resources)
    monkeypatch.setattr(DeployedStack, "client", lambda _self, service: aws_client(service))
    return name


def run(*arguments: str) -> Result:
    """Run `pivotctl restore` on a stack."""
    return CliRunner().invoke(restore.command, [*arguments, "--stack", "acme"])


def restored(result: Result) -> str:
    """The name of the new table."""
    (name,) = re.findall(r"into (\S+) \.\.\.", result.output)
    return str(name)


def test_a_table_is_restored_and_compared(table: str) -> None:
    """The new table holds every item, and nothing of the old one has changed."""
    result = run("Directory")

    assert result.exit_code == 0, result.output
    assert "equal 3, changed since 0, missing now 0, new since 0" in result.output
    assert restored(result).startswith(f"{table}-restored-")
    assert len(aws_client("dynamodb").scan(TableName=restored(result))["Items"]) == 3


def test_a_damaged_table_gets_its_items_back(table: str) -> None:
    """Missing items are stored, changed ones only if that is wanted, and new ones stay."""
    name, client = restored(run("Directory")), aws_client("dynamodb")
    client.delete_item(TableName=table, Key={"pk": {"S": "account#caller"}, "sk": {"S": "100"}})
    client.put_item(TableName=table, Item=item("101", {"S": "changed"}))
    client.put_item(TableName=table, Item=item("103", {"S": "new"}))

    compared = run("Directory", "--from", name)
    assert compared.exit_code == 1
    assert "equal 1, changed since 1, missing now 1, new since 1" in compared.output
    missing = run("Directory", "--from", name, "--put-back", "missing")
    assert "put back 1\nequal 2, changed since 1, missing now 0, new since 1" in missing.output
    changed = run("Directory", "--from", name, "--put-back", "changed")
    assert "put back 1\nequal 3, changed since 0, missing now 0, new since 1" in changed.output
    found = client.get_item(
        TableName=table, Key={"pk": {"S": "account#caller"}, "sk": {"S": "101"}}
    )
    assert found["Item"]["value"] == ENTRIES["101"]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("CallState",), "no table of this name can be restored. Use one of"),
        (("CallRecords", "--from", "x", "--put-back", "missing"), "announced to the workers again"),
        (("Directory", "--from", "x", "--at", "2026-06-01T12:00:00Z"), "Use --at to restore"),
        (("Directory", "--at", "yesterday"), "does not match the format"),
    ],
)
def test_a_wrong_restore_is_refused(arguments: tuple[str, ...], said: str) -> None:
    """The message says which tables have a backup, and why deliveries are not put back."""
    result = run(*arguments)

    assert result.exit_code
    assert said in result.output
