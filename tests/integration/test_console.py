"""The console's sign-in and settings, over the tables of a DynamoDB."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from pivotkit.store.account_entries import AccountEntries
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.table import Table
from tests.aws import aws_client
from tests.console import HASH, KEY, Visitor, signed_in
from tests.events import ACCOUNT
from tests.functions import load
from tests.integration.replaying import Line, counted

PLACE = {"account": ACCOUNT}
PAGE = f"/settings/ring?account={ACCOUNT}"
BOX = "c3d1b5f2e4a6079889706b5c4d3e2f1a"
NUMBER = "+14155550123"
HOSTILE = ("<script>alert(1)</script>", "\u202e\u05d0\u05d1 elif", "x" * 4096, "a\0b", "'\"><img>")


@pytest.fixture(autouse=True)
def table(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Table:
    """The table with the accounts' entries, in a deployed stack with a console key."""
    name = tables["DIRECTORY_TABLE"]
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    monkeypatch.setenv("KEY_HASHES", HASH)
    monkeypatch.setenv("SETTINGS_TABLE", name)
    monkeypatch.setenv("ENDPOINTS", "pivot/ring pivot/ivr_tree pivot/crm_lookup pivot/dial_out")
    return Table(name, dynamodb())


def texts(table: Table, function: str = "ring", number: str = "") -> dict[str, str]:
    """The account's own values."""
    return dict(AccountEntries(table, function, ACCOUNT, number).read().texts)


# -- sign-in ---------------------------------------------------------------------------------------


def test_wrong_keys_are_limited() -> None:
    """After ten wrong keys an address is refused with the right one, too; others are not."""
    said = {Visitor().post("/sign-in", key=f"console-{number}").status for number in range(10)}
    refused = Visitor().post("/sign-in", key=KEY)
    assert (said, refused.status, refused.cookies) == ({401}, 401, [])
    assert "Too many attempts" in refused.shown
    assert Visitor(address="198.51.100.7").post("/sign-in", key=KEY).status == 303


def test_right_keys_are_not_limited() -> None:
    """An attempt with the right key is taken back."""
    assert {Visitor().post("/sign-in", key=KEY).status for _ in range(12)} == {303}


def test_addresses_of_one_network_share_their_attempts() -> None:
    """Whoever has an IPv6 network (/64) gets no more attempts than others."""
    for number in range(10):
        Visitor(address=f"2001:db8:1:2::{number + 1:x}").post("/sign-in", key="console-x")
    assert Visitor(address="2001:db8:1:2:ffff::1").post("/sign-in", key=KEY).status == 401
    assert Visitor(address="2001:db8:1:3::1").post("/sign-in", key=KEY).status == 303


def test_sign_in_without_its_table(tables: Mapping[str, str]) -> None:
    """If attempts cannot be counted, nobody signs in."""
    aws_client("dynamodb").delete_table(TableName=tables["CALL_STATE_TABLE"])
    answer = Visitor().post("/sign-in", key=KEY)
    assert (answer.status, answer.cookies) == (503, [])


# -- the form --------------------------------------------------------------------------------------


def test_a_changed_value_is_in_the_next_call(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next call of an account has the value that an operator saved; an empty field ends it."""
    monkeypatch.setenv("PIVOTCTL_SETTINGS_SECONDS", "0")
    visitor = signed_in()
    saved = visitor.post("/settings/ring", **PLACE, version="0", set__ring_seconds=" 44 ")
    assert (saved.status, saved.headers["location"]) == (303, f"{PAGE}&saved=")
    shown = visitor.get(saved.headers["location"])
    assert "Saved." in shown.shown
    assert "account 44 in force" in shown.shown
    with monkeypatch.context() as local:
        local.setenv("AWS_SAM_LOCAL", "true")
        local.setenv("POWERTOOLS_SERVICE_NAME", "ring")
        local.delenv("KEY_HASHES")
        assert Line(load("pivot/ring")).ask().actions[0]["data"]["timeout"] == 44
    visitor.post("/settings/ring", **PLACE, version=shown.version, set__ring_seconds="")
    assert texts(table) == {}
    assert "default 20 in force" in visitor.get(PAGE).shown


def test_each_layer_is_shown(table: Table) -> None:
    """A number's value takes precedence over that of its account, and that over the default."""
    of_account = AccountEntries(table, "ivr_tree", ACCOUNT)
    of_account.change({"tree": "acme"}, (), "jo")
    AccountEntries(table, "ivr_tree", ACCOUNT, NUMBER).change({"tree": "sales"}, (), "jo")
    visitor = signed_in()
    assert "account acme in force" in visitor.get(f"/settings/ivr_tree?account={ACCOUNT}").shown
    of_number = visitor.get(f"/settings/ivr_tree?account={ACCOUNT}&number=%2B14155550123").shown
    assert "account acme number sales in force" in of_number
    assert "of +14155550123" in of_number


VALID = "set__voicemail_box"
REFUSED = [
    ({"set__ring_seconds": "0"}, "must be a whole number from 1 to 86400"),
    ({"set__ring_kind": "phone"}, "must be one of user, device, group"),
    ({"set__voicemail_box": "7"}, "must be an ID of 32 hexadecimal digits"),
    *(({"set__ring_id": text}, "must be an ID of 32 hexadecimal digits") for text in HOSTILE),
]


@pytest.mark.parametrize(("fields", "rule"), REFUSED, ids=lambda value: str(value)[:30])
def test_a_wrong_value_is_refused(table: Table, fields: dict[str, str], rule: str) -> None:
    """Nothing is stored; the rule is beside the field, and what was typed is in it, as text."""
    answer = signed_in().post("/settings/ring", **PLACE, version="0", **{VALID: BOX, **fields})
    ((name, text),) = fields.items()
    assert answer.status == 422
    assert f'id="setting-{name.removeprefix("set__")}-fault">{rule}' in answer.text
    assert "<" not in text or text not in answer.text
    assert (texts(table), AccountEntries(table, "ring", ACCOUNT).history()) == ({}, [])


PLACES = [
    ("ring", {"account": "x"}, 422),
    ("ring", {"account": ACCOUNT.upper()}, 422),
    ("ring", {"account": f"{ACCOUNT}' OR 1=1"}, 422),
    ("ring", {"account": ACCOUNT, "number": NUMBER}, 422),
    ("ivr_tree", {"account": ACCOUNT, "number": "<b>1"}, 422),
    ("dial_out", {"account": ACCOUNT}, 303),
    ("twiml_menu", {"account": ACCOUNT}, 404),
    ("../ring", {"account": ACCOUNT}, 404),
]


@pytest.mark.parametrize(("function", "place", "status"), PLACES)
def test_a_place_without_settings(function: str, place: dict[str, str], status: int) -> None:
    """Accounts, numbers, and functions are checked before anything is read."""
    with counted() as calls:
        answer = signed_in().post(f"/settings/{function}", **place, version="0")
    assert answer.status == status
    assert bool(calls) == (status == 303)


@pytest.mark.usefixtures("parameters")
def test_a_value_that_the_console_does_not_know() -> None:
    """A setting that an option of the stack fills shows the option's name in place of its value."""
    of_account = signed_in().get(f"/settings/update_row?account={ACCOUNT}").shown
    assert "deployment option RowsUrl in force" in of_account
    assert "Set by the option RowsUrl" in signed_in().get("/settings/update_row").shown


def test_two_editors(table: Table) -> None:
    """The second of two is refused, sees what changed, keeps what they typed, and can save it."""
    one, other = signed_in(), signed_in()
    assert one.get(PAGE).version == other.get(PAGE).version == "0"
    one.post("/settings/ring", **PLACE, version="0", set__ring_seconds="30")
    refused = other.post("/settings/ring", **PLACE, version="0", set__ring_seconds="50")
    assert (refused.status, texts(table)) == (409, {"ring_seconds": "30"})
    assert "Somebody else changed" in refused.shown
    assert "account 30 in force" in refused.shown
    assert 'value="50"' in refused.text
    other.post("/settings/ring", **PLACE, version=refused.version, set__ring_seconds="50")
    assert texts(table) == {"ring_seconds": "50"}


@pytest.mark.usefixtures("atomic_writes")
def test_two_editors_at_once(table: Table) -> None:
    """Of eight forms with the same version, one is saved, and the history has one change."""

    def change(seconds: int) -> str:
        entries = AccountEntries(table, "ring", ACCOUNT)
        try:
            entries.change({"ring_seconds": str(seconds)}, (), "jo", seen=0)
        except Exception as error:  # noqa: BLE001  (its name is the outcome)
            return type(error).__name__
        return "saved"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(change, range(30, 38)))
    assert sorted(said) == ["ChangedMeanwhileError"] * 7 + ["saved"]
    assert len(AccountEntries(table, "ring", ACCOUNT).history()) == 1


def test_no_value_at_all_is_a_value(table: Table) -> None:
    """An optional setting can be none for an account, whatever the deployment has."""
    visitor = signed_in()
    visitor.post("/settings/dial_out", **PLACE, version="0", set__number="", none="number")
    assert texts(table, "dial_out") == {"number": ""}
    page = visitor.get(f"/settings/dial_out?account={ACCOUNT}")
    assert 'value="number" checked' in page.text
    both = {"set__number": NUMBER, "none": "number"}
    refused = visitor.post("/settings/dial_out", **PLACE, version=page.version, **both)
    assert (refused.status, "not both" in refused.shown) == (422, True)
    visitor.post("/settings/dial_out", **PLACE, version=page.version, set__number="")
    assert texts(table, "dial_out") == {}


class Ssm:
    """SSM's part in this: it lists the tags of the parameters that it knows."""

    def __init__(self, *known: str) -> None:
        self.known = {*known}

    def list_tags_for_resource(self, **request: str) -> dict[str, object]:
        """Answer for a known parameter, and refuse another."""
        assert request["ResourceType"] == "Parameter"
        if request["ResourceId"] not in self.known:
            raise ClientError({"Error": {"Code": "InvalidResourceId"}}, "ListTagsForResource")
        return {"TagList": []}


@pytest.fixture
def parameters(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of SSM's parameters, whose values nobody can read here."""
    ssm = Ssm("/acme/crm_lookup/crm_token")
    monkeypatch.setenv("SECRETS_PATH", "/acme")
    monkeypatch.setattr(import_module("functions.console.secret_state"), "client", lambda *_: ssm)
    return ssm.known


def test_a_secret_is_set_or_not_set(parameters: set[str]) -> None:
    """The pages show whether the deployment and the account have one; they read none."""
    visitor = signed_in()
    of_account = f"/settings/crm_lookup?account={ACCOUNT}"
    assert "set a secret:" in visitor.get("/settings/crm_lookup").shown
    assert "deployment set account not set" in visitor.get(of_account).shown
    parameters.add(f"/acme/crm_lookup/{ACCOUNT}/crm_token")
    assert "deployment set account set" in visitor.get(of_account).shown


def test_a_secret_of_a_local_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is in a file, of which the page has no value either."""
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({f"/local/crm_lookup/{ACCOUNT}/crm_token": "t0ken"}))
    for name, value in {
        "AWS_SAM_LOCAL": "true",
        "SECRETS_PATH": "/local",
        "PIVOTCTL_SECRETS": str(secrets),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("KEY_HASHES")
    page = Visitor().get(f"/settings/crm_lookup?account={ACCOUNT}")
    assert "deployment not set account set" in page.shown
    assert "t0ken" not in page.text


@pytest.mark.usefixtures("parameters")
def test_a_secret_is_never_shown_or_changed(table: Table) -> None:
    """The form has no field for a secret, and one that is sent is left out."""
    visitor = signed_in()
    visitor.post("/settings/crm_lookup", **PLACE, version="0", set__crm_token="t0ken")
    assert texts(table, "crm_lookup") == {}
    page = visitor.get(f"/settings/crm_lookup?account={ACCOUNT}")
    assert "pivotctl secret crm_lookup crm_token" in page.shown
    assert "set.crm_token" not in page.text


def test_the_history_has_time_and_author(table: Table) -> None:
    """Changes of the console and of `pivotctl settings` are in one history."""
    AccountEntries(table, "ring", ACCOUNT).change({"ring_kind": "device"}, (), "al@desk")
    visitor = Visitor()
    visitor.post("/sign-in", key=KEY, name="Jo <b>")
    visitor.post("/settings/ring", **PLACE, version="1", set__ring_seconds="30")
    page = visitor.get(PAGE)
    assert re.search(
        r":\d\d Jo <b> \(console\) ring_seconds unset 30 .* al@desk ring_kind unset device",
        page.shown,
    )
    assert "Jo <b>" not in page.text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_values_are_text(table: Table, text: str) -> None:
    """A stored value that breaks its rule is shown as text, and as ignored."""
    AccountEntries(table, "ring", ACCOUNT).change({"ring_id": text}, (), text[:100])
    page = signed_in().get(PAGE)
    assert page.status == 200
    assert "<script>" not in page.text
    assert "<img" not in page.text
    assert "This value is ignored" in page.shown


def test_the_table_is_away(table: Table) -> None:
    """The page says that nothing was changed."""
    aws_client("dynamodb").delete_table(TableName=table.name)
    visitor = signed_in()
    assert visitor.get(PAGE).status == 503
    answer = visitor.post("/settings/ring", **PLACE, version="0", set__ring_seconds="30")
    assert (answer.status, "Nothing was changed" in answer.shown) == (503, True)


def test_a_stack_without_settings_of_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages show the deployment's values, and how to turn the others on."""
    monkeypatch.setenv("SETTINGS_TABLE", "")
    visitor = signed_in()
    for page in (visitor.get("/settings"), visitor.get("/settings/ring")):
        assert "AccountSettings=on" in page.shown
    assert visitor.post("/settings/ring", **PLACE, version="0").status == 409
