"""`pivotctl kazoo apply`, `plan`, `status`, and `remove`, on the local Crossbar."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pivotctl.cli import main
from pivotctl.commands import kazoo_apply
from pivotctl.connect.applying import apply_plan, found_documents
from pivotctl.connect.documents import MARK, WantedDocument
from pivotctl.connect.plan import planned, removing
from pivotctl.connect.samples import SAMPLES
from pivotctl.crossbar import ACCOUNT_ID, CrossbarAnswer, CrossbarRefusal, CrossbarRequest
from pivotctl.crossbar.envelope import failure
from pivotctl.deployed import DeployedStack
from pivotctl.kazoo.client import KazooClient
from pivotctl.kazoo.errors import Conflict, CrossbarFailed, SignInNeeded
from pivotctl.kazoo.transport import Transport
from pivotctl.keys import KeyFile
from tests.unit.kazoo.office import FILE, Office, others

WHOLE = f"""
{FILE}

[[carrier]]
provider = "flowroute"
username = "12345678"
password_from = "CARRIER_PASSWORD"

[[carrier]]
name = "backup"
server = "sip.example.com"
prefix = "9"

[[click-to-call]]
name = "Appointments"
extension = "6083"
caller_id_number = "+14155550100"

[recordings]
bucket = "acme-recordings"
region = "us-east-1"
key_from = "BUCKET_KEY"
secret_from = "BUCKET_SECRET"
"""
SECRETS = {"CARRIER_PASSWORD": "pw-7Qx", "BUCKET_KEY": "key-7Qx", "BUCKET_SECRET": "sec-7Qx"}
CARRIER = '[[carrier]]\nname = "x"\nserver = "sip.example.com"\n'
BUTTON = '[[click-to-call]]\nname = "x"\nextension = "6083"\n'
ONE = '[[numbers]]\nextension = "6001"\nfunction = "say_hello"\n'


HANGUP = {"module": "hangup", "data": {}}

# -- one account -----------------------------------------------------------------------------------


def test_a_second_run_changes_nothing(office: Office) -> None:
    """A document that was applied is found again by its mark, and needs no change."""
    assert "8 to create" in office.does("plan", status=2)
    office.does("apply", "--yes")
    applied = office.all()
    assert "nothing changes (8 as wanted)" in office.does("apply")
    assert "nothing changes" in office.does("plan")
    office.does("status")
    assert office.all() == applied


def test_what_is_made(office: Office) -> None:
    """A callflow has the template's fallback and real URLs; a webhook has hook and type."""
    office.does("apply", "--yes")
    flows = {each["numbers"][0]: each["flow"] for each in office.callflows()}
    template = json.loads(Path("functions/pivot/menu/callflow.json").read_text())
    made = flows["+14155550123"]
    fallback = template["flow"]["children"]["_"]
    assert made["children"]["_"]["module"] == fallback["module"] == "user"
    assert made["children"]["_"]["data"] == {**fallback["data"], "id": "1" * 32}
    assert made["data"]["voice_url"].endswith("/pivot/menu")
    assert made["data"]["cdr_url"].endswith("/cdr/cdr_url")
    assert "<" not in json.dumps(flows)
    assert "cdr_url" not in flows["6001"]["data"]
    taken = {(each["hook"], each.get("custom_data", {}).get("type")) for each in office.hooks()}
    assert {("sms", None), ("mms", None), ("notifications", "voicemail_new")} < taken
    assert not any(name.startswith(("_", "pvt_")) for each in office.hooks() for name in each)


def test_edits_by_hand_are_shown_and_kept(office: Office) -> None:
    """Fields that somebody has changed are shown with both values, and not overwritten."""
    before = office.all()
    office.does("apply", "--yes")
    office.edit("6001", name="Front desk")
    office.edit("+14155550123", {"req_timeout_ms": 1000})
    office.edit("messages/sms", uri="https://h.example/elsewhere")
    edited = office.all()
    said = office.does("apply", "--yes")
    assert "3 edited by hand, 5 as wanted" in said
    assert 'name: "Front desk" → "Pivot Functions: say_hello"' in said
    assert "flow.data.req_timeout_ms: 1000 → 5000" in said
    assert 'uri: "https://h.example/elsewhere" → "http' in said
    assert office.all() == edited
    assert "edited by hand, kept" in office.does("status", status=2)
    office.does("remove", "--yes")
    assert office.all() == before


def test_overwriting_edits(office: Office) -> None:
    """With --overwrite the wanted fields come back, and the account's other fields stay."""
    office.does("apply", "--yes")
    office.edit("6001", name="Front desk", flags=["vip"])
    assert "1 to change" in office.does("apply", "--yes", "--overwrite")
    (found,) = [each for each in office.callflows() if each["numbers"] == ["6001"]]
    assert (found["name"], found["flags"]) == ("Pivot Functions: say_hello", ["vip"])
    office.does("plan")


def test_the_accounts_own_fields_are_no_edit(office: Office) -> None:
    """Fields that a project does not set may be changed by anyone."""
    office.does("apply", "--yes")
    office.edit("6001", flags=["vip"])
    office.edit("messages/sms", enabled=False, remark="ours")
    assert "8 as wanted" in office.does("plan")


def test_what_the_file_changes(office: Office) -> None:
    """A changed file changes documents, and removes with --prune what it no longer wants."""
    office.does("apply", "--yes")
    text = ONE.replace("say_hello", "menu") + f'[ids]\nuser = "{"1" * 32}"'
    said = office.does("plan", status=2, text=text)
    assert "~ callflow 6001" in said
    assert "? callflow +14155550123: no longer wanted (--prune removes it)" in said
    office.does("apply", "--yes")
    assert len(office.callflows()) == 3
    office.edit("messages/sms", uri="https://h.example/elsewhere")
    assert "6 to remove, 1 edited by hand" in office.does("plan", "--prune", status=2)
    assert "- webhook" in office.does("apply", "--yes", "--prune", "--overwrite")
    assert {each["numbers"][0] for each in office.callflows()} == {"6001", "7001"}
    assert [each["name"] for each in office.hooks()] == ["theirs"]


def test_two_projects_share_an_account(office: Office) -> None:
    """A file's name keeps its documents apart from those of another file."""
    office.does("apply", "--yes")
    other = f'name = "other"\n{ONE.replace("6001", "6002")}'
    assert "1 to create" in office.does("apply", "--yes", text=other)
    assert "1 to remove" in office.does("remove", "--yes")
    assert "8 as wanted" in office.does("plan", text=FILE)


def test_a_number_in_another_form(office: Office) -> None:
    """A number that KAZOO writes in E.164 is no edit by hand."""
    office.does("apply", "--yes", text=ONE)
    (found,) = [each for each in office.callflows() if MARK in each]
    path = f"/accounts/{ACCOUNT_ID}/callflows"
    office.client.delete(f"{path}/{found['id']}")

    fields = {"name": "x", "numbers": ["4155550123"], "flow": HANGUP}
    wanted = (WantedDocument("callflows", "4155550123", fields),)
    apply_plan(office.client, ACCOUNT_ID, "p", planned(wanted, ()))
    known = found_documents(office.client, ACCOUNT_ID, "p")
    assert known[0].fields["numbers"] == ["+14155550123"]
    assert not planned(wanted, known).pending
    assert not known[0].is_edited


def test_a_change_while_a_plan_is_applied(office: Office) -> None:
    """A document that somebody changes after the plan was made is kept, and reported."""
    wanted = WantedDocument("callflows", "6001", {"name": "x", "numbers": ["6001"], "flow": HANGUP})
    apply_plan(office.client, ACCOUNT_ID, "p", planned([wanted], ()))
    renamed = replace(wanted, fields={**wanted.fields, "name": "y"})
    found = found_documents(office.client, ACCOUNT_ID, "p")
    plan = planned([renamed], found)
    office.edit("6001", name="Front desk")
    for late in (plan, removing(found)):
        with pytest.raises(Conflict, match="Someone else"):
            apply_plan(office.client, ACCOUNT_ID, "p", late)
    assert "Front desk" in [each["name"] for each in office.callflows()]


def test_a_disabled_webhook_is_reported(office: Office) -> None:
    """Status names the webhooks that are disabled, and apply leaves them so."""
    office.does("apply", "--yes")
    office.edit("messages/sms", enabled=False)
    assert "webhook messages/sms: disabled (by hand)" in office.does("status", status=2)
    assert "nothing changes" in office.does("apply", "--yes")


def test_nothing_is_changed_without_a_yes(office: Office) -> None:
    """The plan is shown before the question, and a no changes nothing."""
    before = office.all()
    result = CliRunner().invoke(
        main, ["kazoo", "apply", str(office.file)], input="n\n", env={"KAZOO_URL": office.url}
    )
    assert (result.exit_code, "+ callflow 6001" in result.output) == (1, True)
    assert office.all() == before


@pytest.mark.parametrize("secret", ["pivot-", "webhooks-"])
def test_keys_are_not_shown(office: Office, secret: str) -> None:
    """No key of a URL is printed, whatever differs."""
    office.does("apply", "--yes")
    office.edit("6001", {"voice_url": "https://h.example/pivot-KEY/pivot/x"})
    office.edit("messages/sms", uri="https://h.example/webhooks-KEY/webhooks/x")
    office.edit("+14155550123", {"custom_request_headers": {"X-Pivot-Key": f"{secret}KEY"}})
    said = office.does("plan")
    assert "h.example" in said
    assert f"{secret}KEY" not in said


# -- carriers, click-to-calls, and recordings ------------------------------------------------------


def test_everything_a_file_can_want(office: Office) -> None:
    """A second run changes nothing, and removing leaves the account as it was."""
    office.variables.update(SECRETS)
    before = office.all()
    said = office.does("apply", "--yes", text=WHOLE)
    assert "12 to create" in said
    for kind in ("carrier flowroute", "carrier backup", "click-to-call Appointments"):
        assert f"+ {kind}" in said
    assert "+ storage plan recordings" in said
    applied = office.all()
    assert "nothing changes (12 as wanted)" in office.does("apply")
    assert office.all() == applied
    carriers = {each["name"]: each for each in office.documents("resources")}
    (gateway,) = carriers["flowroute"]["gateways"]
    assert (gateway["username"], gateway["password"]) == ("12345678", "pw-7Qx")
    for name, sent in (("flowroute", "4930123456"), ("backup", "+4930123456")):
        assert re.findall(carriers[name]["rules"][0], "+4930123456") == [sent]
    (storage,) = office.documents("storage")
    (own,) = storage["attachments"]
    assert storage["attachments"][own]["settings"]["secret"] == "sec-7Qx"
    types = storage["plan"]["modb"]["types"]
    assert types == {"call_recording": {"attachments": {"handler": own}}}
    office.variables.clear()
    office.does("remove", "--yes")
    assert office.all() == before


def test_edits_of_carriers_and_others(office: Office) -> None:
    """Carriers, click-to-calls, and storage that were edited by hand are shown, and kept."""
    office.variables.update(SECRETS)
    office.does("apply", "--yes", text=WHOLE)
    for collection, mark, fields in (
        ("resources", "backup", {"gateways": [{"server": "sip.example.net", "password": "hand"}]}),
        ("clicktocall", "Appointments", {"extension": "6084"}),
    ):
        (found,) = [each for each in office.documents(collection) if each["name"] == mark]
        path = f"/accounts/{ACCOUNT_ID}/{collection}/{found['id']}"
        office.client.patch(path, **fields)
    office.client.patch(f"/accounts/{ACCOUNT_ID}/storage", plan={"modb": {"types": {"fax": {}}}})
    edited = office.all()
    said = office.does("apply", "--yes")
    assert "nothing changes (3 edited by hand, 9 as wanted)" in said
    assert 'extension: "6084" → "6083"' in said
    assert "sip.example.net" in said
    assert 'hand"' not in said
    assert office.all() == edited
    office.does("status", status=2)
    assert "3 to change" in office.does("apply", "--yes", "--overwrite")
    assert "nothing changes" in office.does("plan")


@pytest.mark.parametrize("value", SECRETS.values())
def test_secrets_are_not_shown(office: Office, value: str) -> None:
    """No plan has the password of a carrier, or the key of a bucket, new or old."""
    office.variables.update(SECRETS)
    said = office.does("apply", "--yes", text=WHOLE)
    office.variables.update({name: f"new-{name}" for name in SECRETS})
    said += office.does("plan", status=2)
    assert "attachments" in said
    assert value not in said
    assert "new-" not in said


def test_recordings_on_a_server(office: Office) -> None:
    """Recordings can go to a server that takes PUT instead of a bucket."""
    url = "https://recordings.example.com/in"
    office.does("apply", "--yes", text=f'[recordings]\nurl = "{url}"')
    (storage,) = office.documents("storage")
    (attachment,) = storage["attachments"].values()
    assert (attachment["handler"], attachment["settings"]["url"]) == ("http", url)


def test_a_kazoo_without_click_to_calls(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A collection that KAZOO does not have is no obstacle, unless the file wants it."""
    handle = office.crossbar.handle

    def without(request: CrossbarRequest) -> CrossbarAnswer:
        if "/clicktocall" in request.path:
            request = replace(request, path="/v2/accounts/x/nothing")
        return handle(request)

    monkeypatch.setattr(office.crossbar, "handle", without)
    assert "1 to create" in office.does("apply", "--yes", text=ONE)
    button = '[[click-to-call]]\nname = "x"\nextension = "6001"\n'
    said = office.does("apply", "--yes", status=1, text=ONE + button)
    assert "1 account failed" in said
    assert "clicktocall" in said


# -- conflicts with others -------------------------------------------------------------------------


def test_a_number_of_another_callflow(office: Office) -> None:
    """A number that others use is a conflict in the plan; everything else is applied."""
    text = ONE.replace("6001", "7001") + ONE
    said = office.does("plan", status=2, text=text)
    assert "x callflow 7001: callflow theirs (" in said
    assert "has 7001: remove the number there, or use another one here" in said
    assert "1 to create, 1 in conflict" in said
    said = office.does("apply", "--yes", "--overwrite", "--prune", status=1)
    assert "1 account failed; repeat the command to finish:" in said
    assert [each["name"] for each in office.callflows() if each["numbers"] == ["7001"]] == [
        "theirs"
    ]
    assert "1 in conflict, 1 as wanted" in office.does("status", status=2)


def test_a_storage_document_of_another(office: Office) -> None:
    """An account has one storage document, and that of others is kept."""
    office.client.put(f"/accounts/{ACCOUNT_ID}/storage", {"data": {"plan": {}}})
    text = '[recordings]\nurl = "https://recordings.example.com/in"'
    before = office.all()
    said = office.does("apply", "--yes", status=1, text=text)
    assert "x storage plan recordings: the account has a storage document of somebody else" in said
    assert office.all() == before


# -- sample IDs ------------------------------------------------------------------------------------


def test_sample_ids_are_refused(office: Office) -> None:
    """A fallback with an ID of the templates is not sent; the error has the lines that fix it."""
    text = FILE.partition("[ids]")[0]
    said = office.does("apply", "--yes", status=1, text=text)
    assert 'function = "menu": its fallback has sample IDs' in said
    assert 'add [ids] user = "..."' in said
    assert len(office.callflows()) == 1


def test_a_number_without_fallback(office: Office) -> None:
    """Without its fallback, a function needs no IDs of the account."""
    text = ONE.replace("say_hello", "menu") + "fallback = false\ndebug = true\n"
    office.does("apply", "--yes", text=text)
    (flow,) = [each["flow"] for each in office.callflows() if each["numbers"] == ["6001"]]
    assert flow["children"] == {}
    assert flow["data"]["debug"] is True


def test_samples_are_known() -> None:
    """Every ID in a template's callflow has a name under which it can be replaced."""
    texts = [path.read_text() for path in Path("functions/pivot").glob("*/callflow.json")]
    found = {each for text in texts for each in re.findall(r"[0-9a-f]{32}", text)}
    assert found == set(SAMPLES.values())


# -- what is wrong ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[numbers]\n", "is no TOML"),
        ("numbres = []", "numbres = []: did you mean 'numbers'?"),
        ("numbers = 1", "numbers = 1: set it to a list"),
        ("numbers = [1]", "numbers 1 = 1: write a table"),
        ('[[numbers]]\nfunction = "menu"', "numbers 1: number: name either a number or an ext"),
        ('[[numbers]]\nnumber = "6001"', "numbers 1: function: set it to a text in quotes"),
        (ONE.replace('"6001"', "6001"), "numbers 1: extension = 6001: set it to a text in quotes"),
        (ONE.replace("6001", "4155550123"), 'extension = "4155550123": write a number as +1415'),
        (ONE + ONE, 'numbers 2 = "6001": remove it here or above'),
        (ONE.replace("say_hello", "say_hallo"), "\"say_hallo\": did you mean 'say_hello'?"),
        (ONE.replace("say_hello", "messages"), 'function = "messages": use one of'),
        (ONE + 'url = "h.example"', 'url = "h.example": use https://HOST'),
        ('[webhooks]\nreceivers = "messages"', 'receivers = "messages": use "all", or a list'),
        ('[webhooks]\nreceivers = ["message"]', "\"message\": did you mean 'messages'?"),
        ("[webhooks]\ninclude_subaccounts = 1", "= 1: set it to true or false"),
        ("[ids]\nuser = 'jane'", 'ids.user = "jane": use an ID of your account'),
        ("[ids]\nusr = 'x'", "did you mean 'user'?"),
        ('[[carrier]]\nname = "x"', "carrier 1: server: set it to a text in quotes"),
        ('[[carrier]]\nprovider = "twilio"', 'use "flowroute", or name the server'),
        ('[[carrier]]\nprovider = "flowroute"', "name either username or tech_prefix"),
        ('[[carrier]]\nname = "x"\nserver = "h"\npassword = "p"', "did you mean 'password_from'?"),
        (CARRIER + 'username = "u"\n', "carrier 1: password_from: set it to a text in quotes"),
        (CARRIER + 'password_from = "P"\n', "add the username, or remove this key"),
        (CARRIER + 'username = "u"\npassword_from = "NONE_SUCH"', "set the environment variable"),
        (CARRIER + 'port = "5060"', 'port = "5060": set it to a whole number'),
        (CARRIER + "rules = [1]", "rules = [1]: use a list of texts"),
        (CARRIER + CARRIER, 'carrier 2 = "x": remove it here or above'),
        ('[[click-to-call]]\nname = "x"', "click-to-call 1: extension: set it to a text"),
        (BUTTON + 'dial_first = "both"', "use one of contact, extension"),
        (BUTTON + 'caller_id_number = "Acme"', "write a number as +1415"),
        ("recordings = 1", "recordings = 1: write a table"),
        ("[recordings]", "recordings.bucket: name either bucket or url"),
        ('[recordings]\nurl = "s3://x"', "use the URL of a server that takes PUT"),
        ('[recordings]\nbucket = "b"\nregion = "r"', "key_from: set it to a text in quotes"),
    ],
)
def test_a_file_that_cannot_be_meant(office: Office, text: str, said: str) -> None:
    """An error names file, key, value, and fix, before anything is asked of KAZOO."""
    result = office.run("plan", text=text)
    assert result.exit_code == 1
    assert str(office.file) in result.output
    assert said in result.output


def test_a_missing_file(office: Office) -> None:
    """Without a file, the error shows how one begins."""
    office.file.unlink()
    assert "[[numbers]]" in office.does("plan", status=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--match", "x"), "--match needs --all-descendants"),
        (("--account", "a" * 32, "--all-descendants"), "Use either --account or"),
        (("--account", "acme"), "'acme' is not an Account-ID"),
    ],
)
def test_accounts_that_cannot_be_meant(office: Office, options: tuple[str, ...], said: str) -> None:
    """Options that contradict each other are refused with the fix."""
    assert said in office.does("plan", *options, status=2)


# -- a deployed stack ------------------------------------------------------------------------------


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> str:
    """A stack that CloudFormation describes."""
    names = {"SayHello": "pivot/say_hello", "Messages": "webhooks/messages"}
    outputs = [
        {"OutputKey": f"{name}Url", "OutputValue": f"https://api.example.com/<KEY>/{path}"}
        for name, path in names.items()
    ]
    found = DeployedStack("demo")
    found.__dict__["described"] = {"Outputs": outputs}
    monkeypatch.setattr(kazoo_apply, "stack_named", lambda _name: found)
    return "demo"


def test_a_deployed_stack_needs_a_key(office: Office, stack: str) -> None:
    """Without a key there is no URL, and the error has the command that makes one."""
    said = office.does("plan", "--stack", stack, status=1, text=ONE)
    assert "pivotctl key --for pivot --save demo" in said


def test_keys_of_accounts(office: Office, stack: str) -> None:
    """URLs have the account's own key; webhooks with subaccounts have the one for all."""
    keys = KeyFile()
    keys.put("demo", "signing", "s" * 40)
    hooks = '[webhooks]\nreceivers = ["messages"]\ninclude_subaccounts = {}\n'
    office.does("apply", "--yes", "--stack", stack, text=ONE + hooks.format("true"))
    (flow,) = [each["flow"] for each in office.callflows() if each["numbers"] == ["6001"]]
    own = keys.proving("demo", "pivot", ACCOUNT_ID)
    assert flow["data"]["voice_url"] == f"https://api.example.com/{own}/pivot/say_hello"
    uris = {each["uri"] for each in office.hooks() if MARK in each}
    assert uris == {f"https://api.example.com/{keys.proving('demo', 'webhooks')}/webhooks/messages"}


def test_another_address(office: Office, stack: str) -> None:
    """A number's own URL replaces the stack's address, and keeps key and path."""
    KeyFile().put("demo", "pivot", "pivot-key")
    text = f'{ONE}url = "https://tunnel.example.com/"\n'
    office.does("apply", "--yes", "--stack", stack, text=text)
    (flow,) = [each["flow"] for each in office.callflows() if each["numbers"] == ["6001"]]
    assert flow["data"]["voice_url"] == "https://tunnel.example.com/pivot-key/pivot/say_hello"


def test_a_kazoo_elsewhere_needs_a_stack(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The local stack's URLs go to a Crossbar on this machine only."""
    monkeypatch.setattr(Transport, "is_local", property(lambda _self: False))
    assert "name a deployed one with --stack" in office.does("plan", status=2)
    text = ONE + 'url = "https://tunnel.example"'
    assert "1 to create" in office.does("apply", "--yes", text=text)


# -- many accounts ---------------------------------------------------------------------------------


def test_two_hundred_accounts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run goes on after a conflict or an error, and names who failed; a second run finishes."""
    made = [office.crossbar.accounts.create(ACCOUNT_ID, {"name": f"site {n}"}) for n in range(200)]
    broken = made[10::40]
    taken = [others(office.client, each.id, "6001") for each in broken[:3]]
    many = ("--yes", "--all-descendants", "--match", "site")
    with monkeypatch.context() as patch:
        patch.setattr(office.crossbar, "handle", failing(office, *(each.id for each in broken[3:])))
        said = office.does("apply", *many, status=1, text=ONE)
    tail = said.partition("5 accounts failed; repeat the command to finish:\n")[2]
    assert [f"{each.name} ({each.id}): " in tail for each in broken] == [True] * 5
    assert tail.count("has 6001: remove the number there, or use another one here") == 3
    assert tail.count("Crossbar failed at PUT") == 2
    assert said.count(": done") == 195
    for path in taken:
        office.client.delete(path)
    again = office.does("apply", *many)
    assert (again.count(": done"), again.count("nothing changes")) == (5, 195)
    assert sum(len(office.callflows(each.id)) for each in made) == 200


def failing(office: Office, *accounts: str) -> Callable[[CrossbarRequest], CrossbarAnswer]:
    """A Crossbar that fails when a document of *accounts* is created."""
    handle = office.crossbar.handle

    def handled(request: CrossbarRequest) -> CrossbarAnswer:
        if request.method == "PUT" and any(each in request.path for each in accounts):
            refused = CrossbarRefusal(500, "unspecified_fault")
            return CrossbarAnswer(500, failure(refused, office.crossbar.clock()))
        return handle(request)

    return handled


def test_a_plan_that_fails(office: Office) -> None:
    """An account whose documents cannot be read is named, and the others are planned."""
    said = office.does("plan", "--account", "f" * 32, "--account", ACCOUNT_ID, status=1)
    assert "8 to create" in said
    assert f"{'f' * 32}: " in said.partition("1 account failed")[2]


def test_a_sign_in_that_ends(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run ends with the sign-in, and names the accounts that had failed until then."""
    known = office.crossbar.accounts.one(ACCOUNT_ID)

    def ended(_client: KazooClient, account: str, *_more: Any) -> None:
        if account == ACCOUNT_ID:
            raise SignInNeeded("Your sign-in has ended.")
        raise CrossbarFailed("Crossbar failed.", status=500)

    monkeypatch.setattr("pivotctl.connect.applying.found_documents", ended)
    accounts = ("--account", "e" * 32, "--account", known.id, "--account", "f" * 32)
    said = office.does("plan", *accounts, status=1)
    assert f"{'e' * 32}: Crossbar failed." in said
    assert "Error: Your sign-in has ended." in said
    assert "f" * 32 not in said
