"""Secrets: where they are read, how often, and that they are never shown."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pivotkit.core import secret
from pivotkit.core.secret import Secret, SecretUnavailable

PATH, TOKEN = "/stack/crm_lookup/crm_token", "open-sesame"
OF_ACCOUNT = "/stack/crm_lookup/a1/crm_token"


class Parameters:
    """An SSM with some parameters, which may be down."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = dict(values)
        self.asked: list[list[str]] = []
        self.down = False

    def get_parameters_by_name(self, names: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """Return those that are set, and the names of the others, as Powertools does."""
        self.asked.append([*names])
        if self.down:
            raise secret._errors()[0]
        found = {name: self.values[name] for name in names if name in self.values}
        return {**found, "_errors": [name for name in names if name not in found]}


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch, environment: pytest.MonkeyPatch) -> Parameters:
    """The SSM of a function that does not run locally."""
    environment.delenv("AWS_SAM_LOCAL")
    environment.setenv("SECRETS_PATH", "/stack/crm_lookup")
    made = Parameters({PATH: TOKEN})
    monkeypatch.setattr(secret, "_parameters", lambda: made)
    monkeypatch.setattr(secret, "_kept", {})
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, which a test moves."""
    now = [1000.0]
    monkeypatch.setattr("pivotkit.core.secret.time.time", lambda: now[0])
    return now


def test_one_request_in_five_minutes(ssm: Parameters, clock: list[float]) -> None:
    """A secret is read when it is used, kept for five minutes, and then read again."""
    token = Secret.named("crm_token")
    assert ssm.asked == []
    assert [token.read() for _ in range(3)] == [TOKEN] * 3
    ssm.values[PATH] = "new"
    clock[0] += 299
    assert token.read() == TOKEN
    clock[0] += 1
    assert token.read() == "new"
    assert ssm.asked == [[PATH], [PATH]]


def test_a_secret_that_is_not_set(ssm: Parameters, clock: list[float]) -> None:
    """It is empty, and that is known for five minutes, too."""
    assert clock
    del ssm.values[PATH]
    token = Secret.named("crm_token")
    assert (token.read(), token.read()) == ("", "")
    assert len(ssm.asked) == 1


def test_the_secret_of_an_account(ssm: Parameters) -> None:
    """An account's own comes before that of all, in one request for both."""
    ssm.values[OF_ACCOUNT] = "theirs"
    token = Secret.named("crm_token")
    assert (token.of("a1").read(), token.of("a2").read()) == ("theirs", TOKEN)
    assert ssm.asked[0] == [OF_ACCOUNT, PATH]


def test_an_ssm_that_is_down(ssm: Parameters, clock: list[float]) -> None:
    """The last value stays; without one the error names the parameter."""
    token = Secret.named("crm_token")
    ssm.down = True
    with pytest.raises(SecretUnavailable, match=PATH):
        token.read()
    ssm.down = False
    assert token.read() == TOKEN
    ssm.down = True
    clock[0] += 300
    assert token.read() == TOKEN


def test_a_local_run_reads_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Locally a secret comes from a file, at every use."""
    path = tmp_path / "secrets.json"
    environment.setenv("SECRETS_PATH", "/local/crm_lookup")
    environment.setenv("PIVOTCTL_SECRETS", str(path))
    token = Secret.named("crm_token")
    assert token.read() == ""
    path.write_text(json.dumps({"/local/crm_lookup/crm_token": TOKEN}), encoding="utf-8")
    assert token.read() == TOKEN


def test_a_secret_shows_its_name_only(ssm: Parameters) -> None:
    """Neither text nor representation holds the value, also after it was read."""
    token = Secret.named("crm_token")
    assert token.read() == ssm.values[PATH]
    assert TOKEN not in f"{token} {token!r} {token.__getstate__()}"
    assert PATH in repr(token)


def test_a_local_run_has_samples(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A secret that is set nowhere is the sample in function.yaml; a set one comes first."""
    path = tmp_path / "secrets.json"
    environment.setenv("SECRETS_PATH", "/local/notify_chat")
    environment.setenv("PIVOTCTL_SECRETS", str(path))
    environment.setenv("CHAT_URL", "http://127.0.0.1/chat")
    chat = Secret.named("chat_url")
    assert chat.of("a1").read() == "http://127.0.0.1/chat"
    path.write_text(json.dumps({"/local/notify_chat/chat_url": "https://chat.example.com"}))
    assert chat.of("a1").read() == "https://chat.example.com"


def test_aws_has_no_samples(ssm: Parameters, environment: pytest.MonkeyPatch) -> None:
    """A variable of the environment is no secret on AWS."""
    environment.setenv("OTHER_TOKEN", "from the environment")
    assert Secret.named("other_token").read() == ""
    assert ssm.asked
