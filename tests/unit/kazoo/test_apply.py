"""`pivotctl kazoo apply`, `plan`, `status`, and `remove`, on the local Crossbar."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pivotctl.cli import main
from pivotctl.commands import kazoo_apply
from pivotctl.connect.applying import apply_plan, found_documents
from pivotctl.connect.documents import MARK, WantedDocument
from pivotctl.connect.plan import planned
from pivotctl.crossbar import ACCOUNT_ID, API_KEY, HookDocument, LocalCrossbar
from pivotctl.deployed import DeployedStack
from pivotctl.kazoo.client import KazooClient, Session
from pivotctl.kazoo.credentials import SignIns
from pivotctl.kazoo.errors import CrossbarFailed, SignInNeeded
from pivotctl.kazoo.transport import Transport
from pivotctl.keys import KeyFile
from pivotctl.upstreams import Upstreams
from pivotctl.upstreams.crossbar import CrossbarFake

FILE = """
[[numbers]]
extension = "6001"
function = "say_hello"

[[numbers]]
number = "+14155550123"
function = "menu"
cdr_url = true

[webhooks]
receivers = ["messages", "voicemails"]
"""
ONE = '[[numbers]]\nextension = "6001"\nfunction = "say_hello"\n'


@dataclass(frozen=True)
class Office:
    """The local Crossbar, the command line that has signed in there, and `kazoo.toml`."""

    crossbar: LocalCrossbar
    url: str
    file: Path

    @property
    def client(self) -> KazooClient:
        """A client of the master account."""
        transport = Transport(self.url)
        return KazooClient(transport, Session(transport, key=API_KEY))

    def run(self, command: str, *options: str, text: str | None = None) -> Result:
        """Run a command with the file, after writing *text* into it."""
        if text is not None:
            self.file.write_text(text)
        arguments = ["kazoo", command, str(self.file), *options]
        return CliRunner().invoke(main, arguments, env={"KAZOO_URL": self.url})

    def does(self, command: str, *options: str, status: int = 0, text: str | None = None) -> str:
        """The output of a command that must exit with *status*."""
        result = self.run(command, *options, text=text)
        assert result.exit_code == status, result.output
        return result.output

    def callflows(self, account: str = ACCOUNT_ID) -> list[dict[str, Any]]:
        """The callflows of an account."""
        return [each.public() for each in self.crossbar.documents.of(account, "callflows")]

    def hooks(self, account: str = ACCOUNT_ID) -> list[dict[str, Any]]:
        """The webhooks of an account."""
        return [each.public() for each in self.crossbar.hooks.of(account, self.crossbar.clock())]

    def all(self) -> str:
        """All documents of the master account, as text."""
        return json.dumps([self.callflows(), self.hooks()], sort_keys=True)

    def edit(self, mark: str, data: Any = None, **fields: Any) -> None:
        """Change fields of a document by hand, or *data* of its first action."""
        both = (("callflows", self.callflows()), ("webhooks", self.hooks()))
        ((collection, found),) = [
            (collection, each)
            for collection, documents in both
            for each in documents
            if each.get(MARK, {}).get("name") == mark
        ]
        if data is not None:
            fields["flow"] = {**found["flow"], "data": {**found["flow"]["data"], **data}}
        self.client.patch(f"/accounts/{ACCOUNT_ID}/{collection}/{found['id']}", **fields)


@pytest.fixture
def office(sign_ins: SignIns, tmp_path: Path) -> Iterator[Office]:
    """A Crossbar on a port of its own, whose account has a callflow and a webhook of others."""
    del sign_ins  # it gives the test a folder of its own
    running = Upstreams()
    running.start()
    fake = running.crossbar.fake
    assert isinstance(fake, CrossbarFake)
    url, file = f"{running.url}/crossbar/v2", tmp_path / "kazoo.toml"
    found = Office(fake.crossbar, url, file)
    found.file.write_text(FILE)
    others(found.client, ACCOUNT_ID, "7001")
    fake.crossbar.hooks.register(
        HookDocument("d" * 32, ACCOUNT_ID, "theirs", "all", "https://h.example/x")
    )
    login = ["kazoo", "login", "--api-key", "--url", url]
    assert CliRunner().invoke(main, login, input=API_KEY).exit_code == 0
    yield found
    running.stop()


def others(client: KazooClient, account: str, number: str) -> str:
    """Have somebody else make a callflow for a number; return its path."""
    flow: dict[str, Any] = {"module": "hangup", "data": {}, "children": {}}
    data: dict[str, Any] = {"name": "theirs", "numbers": [number], "flow": flow}
    path = f"/accounts/{account}/callflows"
    answer = client.put(path, {"data": data})
    return f"{path}/{answer.text('data', 'id')}"


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
    assert made["children"] == template["flow"]["children"]
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
    text = ONE.replace("say_hello", "menu")
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

    fields = {"name": "x", "numbers": ["4155550123"], "flow": {"module": "hangup", "data": {}}}
    wanted = (WantedDocument("callflows", "4155550123", fields),)
    apply_plan(office.client, ACCOUNT_ID, "p", planned(wanted, ()))
    known = found_documents(office.client, ACCOUNT_ID, "p")
    assert known[0].fields["numbers"] == ["+14155550123"]
    assert not planned(wanted, known).pending
    assert not known[0].is_edited


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


def test_two_hundred_accounts(office: Office) -> None:
    """A run goes on after an error and names who failed; a second run finishes."""
    made = [office.crossbar.accounts.create(ACCOUNT_ID, {"name": f"site {n}"}) for n in range(200)]
    broken = made[10::40]
    taken = [others(office.client, each.id, "6001") for each in broken]
    many = ("--yes", "--all-descendants", "--match", "site")
    said = office.does("apply", *many, status=1, text=ONE)
    tail = said.partition("5 accounts failed; repeat the command to finish:\n")[2]
    assert [f"{each.name} ({each.id}): " in tail for each in broken] == [True] * 5
    assert tail.count("another callflow of the account has it") == 5
    assert said.count(": done") == 195
    assert sum(len(office.callflows(each.id)) for each in made) == 200
    for path in taken:
        office.client.delete(path)
    again = office.does("apply", *many)
    assert (again.count(": done"), again.count("nothing changes")) == (5, 195)
    assert office.does("plan", *many[1:]).count("nothing changes") == 200


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
