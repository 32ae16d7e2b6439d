"""Commands with --stack: whatever is missing is one sentence with its fix."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from pivotctl.cli import main
from pivotctl.deployed import DeployedError, DeployedStack, explained

COMMANDS = {
    "url": ("url", "say_hello"),
    "record": ("record", "call"),
    "dead-letters": ("dead-letters",),
    "logs": ("logs", "say_hello"),
    "settings": ("settings", "ring"),
    "secret": ("secret", "crm_lookup", "crm_token", "--unset"),
}


@pytest.fixture(autouse=True)
def no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without any AWS configuration."""
    for name in (
        "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL",
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def run(*arguments: str) -> Result:
    """The output of a command, and its exit code."""
    return CliRunner().invoke(main, [*arguments, "--stack", "acme-calls"])


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS.keys())
def test_no_region(arguments: tuple[str, ...]) -> None:
    """Without a region the sentence says how to set one."""
    result = run(*arguments)

    assert result.exit_code == 1
    assert result.output.startswith("Error: No AWS region is set: set AWS_REGION")
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS.keys())
def test_no_credentials(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials the sentence says where they come from."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    result = run(*arguments)

    assert result.exit_code == 1
    assert result.output.startswith("Error: No AWS credentials were found: run `aws configure`")
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS.keys())
def test_no_such_profile(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that does not exist is named."""
    monkeypatch.setenv("AWS_PROFILE", "acme")
    result = run(*arguments)

    assert result.exit_code == 1
    assert result.output.startswith("Error: There is no AWS profile 'acme': correct AWS_PROFILE")


def test_a_profile_on_the_command_line() -> None:
    """The profile that is named is the one that was asked for."""
    result = run("settings", "ring", "--profile", "acme")

    assert "There is no AWS profile 'acme'" in result.output


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        ("ValidationError", "Stack with id acme does not exist", "no stack acme in eu-west-1"),
        ("ExpiredToken", "The security token is expired", "have expired: log in again"),
        ("InvalidClientTokenId", "invalid", "does not know these credentials"),
        ("AccessDenied", "not authorized", "may not call DescribeStacks"),
        ("Throttling", "Rate exceeded", "AWS refused DescribeStacks of acme: Rate exceeded"),
    ],
)
def test_what_aws_refuses(code: str, message: str, said: str) -> None:
    """Each refusal is a sentence with the stack or the call, and what to do."""
    refused = ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")
    with (
        pytest.raises(DeployedError, match=said),
        explained(DeployedStack("acme", "eu-west-1")),
    ):
        raise refused
