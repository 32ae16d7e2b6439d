"""`pivotctl entries` on a DynamoDB: what it stores is what templates look up."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pivotctl.commands import entries
from pivotkit.phone.pins import hash_of
from pivotkit.services.crossbar import Account
from pivotkit.store.directory import Directory, SharedDirectory
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.table import Table

FIRST, SECOND = "a" * 32, "b" * 32


@pytest.fixture(autouse=True)
def table(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Table:
    """The Directory; the stack is one in this process."""
    found = Table(tables["DIRECTORY_TABLE"], dynamodb())
    monkeypatch.setattr(entries, "_table", lambda *_, **__: found)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a customer, and their PIN."""
    return saved(tmp_path, {"kind": "account", "key": "1001", "value": {"balance": 7, "pin": "42"}})


def saved(folder: Path, *found: Mapping[str, Any]) -> Path:
    """A file with entries."""
    path = folder / "entries.json"
    path.write_text(json.dumps(found))
    return path


def run(*arguments: object) -> Result:
    """Run `pivotctl entries` with *arguments*."""
    return CliRunner().invoke(entries.command, [str(each) for each in arguments])


def listed(kind: str, account: str, *more: str) -> list[dict[str, Any]]:
    """The entries that the command lists."""
    done = run("list", kind, "--account", account, *more)
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.output)
    return found


def test_a_template_finds_what_is_put(file: Path) -> None:
    """An entry is stored for its account, where a template of that account alone finds it."""
    assert run("put", file, "--account", FIRST).exit_code == 0
    found = Directory("account").of(Account(FIRST)).get("1001")
    assert found
    assert found["balance"] == 7
    assert Directory("account").of(Account(SECOND)).get("1001") is None


def test_a_pin_is_stored_as_a_hash(file: Path) -> None:
    """The PIN itself is nowhere in the table, and what is there proves it."""
    run("put", file, "--account", FIRST)
    ((entry),) = listed("account", FIRST)
    value = entry["value"]
    assert value.keys() == {"balance", "salt", "pin_hash"}
    assert value["pin_hash"] == hash_of("42", value["salt"])


def test_what_is_listed_can_be_put_again(file: Path, tmp_path: Path) -> None:
    """The list has the form of a file, so that entries move from one stack to another."""
    run("put", file, "--account", FIRST)
    before = listed("account", FIRST)
    run("delete", "account", "1001", "--account", FIRST)
    assert listed("account", FIRST) == []
    run("put", saved(tmp_path, *before))
    assert listed("account", FIRST) == before


def test_many_entries_are_listed_by_page(tmp_path: Path) -> None:
    """A list has all entries, however many pages the table needs for them."""
    long = "x" * 100_000
    many = [{"kind": "invoice", "key": f"{n:03}", "value": {"text": long}} for n in range(25)]
    assert run("put", saved(tmp_path, *many), "--account", FIRST).exit_code == 0
    assert [each["key"] for each in listed("invoice", FIRST)] == [f"{n:03}" for n in range(25)]
    assert [each["key"] for each in listed("invoice", FIRST, "--key", "007")] == ["007"]


def test_shared_entries(tmp_path: Path) -> None:
    """The account `*` is for entries that all accounts share, such as rates."""
    rate = {"kind": "rate", "account": "*", "key": "44", "value": {"per_minute": 2}}
    run("put", saved(tmp_path, rate))
    assert SharedDirectory("rate").get("44") == {"per_minute": 2}


REFUSED = {
    "a kind that nothing looks up": (
        {"kind": "acount", "key": "1", "value": {}},
        "no function looks up entries of kind 'acount': did you mean account?",
    ),
    "a fraction": (
        {"kind": "account", "key": "1", "value": {"balance": 1.5}},
        "only text and whole numbers",
    ),
    "a PIN that is no text of digits": (
        {"kind": "account", "key": "1", "value": {"pin": 4321}},
        "account 1: pin must be 1 to 12 digits, as a text",
    ),
    "hours that no office has": (
        {"kind": "office_hours", "key": "acme", "value": {"zone": "UTC", "week": {"mon": "9-5"}}},
        "office_hours acme: ",
    ),
    "a tree that leads nowhere": (
        {
            "kind": "ivr_tree",
            "key": "acme",
            "value": {
                "start": "main",
                "nodes": {"main": {"prompt": "Press 1.", "keys": {"1": "sales"}}},
            },
        },
        "ivr_tree acme: ",
    ),
    "a rate without a price": ({"kind": "rate", "key": "44", "value": {}}, "rate 44: "),
    "an entry of another account": (
        {"kind": "account", "account": SECOND, "key": "1", "value": {}},
        f"the file has entries of account {SECOND}, and --account is {FIRST}",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_is_stored_if_an_entry_is_refused(case: str, tmp_path: Path) -> None:
    """A file with one entry that cannot be stored changes nothing, and the error has the fix."""
    entry, error = REFUSED[case]
    good = {"kind": "account", "key": "0", "value": {}}
    done = run("put", saved(tmp_path, good, entry), "--account", FIRST)
    assert done.exit_code == 1
    assert error in done.output
    assert listed("account", FIRST) == []


def test_an_account_is_needed_for_a_deployed_stack(file: Path) -> None:
    """Only a local stack has a first account; for a deployed one, it must be named."""
    done = run("put", file, "--stack", "pivot-functions")
    assert done.exit_code == 1
    assert "--account ''" in done.output


def test_deleting_nothing_fails() -> None:
    """The exit status says that there was no such entry."""
    done = run("delete", "account", "1001", "--account", FIRST)
    assert done.exit_code == 1
    assert f"account#{FIRST} has no entry 1001" in done.output
