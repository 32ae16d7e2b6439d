"""Settings of accounts in calls: what callers hear, also while settings change or are away."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from pivotkit import Call, Flow, conversation, pivot
from pivotkit.calls.conversations import Conversation, ask
from pivotkit.kazoo import Action, hangup, tts
from tests.aws import aws_client
from tests.events import ACCOUNT
from tests.integration.replaying import Line, counted

pytestmark = pytest.mark.usefixtures("function_environment")
OTHER_ACCOUNT = "d4e2c6a3f5b7180990817c6d5e4f3a2b"


class Settings(NamedTuple):
    """The texts that the caller hears."""

    greeting: str = "Hello."
    failing: bool = False


def sorry(settings: Settings) -> Action:
    """The fallback: it has the settings, too."""
    return tts(f"Sorry. {settings.greeting}") >> hangup()


def greet(_: Call, settings: Settings) -> Flow:
    """Greet, or fail."""
    if settings.failing:
        raise RuntimeError
    return tts(settings.greeting)


def ask_twice(_: Call, settings: Settings) -> Conversation:
    """Ask the same question twice."""
    yield from ask(settings.greeting)
    yield from ask(settings.greeting)
    return tts(f"Bye. {settings.greeting}")


@pytest.fixture
def table(tables: Mapping[str, str], function_environment: pytest.MonkeyPatch) -> str:
    """The table with the accounts' entries, which a local run reads at every request."""
    function_environment.setenv("SETTINGS_TABLE", tables["DIRECTORY_TABLE"])
    function_environment.setenv("PIVOTCTL_SETTINGS_SECONDS", "0")
    return tables["DIRECTORY_TABLE"]


def put(table: str, texts: Mapping[str, str], account: str = ACCOUNT) -> None:
    """Store an account's entry."""
    value = {name: {"S": text} for name, text in texts.items()}
    key = {"pk": {"S": f"settings#{account}"}, "sk": {"S": "test"}}
    aws_client("dynamodb").put_item(TableName=table, Item={**key, "value": {"M": value}})


def test_each_account_has_its_own(table: str) -> None:
    """The settings are those of the account of the call."""
    put(table, {"greeting": "Good day."})
    handler = pivot(settings=Settings)(greet)
    assert Line(handler).ask().heard == "Good day."
    assert Line(handler, **{"Account-ID": OTHER_ACCOUNT}).ask().heard == "Hello."


def test_the_fallback_is_the_accounts(table: str) -> None:
    """A failure of the template is the fallback that follows from the account's settings."""
    put(table, {"greeting": "Good day.", "failing": "true"})
    assert Line(pivot(settings=Settings, fallback=sorry)(greet)).ask().heard == "Sorry. Good day."


def test_a_template_without_settings_reads_none(table: str) -> None:
    """A function that declares no settings makes no request, in a stack with accounts' too."""
    assert table
    with counted() as calls:
        assert Line(pivot(lambda _: tts("Hello."))).ask().heard == "Hello."
    assert calls == []


def test_a_call_while_the_table_is_away(table: str) -> None:
    """A table that cannot be read is no error: callers hear the deployment's settings."""
    aws_client("dynamodb").delete_table(TableName=table)
    handler = pivot(settings=Settings, fallback=sorry)(greet)
    assert Line(handler).ask().heard == "Hello."


def test_a_conversation_keeps_the_settings_of_its_start(table: str) -> None:
    """A change in mid-call counts for the next call, and costs this one no request."""
    put(table, {"greeting": "Before."})
    handler = conversation(settings=Settings)(ask_twice)
    with counted() as first:
        line = Line(handler).ask()
    put(table, {"greeting": "After."})
    with counted() as second:
        line.ask("1")
    assert line.heard == "Before."
    assert line.ask("1").heard == "Bye. Before."
    assert Line(handler, "c2").ask().heard == "After."
    assert (first, second) == (["UpdateItem", "GetItem", "UpdateItem"], ["UpdateItem"])


def test_a_conversation_that_began_without_settings(table: str) -> None:
    """An entry that is made in mid-call counts for the next call."""
    line = Line(conversation(settings=Settings)(ask_twice)).ask()
    put(table, {"greeting": "After."})
    assert line.ask("1").heard == "Hello."


def test_a_wrong_fallback_fails_the_import() -> None:
    """The fallback is made from the deployment's settings at import."""

    def broken(_: Settings) -> Action:
        return tts("")

    with pytest.raises(Exception, match="tts"):
        pivot(settings=Settings, fallback=broken)(greet)
