"""`pivotctl key`: keys that need no hash, and secrets for them."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pivotctl.cli import main
from pivotctl.keys import KeyFile
from pivotkit.http.keys import KeySigner, digest_of
from tests.events import ACCOUNT

SECRET = "s" * 43


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyFile:
    """A key file with the secrets of a stack: the new one, and the old."""
    monkeypatch.setenv("PIVOTCTL_KEYS", str(tmp_path / "keys.json"))
    made = KeyFile()
    made.put("acme", "signing", f"{SECRET},{'o' * 43}")
    return made


def run(*arguments: str) -> Result:
    """The output of `pivotctl key`."""
    return CliRunner().invoke(main, ["key", *arguments])


@pytest.mark.usefixtures("file")
def test_a_key_of_an_account_is_made_offline() -> None:
    """It is made with the first secret of the stack, and is the same each time."""
    arguments = ("--for", "webhooks", "--account", ACCOUNT, "--stack", "acme", "--generation", "3")
    result = run(*arguments)

    assert result.output == f"key    {KeySigner([SECRET]).key('webhooks', ACCOUNT, 3)}\n"
    assert run(*arguments).output == result.output


@pytest.mark.usefixtures("file")
def test_a_key_for_all_accounts() -> None:
    """Without an account, the key is for any."""
    assert "pivot-any-g1-" in run("--for", "pivot", "--stack", "acme").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--for", "pivot", "--stack", "other"), "has no signing secret of the stack other"),
        (("--for", "signing", "--stack", "acme"), "use --save"),
        (("--for", "pivot", "--account", "x", "--stack", "acme"), "is not an Account-ID"),
        (
            ("--for", "pivot", "--account", ACCOUNT, "--account", "f" * 32, "--stack", "acme"),
            "makes a key for one --account",
        ),
    ],
)
@pytest.mark.usefixtures("file")
def test_what_cannot_be_made(arguments: tuple[str, ...], said: str) -> None:
    """The message names the fault and the fix."""
    result = run(*arguments)

    assert result.exit_code
    assert said in result.output


def test_a_signing_secret_is_saved(file: KeyFile) -> None:
    """`--for signing --save` keeps it for keys made later."""
    made = run("--for", "signing", "--save", "new").output
    secret = re.findall(r"SigningSecrets=([A-Za-z0-9_-]{43})", made)

    assert [file.get("new", "signing")] == secret


def test_a_saved_key_takes_precedence(file: KeyFile) -> None:
    """URLs keep the key that is in use; one for an account is always made."""
    assert (file.key("acme", "pivot") or "").startswith("pivot-any-g1-")
    file.put("acme", "pivot", "pivot-random")
    assert file.key("acme", "pivot") == "pivot-random"
    assert file.key("acme", "pivot", ACCOUNT) == KeySigner([SECRET]).key("pivot", ACCOUNT)
    assert file.key("unknown", "pivot") is None


def test_the_key_of_a_console(file: KeyFile) -> None:
    """It is random, is saved, and can be shown again; its hash may be limited to accounts."""
    made = run("--for", "console", "--save", "acme").output
    key = file.get("acme", "console") or ""
    assert re.fullmatch(r"console-[A-Za-z0-9_-]{32}", key)
    assert made.splitlines()[:2] == [f"key    {key}", f"hash   {digest_of(key)}"]
    assert run("--for", "console", "--stack", "acme").output == f"key    {key}\n"

    limited = run("--for", "console", "--account", ACCOUNT, "--save", "acme").output
    assert re.search(rf"^hash   [0-9a-f]{{64}}:{ACCOUNT}$", limited, re.MULTILINE)
    assert file.get("acme", "console") == key


@pytest.mark.parametrize(
    ("arguments", "limits"),
    [
        (("--role", "see"), ":/see"),
        (("--role", "see-numbers", "--role", "change"), ":/see-numbers+change"),
        (("--account", ACCOUNT, "--role", "see"), f":{ACCOUNT}/see"),
    ],
)
def test_a_console_key_with_roles(file: KeyFile, arguments: tuple[str, ...], limits: str) -> None:
    """The hash of a key has its accounts and roles; the key is for somebody else, so not saved."""
    made = run("--for", "console", *arguments, "--save", "acme").output
    assert re.search(rf"(?m)^hash +[0-9a-f]{{64}}{re.escape(limits)}$", made)
    assert file.get("acme", "console") is None


@pytest.mark.parametrize("rest", [("--for", "pivot"), ("--for", "console", "--stack", "acme")])
def test_roles_are_for_new_console_keys(file: KeyFile, rest: tuple[str, ...]) -> None:
    """Another key with a role is refused, with the fix."""
    result = run(*rest, "--role", "see")
    assert (result.exit_code, file.get("acme", "console")) == (2, None)
    assert "use --for console, without --stack" in result.output


def test_a_stack_without_a_key_of_its_console(file: KeyFile) -> None:
    """The message has the command that makes one."""
    result = run("--for", "console", "--stack", "acme")
    assert file.get("acme", "console") is None
    assert (result.exit_code, "--save acme" in result.output) == (1, True)
