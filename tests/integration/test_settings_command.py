"""`pivotctl settings` and `pivotctl secret`, on the entries in a DynamoDB and on a local stack."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pivotctl.commands import secret, settings
from pivotctl.commands.settings import Place
from pivotctl.project import Function, Project
from pivotkit.store import account_entries
from pivotkit.store.account_entries import AccountEntries, ChangedMeanwhileError
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.table import Table
from tests.aws import aws_client
from tests.events import ACCOUNT

OTHER = "d4e2c6a3f5b7180990817c6d5e4f3a2b"
BOX = "c3d1b5f2e4a6079889706b5c4d3e2f1a"


@pytest.fixture
def table(tables: Mapping[str, str]) -> Table:
    """The table with the accounts' entries."""
    return Table(tables["DIRECTORY_TABLE"], dynamodb())


@pytest.fixture
def place(table: Table, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of the function that the command shows; the stack is one in this process."""
    variables = {"SETTINGS_TABLE": table.name, "RING_SECONDS": "25"}

    def local(_: Project, __: Function) -> Place:
        return Place("The local stack", variables, aws_client("dynamodb"), "jo@desk")

    monkeypatch.setattr(settings, "local", local)
    return variables


def run(*arguments: str) -> Result:
    """Run `pivotctl settings` with *arguments*."""
    return CliRunner().invoke(settings.command, list(arguments))


def shown(*arguments: str) -> dict[str, tuple[str, str]]:
    """The value and the layer of each setting that the command shows."""
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)["settings"]
    return {each["name"]: (each["value"], each["source"]) for each in found}


@pytest.mark.usefixtures("place")
def test_a_value_and_its_layer() -> None:
    """Each setting is shown with its value and the layer that it comes from."""
    run("ring", "--account", ACCOUNT, "--set", f"voicemail_box={BOX}")
    of_account = shown("ring", "--account", ACCOUNT)
    assert of_account["voicemail_box"] == (BOX, "account")
    assert of_account["ring_seconds"] == ("25", "deployment")
    assert of_account["ring_kind"] == ("user", "default")
    assert shown("ring", "--account", OTHER)["voicemail_box"][1] == "default"
    assert "voicemail_box  c3d1b5f2" in run("ring", "--account", ACCOUNT).output


@pytest.mark.usefixtures("place")
def test_a_value_can_be_taken_back() -> None:
    """Without its own value an account has the deployment's again."""
    run("ring", "--account", ACCOUNT, "--set", "RING_SECONDS=40", "--set", "ring_kind=device")
    assert shown("ring", "--account", ACCOUNT)["ring_seconds"] == ("40", "account")
    run("ring", "--account", ACCOUNT, "--unset", "ring_seconds")
    found = shown("ring", "--account", ACCOUNT)
    assert (found["ring_seconds"][1], found["ring_kind"][1]) == ("deployment", "account")


REFUSED = [
    (("--set", "ring_seconds=0"), "must be a whole number from 1 to 86400"),
    (("--set", "ring_kind=phone"), "must be one of user, device, group"),
    (("--set", "ring_second=9"), "did you mean ring_seconds?"),
    (("--set", "ring_seconds"), "is not of the form SETTING=VALUE"),
    (("--unset", "nope"), "it has ring_kind"),
    (("--number", "6031"), "has no settings by number: write by_number=True"),
]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(("arguments", "rule"), REFUSED)
def test_what_is_refused_is_not_written(
    table: Table, arguments: tuple[str, ...], rule: str
) -> None:
    """A value that breaks its rule is refused before anything is written."""
    done = run("ring", "--account", ACCOUNT, "--set", "ring_kind=group", *arguments)
    assert done.exit_code != 0
    assert rule in done.output
    assert AccountEntries(table, "ring", ACCOUNT).read().texts == {}


@pytest.mark.usefixtures("place")
def test_the_error_names_all_that_is_wrong() -> None:
    """The error has function, account, setting, value, and rule."""
    said = run("ring", "--account", ACCOUNT, "--set", "ring_seconds=soon").output
    for part in ("ring", ACCOUNT, "ring_seconds", "'soon'", "must be a whole number"):
        assert part in said


def test_an_account_is_named() -> None:
    """The deployment's own values are not changed by this command."""
    done = run("ring", "--set", "ring_seconds=9")
    assert (done.exit_code, "function.yaml" in done.output) == (2, True)


def test_a_stack_without_settings_of_accounts(place: dict[str, str]) -> None:
    """The error says how to turn them on."""
    del place["SETTINGS_TABLE"]
    done = run("ring", "--account", ACCOUNT, "--set", "ring_seconds=9")
    assert (done.exit_code, "AccountSettings=on" in done.output) == (1, True)


@pytest.mark.usefixtures("place")
def test_the_history() -> None:
    """Each change is kept with its time and author, the latest first."""
    run("ring", "--account", ACCOUNT, "--set", "ring_seconds=30")
    run("ring", "--account", ACCOUNT, "--set", "ring_seconds=40")
    run("ring", "--account", ACCOUNT, "--set", "ring_seconds=40")  # changes nothing
    run("ring", "--account", ACCOUNT, "--unset", "ring_seconds")
    lines = run("ring", "--account", ACCOUNT, "--history").output.splitlines()
    said = [line.partition("jo@desk  ring_seconds: ")[2] for line in lines]
    assert said == ["'40' -> unset", "'30' -> '40'", "unset -> '30'"]


def test_the_history_is_bounded(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest changes are deleted."""
    monkeypatch.setattr(account_entries, "MOST_CHANGES", 3)
    entries = AccountEntries(table, "ring", ACCOUNT)
    for number in range(6):
        entries.change({"ring_seconds": str(number)}, (), "jo")
    assert [each.after["ring_seconds"] for each in entries._changes() and entries.history()] == [
        "5", "4", "3",
    ]  # fmt: skip
    assert len(entries._changes()) == 3


def test_two_changes_at_once(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of two changes of one entry is refused, so neither is lost."""
    entries = AccountEntries(table, "ring", ACCOUNT)
    before = entries.read()
    entries.change({"ring_seconds": "30"}, (), "jo")
    monkeypatch.setattr(AccountEntries, "read", lambda _: before)
    with pytest.raises(ChangedMeanwhileError):
        entries.change({"ring_seconds": "40"}, (), "al")


# -- secrets ---------------------------------------------------------------------------------------


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file with the secrets of a local run."""
    path = tmp_path / "secrets.json"
    monkeypatch.setattr(Project, "secrets", path)
    return path


def keep(*arguments: str, text: str = "") -> Result:
    """Run `pivotctl secret` with *arguments* and standard input."""
    return CliRunner().invoke(secret.command, list(arguments), input=text)


def test_a_local_secret(home: Path) -> None:
    """The value comes from standard input, and goes into a file that only its owner can read."""
    done = keep("crm_lookup", "crm_token", text="t0ken\n")
    assert (done.exit_code, "t0ken" in done.output) == (0, False)
    keep("crm_lookup", "CRM_TOKEN", "--account", ACCOUNT, text="theirs")
    kept: dict[str, Any] = json.loads(home.read_text(encoding="utf-8"))
    assert kept == {
        "/local/crm_lookup/crm_token": "t0ken",
        f"/local/crm_lookup/{ACCOUNT}/crm_token": "theirs",
    }
    assert home.stat().st_mode & 0o777 == 0o600
    keep("crm_lookup", "crm_token", "--unset")
    assert "/local/crm_lookup/crm_token" not in home.read_text(encoding="utf-8")


NO_SECRETS = [
    (("crm_lookup", "support"), "x", "support is no secret of crm_lookup; it has crm_token"),
    (("crm_lookup", "crm_tokn"), "x", "did you mean crm_token?"),
    (("say_hello", "token"), "x", "declares no settings"),
    (("crm_lookup", "crm_token"), "", "must be one line of 1 to 4096 characters"),
]


@pytest.mark.parametrize(("arguments", "text", "rule"), NO_SECRETS)
def test_what_is_no_secret(home: Path, arguments: tuple[str, ...], text: str, rule: str) -> None:
    """The error says what would be one."""
    done = keep(*arguments, text=text)
    assert done.exit_code != 0
    assert rule in done.output
    assert not home.exists()
