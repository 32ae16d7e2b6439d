"""`pivotctl kazoo`: signing in, accounts, webhooks, and live calls."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pivotctl.cli import main
from pivotctl.commands import kazoo_connection
from pivotctl.kazoo.credentials import SignIns
from tests.unit.kazoo.crossbar_server import (
    ACCOUNT,
    KEY,
    OWNER,
    SIGNED_IN,
    ScriptedCrossbar,
    success,
)

CHILD, HOOK, CALL = "c" * 32, "d" * 32, "7c1f4a52@198.51.100.23"
USER = ("login", "--user", "Jane", "--account-name", "acme")


class Console:
    """The command line, pointed at a Crossbar."""

    def __init__(self, url: str) -> None:
        self.url = url

    def run(self, *arguments: str, text: str = "") -> Result:
        """Run `pivotctl kazoo` with *text* as its standard input."""
        environment = {"KAZOO_URL": self.url}
        return CliRunner().invoke(main, ["kazoo", *arguments], input=text, env=environment)

    def prints(self, *arguments: str, text: str = "") -> str:
        """The output of a command that must succeed."""
        result = self.run(*arguments, text=text)
        assert result.exit_code == 0, result.output
        return result.output


@pytest.fixture
def console(crossbar: ScriptedCrossbar, sign_ins: SignIns) -> Console:
    """The command line without a sign-in."""
    del sign_ins  # it gives the test a folder of its own
    crossbar.route("GET", "/token_auth", SIGNED_IN)
    return Console(crossbar.url)


@pytest.fixture
def signed_in(console: Console) -> Console:
    """The command line with a sign-in by API key."""
    console.prints("login", "--api-key", text=f"{KEY}\n")
    return console


# -- signing in ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "text", "named"),
    [
        ("--account-name", "acme", {"account_name": "acme"}),
        ("--account-realm", "acme.sip.example", {"account_realm": "acme.sip.example"}),
        ("--phone-number", "+14155550123", {"phone_number": "+14155550123"}),
    ],
)
def test_signing_in_as_a_user(
    crossbar: ScriptedCrossbar,
    console: Console,
    sign_ins: SignIns,
    option: str,
    text: str,
    named: dict[str, str],
) -> None:
    """The account has a name, a realm, or a number; the password is read, and kept nowhere."""
    said = console.prints("login", "--user", "Jane", option, text, text="pass word \n")
    assert said.startswith(f"Signed in at {console.url}: acme ({ACCOUNT}).\nThe token is valid unt")
    hashed = hashlib.md5(b"jane:pass word ", usedforsecurity=False).hexdigest()
    (heard,) = crossbar.heard
    assert heard.body == {"data": {"credentials": hashed, "method": "md5", **named}}
    content = sign_ins.path.read_text()
    assert "pass word" not in content
    assert hashed not in content


def test_signing_in_with_a_key(console: Console, sign_ins: SignIns) -> None:
    """The key is kept in a private file, and renews the token."""
    assert "The API key renews the token" in console.prints("login", "--api-key", text=KEY)
    found = sign_ins.get(console.url)
    assert found is not None
    assert (found.token, found.api_key, found.account_id) == ("token-1", KEY, ACCOUNT)
    assert sign_ins.path.stat().st_mode & 0o777 == 0o600


def test_taking_over_a_token(
    crossbar: ScriptedCrossbar,
    console: Console,
) -> None:
    """A token of another program is tried before it is kept."""
    assert "acme" in console.prints("login", "--token", text="theirs\n")
    assert [(heard.path, heard.token) for heard in crossbar.heard] == [("/v2/token_auth", "theirs")]
    crossbar.ended.add("false")
    result = console.run("login", "--token", text="false\n")
    assert (result.exit_code, "sign in again" in result.output) == (1, True)
    assert "acme" in console.prints("whoami")


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        (("login",), "x", "Name your --user, or use either --api-key or --token."),
        (("login", "--user", "jane"), "x", "name its account by one of --account-name"),
        (("login", "--api-key", "--token"), "x", "or use either"),
        (("login", "--api-key", "--account-name", "a"), "x", "without it, by none"),
        ((*USER, "--account-realm", "a.example"), "x", "by one of --account-name"),
        (USER, "", "Password must be one line"),
        (("accounts", "--account", "acme"), "", "'acme' is not an Account-ID"),
        (("channels", "--hang-up", "a", "--transfer", "a", "1"), "", "Use either --hang-up or"),
        (("channels", "--data", "{}"), "", "Use --data with --metaflow."),
        (("channels", "--metaflow", "a", "play", "--data", "{"), "", "--data is not valid JSON"),
        (("channels", "--metaflow", "a", "play", "--data", "[]"), "", "must be a JSON object"),
        (("hooks", "--available", "--attempts"), "", "Use --available and --attempts alone."),
    ],
)
def test_what_cannot_be_meant(
    console: Console, arguments: tuple[str, ...], text: str, said: str
) -> None:
    """Options that contradict each other, and values that cannot be, are refused with the fix."""
    result = console.run(*arguments, text=text)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


def test_a_key_that_is_too_short_is_not_sent(
    crossbar: ScriptedCrossbar,
    console: Console,
) -> None:
    """A key without its 64 characters does not leave the machine, and is not shown."""
    result = console.run("login", "--api-key", text="short\n")
    assert "api_key (not shown) is too short: use at least 64 characters." in result.output
    assert (result.exit_code, crossbar.heard) == (1, [])


def test_whoami(signed_in: Console) -> None:
    """It shows Crossbar, account, user, and the end of the token."""
    said = signed_in.prints("whoami").splitlines()
    assert said[:3] == [
        f"Crossbar  {signed_in.url}",
        f"Account   acme ({ACCOUNT})",
        f"User      {OWNER}",
    ]
    assert said[3].endswith(", then renewed")
    assert json.loads(signed_in.prints("whoami", "--json"))["account_id"] == ACCOUNT


def test_logging_out(signed_in: Console, sign_ins: SignIns) -> None:
    """The sign-in is forgotten, and the next command says how to sign in."""
    assert signed_in.prints("logout").startswith(f"Signed out at {signed_in.url}. The token ends")
    assert sign_ins.all() == {}
    assert "You were not signed in" in signed_in.prints("logout")
    result = signed_in.run("accounts")
    assert result.exit_code == 1
    assert f"use `pivotctl kazoo login --url {signed_in.url}`" in result.output


def test_without_a_crossbar(
    monkeypatch: pytest.MonkeyPatch,
    signed_in: Console,
) -> None:
    """Without --url and a local stack nothing is guessed, and the known sign-ins are named."""
    monkeypatch.setattr(kazoo_connection, "local_url", lambda: None)
    result = CliRunner().invoke(main, ["kazoo", "whoami"], env={"KAZOO_URL": None})
    assert result.exit_code == 1
    assert f"You are signed in at {signed_in.url}." in result.output


def test_the_local_crossbar_needs_no_sign_in(
    monkeypatch: pytest.MonkeyPatch,
    crossbar: ScriptedCrossbar,
    console: Console,
    sign_ins: SignIns,
) -> None:
    """A running stack is the default; its published key is used, and nothing is kept."""
    monkeypatch.setattr(kazoo_connection, "local_url", lambda: console.url)
    result = CliRunner().invoke(main, ["kazoo", "whoami"], env={"KAZOO_URL": None})
    assert result.exit_code == 0, result.output
    assert crossbar.heard[0].path == "/v2/api_auth"
    assert sign_ins.all() == {}


# -- accounts --------------------------------------------------------------------------------------

ACCOUNTS = [
    {"id": CHILD, "name": "Zoo", "realm": "zoo.example", "tree": [ACCOUNT]},
    {"id": "e" * 32, "name": "berlin", "realm": "b.sip.example", "tree": [ACCOUNT]},
]


@pytest.mark.parametrize(
    ("match", "names"),
    [("", ["berlin", "Zoo"]), ("BER", ["berlin"]), ("zoo.ex", ["Zoo"]), ("eeee", ["berlin"])],
)
def test_accounts(
    crossbar: ScriptedCrossbar,
    signed_in: Console,
    match: str,
    names: list[str],
) -> None:
    """Descendants are listed by name; --match finds a part of a name, a realm, or an ID."""
    crossbar.route("GET", f"/accounts/{ACCOUNT}/descendants", ACCOUNTS)
    said = signed_in.prints("accounts", "--match", match).splitlines()
    assert said[0].split() == ["id", "name", "realm"]
    assert [line.split()[1] for line in said[1:]] == names
    rows = signed_in.prints("accounts", "--match", match, "--json").splitlines()
    assert [json.loads(row)["name"] for row in rows] == names


def test_no_account(crossbar: ScriptedCrossbar, signed_in: Console) -> None:
    """A list without a row is a sentence."""
    crossbar.route("GET", f"/accounts/{CHILD}/descendants", [])
    said = signed_in.prints("accounts", "--account", CHILD, "--match", "x")
    assert said == f"There is no account below {CHILD} that matches 'x'.\n"


# -- webhooks --------------------------------------------------------------------------------------

OFF = {"id": HOOK, "name": "events", "hook": "all", "enabled": False, "disable_reason": "too many"}
ON = {"id": "f" * 32, "name": "calls", "hook": "channel_destroy", "enabled": True}
ATTEMPT = {
    "hook_id": HOOK, "result": "failure", "timestamp": 63_885_519_612, "retries_left": 1,
    "resp_status_code": "500", "reason": "bad response code",
}  # fmt: skip


@pytest.fixture
def hooked(crossbar: ScriptedCrossbar, signed_in: Console) -> Console:
    """An account with a disabled webhook, and one that is enabled."""
    hooks: list[dict[str, Any]] = [dict(OFF), dict(ON)]
    path = f"/accounts/{ACCOUNT}/webhooks"
    crossbar.route("GET", path, hooks)
    crossbar.route("GET", f"{path}/attempts", [ATTEMPT])
    crossbar.route("GET", "/webhooks", [{"id": "all", "name": "All", "description": "Everything"}])

    def enable(heard: Any) -> Any:
        hooks[0].update(heard.body["data"])
        return success(hooks[0])

    crossbar.routes["PATCH", f"/v2{path}/{HOOK}"] = enable
    return signed_in


def test_hooks_are_listed_with_their_state(hooked: Console) -> None:
    """A disabled webhook has its reason, and makes the exit status 1."""
    result = hooked.run("hooks")
    assert result.exit_code == 1
    lines = [line.split("  ") for line in result.output.splitlines()]
    assert [line[-1].strip() for line in lines] == ["state", "disabled: too many", "enabled"]
    assert "calls" not in hooked.run("hooks", "--disabled").output


def test_a_hook_is_enabled(crossbar: ScriptedCrossbar, hooked: Console) -> None:
    """A webhook is found by its name, and only that field is sent."""
    said = hooked.prints("hooks", "--enable", "events")
    assert "disabled" not in said
    (sent,) = [heard.body for heard in crossbar.heard if heard.method == "PATCH"]
    assert sent == {"data": {"enabled": True}}
    result = hooked.run("hooks", "--enable", "evnets")
    assert "There is no webhook 'evnets'. The account has calls, events." in result.output


def test_attempts_and_available_hooks(hooked: Console) -> None:
    """Deliveries have the webhook's name and the answer; available hooks their description."""
    assert hooked.prints("hooks", "--attempts").splitlines()[1].split() == [
        "2024-06-13", "17:40:12", "events", "failure", "500", "1",
    ]  # fmt: skip
    assert "Everything" in hooked.prints("hooks", "--available")


# -- live calls ------------------------------------------------------------------------------------

LIVE = {
    "uuid": CALL, "direction": "inbound", "caller_id_number": "+14155550123",
    "destination": "2030", "answered": True, "other_leg": "b-leg",
}  # fmt: skip


@pytest.fixture
def calling(crossbar: ScriptedCrossbar, signed_in: Console) -> Console:
    """An account with a live call."""
    crossbar.route("GET", f"/accounts/{ACCOUNT}/channels", [LIVE])
    one = f"/accounts/{ACCOUNT}/channels/7c1f4a52%40198.51.100.23"
    crossbar.route("GET", one, LIVE)
    crossbar.route("PUT", one, {})
    return signed_in


def test_live_calls(calling: Console) -> None:
    """A leg is a line: who calls whom, whether someone answered, and the other leg."""
    assert calling.prints("channels").splitlines()[1].split() == [
        CALL, "inbound", "+14155550123", "2030", "yes", "b-leg",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "module", "target"),
    [
        (("--hang-up", CALL), "hangup", None),
        (("--transfer", CALL, "2031"), "transfer", "2031"),
    ],
)
def test_acting_on_a_call(
    crossbar: ScriptedCrossbar,
    calling: Console,
    arguments: tuple[str, ...],
    module: str,
    target: str | None,
) -> None:
    """Hanging up and transfers are metaflows on a leg that is live."""
    assert calling.prints("channels", *arguments).startswith("KAZOO has the request to")
    body = crossbar.heard[-1].body
    assert (body["action"], body["data"]["module"]) == ("metaflow", module)
    assert body["data"]["data"].get("target") == target


def test_a_metaflow_on_a_call(crossbar: ScriptedCrossbar, calling: Console) -> None:
    """Any metaflow runs on a live leg, with its data."""
    said = calling.prints("channels", "--metaflow", CALL, "play", "--data", '{"id": "m1"}')
    assert said == f"KAZOO has the request to run play on {CALL}.\n"
    assert crossbar.heard[-1].body == {
        "action": "metaflow",
        "data": {"module": "play", "data": {"id": "m1"}},
    }


def test_a_call_that_has_ended(calling: Console) -> None:
    """A Call-ID that is not live is refused before anything is sent."""
    result = calling.run("channels", "--hang-up", "gone")
    assert result.exit_code == 1
    assert "There is no live call gone" in result.output
