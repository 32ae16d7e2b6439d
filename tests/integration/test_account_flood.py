"""One account's flood, through real handlers and tables: it is refused, and harms nobody."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import boto3
import pytest

from pivotctl.project import Project
from pivotctl.stack.aws import create_table
from pivotkit import Call, Flow, conversation, pivot
from pivotkit.calls.conversations import Conversation, ask
from pivotkit.calls.handler import PivotFunction
from pivotkit.kazoo import tts
from pivotkit.store.call_limit import share
from pivotkit.twiml import Gather, Hangup, Response, Say
from tests.events import ACCOUNT
from tests.integration.replaying import Line, counted

pytestmark = pytest.mark.usefixtures("function_environment")
OTHER = "d4e2c6a3f5b7180990817c6d5e4f3a2b"
NOW = 1_800_000_000.0
LIMIT = 20
SHARE = share(LIMIT)


def greet(_: Call) -> Flow:
    """Answer at once."""
    return tts("Hello.")


def survey(_: Call) -> Conversation:
    """Ask two questions."""
    yield from ask("First?")
    yield from ask("Second?")
    return tts("Thanks.")


def menu(_: Call) -> Flow:
    """Ask by a TwiML document without a URL, so that KAZOO comes back to the first one."""
    return Response(Gather(Say("Which?"), num_digits=1), Hangup())


@pytest.fixture
def table(
    tables: Mapping[str, str], project: Project, function_environment: pytest.MonkeyPatch
) -> str:
    """The table of counts, of a stack that limits each account's calls."""
    assert tables
    option = {**project.parameters, "CallsPerMinute": str(LIMIT)}
    counts = replace(project, parameters=option).tables["CallCountsTable"]
    create_table(boto3.client("dynamodb"), counts)
    function_environment.setenv("CALL_COUNTS_TABLE", counts.name)
    function_environment.setenv("CALLS_PER_MINUTE", str(LIMIT))
    return counts.name


def limited(handler: PivotFunction) -> PivotFunction:
    """The handler in an environment of its own, for which one minute never ends."""
    if handler._limit:
        handler._limit._now = lambda: NOW
    return handler


def placed(handler: PivotFunction, account: str = ACCOUNT, **fields: str) -> dict[str, Any]:
    """The answer to the first request of a call."""
    return Line(handler, **{"Account-ID": account, **fields}).repeat()


def answered(handler: PivotFunction, calls: int, account: str = ACCOUNT) -> int:
    """The number of *calls* that are answered; KAZOO falls back after the others."""
    statuses = [placed(handler, account)["statusCode"] for _ in range(calls)]
    assert set(statuses) <= {200, 429}
    return statuses.count(200)


def test_a_flood_is_refused_and_others_are_answered(table: str) -> None:
    """Two environments refuse the flood of one account, and answer another one all the while."""
    assert table
    here, there = limited(pivot(greet)), limited(pivot(greet))
    got_through = 0
    for _ in range(LIMIT // 2):
        got_through += answered(here, 5) + answered(there, 3)
        assert [answered(here, 1, OTHER), answered(there, 1, OTHER)] == [1, 1]
    assert LIMIT <= got_through <= LIMIT + 2 * (SHARE - 1)


def test_a_refusal_is_a_429_that_names_no_caller(table: str, log: io.StringIO) -> None:
    """KAZOO plays the `_` child; log and metric have the account for the operator."""
    assert table
    handler = limited(pivot(greet))
    answered(handler, LIMIT)
    refused = placed(handler, **{"Caller-ID-Number": "+14155550199"})
    assert refused["statusCode"] == 429
    (line,) = [json.loads(each) for each in log.getvalue().splitlines() if '"flood"' in each]
    assert (line["message"], line["account_id"], line["correlation_id"]) == ("flood", ACCOUNT, "c1")
    assert "14155550199" not in log.getvalue()
    assert "Hello" not in refused["body"]


def test_calls_in_progress_are_never_refused(table: str) -> None:
    """Over the limit, a call that has begun is answered to its end."""
    assert table
    begun = Line(limited(conversation(survey)), call_id="c7").ask()
    flooded = limited(pivot(greet))
    answered(flooded, 3 * LIMIT)
    assert answered(begun.handler, 3) < 3
    assert begun.ask("1").heard == "Second?"
    assert begun.ask("2").heard == "Thanks."


FURTHER: list[dict[str, str]] = [
    {"Digits": "1"},
    {"Digits": ""},
    {"Digits[answer]": "1"},
    {"CallStatus": "completed"},
    {"RecordingUrl": "https://files.example.com/a.mp3"},
]


@pytest.mark.parametrize("fields", FURTHER, ids=lambda fields: next(iter(fields)))
def test_a_later_request_to_the_first_url_is_answered(table: str, fields: dict[str, str]) -> None:
    """A TwiML document without a URL of its own is continued at the first one: no dead air."""
    assert table
    handler = limited(pivot(menu))
    answered(handler, LIMIT)
    assert placed(handler)["statusCode"] == 429
    assert placed(handler, **fields)["statusCode"] == 200


def test_a_silent_table_refuses_nobody(table: str) -> None:
    """Without the table, calls are answered up to the limit of one environment."""
    boto3.client("dynamodb").delete_table(TableName=table)
    here, there = limited(pivot(greet)), limited(pivot(greet))
    assert [answered(here, LIMIT), answered(there, LIMIT)] == [LIMIT, LIMIT]
    assert answered(here, 1) == 0


def test_the_counts_are_one_item(table: str) -> None:
    """All environments count in one item of account and minute, which expires."""
    for _ in range(3):
        answered(limited(pivot(greet)), SHARE)
    (item,) = boto3.client("dynamodb").scan(TableName=table)["Items"]
    assert item["pk"]["S"] == f"{ACCOUNT}#30000000"
    assert item["calls"]["N"] == str(3 * SHARE)
    assert int(item["expires_at"]["N"]) > NOW


MADE: Mapping[str, Callable[[], PivotFunction]] = {
    "stateless": partial(pivot, greet),
    "stateful": lambda: pivot(state=True)(greet),
    "conversation": partial(conversation, survey),
}


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("limit", [0, LIMIT])
def test_the_requests_of_a_call(
    table: str, function_environment: pytest.MonkeyPatch, kind: str, limit: int
) -> None:
    """A stateless call makes no request, with a limit one in a share of them; others one more."""
    assert table
    function_environment.setenv("CALLS_PER_MINUTE", str(limit or ""))
    handler, calls = limited(MADE[kind]()), 2 * SHARE
    with counted() as sent:
        answered(handler, calls)
    usual = 0 if kind == "stateless" else calls
    assert len(sent) == usual + (calls // SHARE if limit else 0)
