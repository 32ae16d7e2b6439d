"""`pivotctl debug`: switches for a time, listed and turned off, and errors that name the fix."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pivotctl.commands import debug
from pivotctl.project import Project
from pivotctl.stack.aws import create_table
from tests.aws import aws_client
from tests.events import ACCOUNT
from tests.livedebug import TABLE

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def table(aws: Any, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of the local stack, which is one in this process."""
    del aws
    made = project.with_live_debug().tables[TABLE]
    create_table(aws_client("dynamodb"), made)
    monkeypatch.setattr(debug, "_local", lambda: (made.name, aws_client("dynamodb")))


def run(*arguments: str) -> Result:
    """Run `pivotctl debug` with *arguments*."""
    return CliRunner().invoke(debug.command, list(arguments))


def listed() -> list[dict[str, Any]]:
    """The switches that are on, as `list --json` prints them."""
    done = run("list", "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.output.splitlines()]


def test_on_list_and_off() -> None:
    """A switch is on for its time, is listed with its end, and can be turned off."""
    done = run("on", "--account", ACCOUNT, "--for", "90m")
    assert (done.exit_code, "(90 min)" in done.output) == (0, True)
    assert run("on", "--account", ACCOUNT, "--number", "+1 415 555 0199").exit_code == 0
    assert [each["number"] for each in listed()] == ["", "14155550199"]
    assert "(30 min)" in run("list").output
    assert run("off", "--account", ACCOUNT).exit_code == 0
    assert [each["number"] for each in listed()] == ["14155550199"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("on", "--account", "acme"), "account 'acme'"),
        (("on", "--account", ACCOUNT, "--for", "soon"), "such as 30m"),
        (("on", "--account", ACCOUNT, "--for", "25h"), "up to 24 hours"),
        (("on",), "--account"),
    ],
)
def test_a_wrong_switch_is_refused(arguments: tuple[str, ...], said: str) -> None:
    """An error names the value and the fix, and nothing is switched."""
    done = run(*arguments)
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert listed() == []
