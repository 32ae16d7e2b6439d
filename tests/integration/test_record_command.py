"""`pivotctl record`: a call's record, its legs and its deliveries, for people and programs."""

from __future__ import annotations

import json
import re
import secrets
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from pivotctl.commands.record import command, every, one
from pivotctl.commands.records_table import RecordsTable
from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.local.calls import local_scenario
from pivotctl.stack.aws import dynamodb_at
from pivotctl.switch.dialogue import Dialogue

if TYPE_CHECKING:
    from pivotctl.stack import Stack

pytestmark = pytest.mark.slow
HOOKS = ["channel_answer", "channel_bridge", "channel_create", "channel_destroy"]


@pytest.fixture(scope="module")
def call_id(stack: Stack) -> str:
    """A call that was bridged to a user, and is over."""
    name = f"recorded-{secrets.token_hex(6)}"
    scenario = local_scenario(stack, "ring", account_id=ACCOUNT_ID, call_id=name)
    Dialogue.place(scenario).is_bridged_to("user")
    stack.wait_for_workers()
    return name


@pytest.fixture
def records(stack: Stack) -> RecordsTable:
    """The stack's table."""
    return RecordsTable(dynamodb_at(stack.aws_url), stack.tables["CallRecordsTable"])


@pytest.fixture
def run(stack: Stack, records: RecordsTable, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs the command on a table by its name, as on AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.aws_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    return Runner(records.name)


class Runner:
    """The command, with the name of a table."""

    def __init__(self, table: str) -> None:
        self.table = table

    def __call__(self, *arguments: str) -> Result:
        """The output of the command."""
        return CliRunner().invoke(command, [*arguments, "--table", self.table])


def test_a_call_is_shown_with_its_legs_and_deliveries(run: Runner, call_id: str) -> None:
    """The outcome comes first, a leg is indented, and each delivery has its time."""
    result = run(call_id)
    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert re.fullmatch(r"state +ended", lines[0])
    assert re.fullmatch(r"sources +hook", lines[1])
    leg = next(number for number, line in enumerate(lines) if line.startswith("leg "))
    assert re.fullmatch(r"  state +ended", lines[leg + 1])
    told = lines[lines.index("deliveries") + 1 :]
    assert sorted(line.split()[-1] for line in told) == HOOKS


def test_programs_get_json(run: Runner, call_id: str) -> None:
    """One object: key, record, and the deliveries in the order in which they came."""
    found = json.loads(run(call_id, "--json").output)
    assert found["key"] == f"{ACCOUNT_ID}#{call_id}"
    assert found["record"]["state"] == "ended"
    assert sorted(each["name"] for each in found["deliveries"]) == HOOKS


def test_an_unknown_call_is_an_error(run: Runner) -> None:
    """The message names the call and the account, because the account may be the wrong one."""
    result = run("nobody", "--account", "a" * 32)
    assert result.exit_code == 1
    assert f'No record of "nobody" in the account {"a" * 32}.' in result.output


def test_a_deployed_table_is_not_listed(run: Runner) -> None:
    """Reading a whole table costs money: a call has to be named."""
    result = run()
    assert result.exit_code == 2
    assert "Name a call" in result.output


def test_a_table_that_is_not_there_is_an_error(run: Runner, call_id: str) -> None:
    """AWS's own words are shown, and no traceback."""
    run.table = "none"
    result = run(call_id)
    assert result.exit_code == 1
    assert "ResourceNotFoundException" in result.output


def test_a_local_table_lists_the_latest_last(records: RecordsTable, call_id: str) -> None:
    """Every call is there once, under the time of its latest delivery."""
    found = every(records)
    mine = one(records, f"{ACCOUNT_ID}#{call_id}")
    assert [each for each in found if each.key == mine.key] == [mine]
    assert [each.last for each in found] == sorted(each.last for each in found)
