"""Settings of accounts in a DynamoDB: layers, requests, and what happens when it is down."""

import io
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from pivotkit.core.setting_types import MenuId, Seconds, UserId
from pivotkit.store import account_settings
from pivotkit.store.account_settings import AccountSettings
from tests.aws import aws_client
from tests.dynamodb import forget_clients
from tests.events import ACCOUNT
from tests.integration.replaying import counted

ID = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
THEIRS = "c3d1b5f2e4a6079889706b5c4d3e2f1a"
OTHER_ACCOUNT = "d4e2c6a3f5b7180990817c6d5e4f3a2b"


class Settings(NamedTuple):
    """Settings of a template."""

    front_desk: UserId = UserId(ID)
    ring_seconds: Seconds = Seconds(20)
    menu: MenuId | None = None


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        """The time in seconds."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which settings are kept."""
    made = Clock()
    monkeypatch.setattr("pivotkit.store.account_settings.time.time", made)
    return made


@pytest.fixture
def table(tables: Mapping[str, str], local: pytest.MonkeyPatch) -> str:
    """The table with the accounts' entries, of a stack that has such entries."""
    local.setenv("SETTINGS_TABLE", tables["DIRECTORY_TABLE"])
    return tables["DIRECTORY_TABLE"]


def put(table: str, texts: Mapping[str, Any], account: str = ACCOUNT, number: str = "") -> None:
    """Store an entry as `pivotctl settings` does."""
    value = {name: {"S": each} if isinstance(each, str) else each for name, each in texts.items()}
    sort = f"ring#{number}" if number else "ring"
    aws_client("dynamodb").put_item(
        TableName=table,
        Item={"pk": {"S": f"settings#{account}"}, "sk": {"S": sort}, "value": {"M": value}},
    )


def test_an_account_is_above_the_deployment(table: str, local: pytest.MonkeyPatch) -> None:
    """The account's value comes first, then the deployment's, then the default of the class."""
    local.setenv("RING_SECONDS", "30")
    put(table, {"front_desk": THEIRS})
    settings = AccountSettings(Settings, "ring")
    assert settings.of(ACCOUNT) == Settings(UserId(THEIRS), Seconds(30))
    assert settings.of(OTHER_ACCOUNT) == Settings(ring_seconds=Seconds(30))


def test_an_account_can_have_none(table: str, local: pytest.MonkeyPatch) -> None:
    """An empty value takes an optional setting of the deployment away."""
    local.setenv("MENU", ID)
    put(table, {"menu": ""})
    assert AccountSettings(Settings, "ring").of(ACCOUNT).menu is None


def test_a_number_is_above_its_account(table: str) -> None:
    """A dialed number's value comes before its account's, in one request for both."""
    put(table, {"front_desk": THEIRS, "ring_seconds": "40"})
    put(table, {"ring_seconds": "50"}, number="6031")
    settings = AccountSettings(Settings, "ring", by_number=True)
    with counted() as calls:
        assert settings.of(ACCOUNT, "6031") == Settings(UserId(THEIRS), Seconds(50))
        assert settings.of(ACCOUNT, "6032") == Settings(UserId(THEIRS), Seconds(40))
    assert calls == ["BatchGetItem", "BatchGetItem"]


def test_one_request_a_minute(table: str, clock: Clock) -> None:
    """An entry, missing ones included, is read once a minute, and a change is seen by then."""
    settings = AccountSettings(Settings, "ring")
    with counted() as calls:
        for _ in range(50):
            assert settings.of(ACCOUNT) == Settings()
            assert settings.of(OTHER_ACCOUNT) == Settings()
    assert calls == ["GetItem", "GetItem"]
    put(table, {"ring_seconds": "40"})
    clock.now += 59
    with counted() as calls:
        assert settings.of(ACCOUNT).ring_seconds == 20
    clock.now += 1
    with counted() as later:
        assert settings.of(ACCOUNT).ring_seconds == 40
    assert (calls, later) == ([], ["GetItem"])


def test_no_request_without_settings_of_accounts(table: str, local: pytest.MonkeyPatch) -> None:
    """A stack whose accounts have no settings makes no request at all."""
    put(table, {"ring_seconds": "40"})
    local.delenv("SETTINGS_TABLE")
    settings = AccountSettings(Settings, "ring")
    with counted() as calls:
        assert settings.of(ACCOUNT) == Settings()
    assert calls == []


def test_the_last_good_values_stay(table: str, clock: Clock, log: io.StringIO) -> None:
    """A table that cannot be read changes nothing, and is asked again after five seconds."""
    put(table, {"ring_seconds": "40"})
    settings = AccountSettings(Settings, "ring")
    assert settings.of(ACCOUNT).ring_seconds == 40
    aws_client("dynamodb").delete_table(TableName=table)
    clock.now += 60
    with counted() as calls:
        assert settings.of(ACCOUNT).ring_seconds == 40
        assert settings.of(ACCOUNT).ring_seconds == 40
        assert settings.of(OTHER_ACCOUNT) == Settings()
    assert calls == ["GetItem", "GetItem"]
    assert "settings_unavailable" in log.getvalue()
    clock.now += 5
    with counted() as calls:
        assert settings.of(ACCOUNT).ring_seconds == 40
    assert calls == ["GetItem"]


def test_an_unreachable_table_is_no_error(local: pytest.MonkeyPatch) -> None:
    """Without an answer the deployment's values are in force."""
    local.setenv("SETTINGS_TABLE", "nowhere")
    local.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    forget_clients()
    assert AccountSettings(Settings, "ring").of(ACCOUNT) == Settings()
    forget_clients()


STALE = [
    ({"ring_seconds": "0"}, "must be a whole number from 1 to 86400"),
    ({"ring_seconds": {"N": "40"}}, "must be a text"),
    ({"gone": "x"}, "is no setting"),
]


@pytest.mark.parametrize(("texts", "rule"), STALE)
def test_a_value_that_breaks_its_rule_is_left_out(
    table: str, log: io.StringIO, texts: dict[str, Any], rule: str
) -> None:
    """It alone is ignored, and the log has account, setting, and rule, but not the value."""
    put(table, {"front_desk": THEIRS, **texts})
    assert AccountSettings(Settings, "ring").of(ACCOUNT) == Settings(UserId(THEIRS))
    (line,) = [each for each in log.getvalue().splitlines() if "setting_ignored" in each]
    assert rule in line
    assert ACCOUNT in line
    assert next(iter(texts)) in line


def test_an_environment_remembers_a_bounded_number(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The accounts that were read long ago are forgotten."""
    assert table
    monkeypatch.setattr(account_settings, "MOST_KEPT", 2)
    settings = AccountSettings(Settings, "ring")
    for account in "abc":
        settings.of(account)
    assert [account for account, _ in settings._kept] == ["b", "c"]
