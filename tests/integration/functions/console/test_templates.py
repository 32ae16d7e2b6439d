"""The page of templates: figures that each answer adds to, after it has gone."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

import pytest

from pivotctl.project import Project
from pivotkit.calls.call import Call
from pivotkit.kazoo import tts
from pivotkit.store.call_index import CallIndex
from pivotkit.store.day_shards import SHARDS
from pivotkit.store.steps import Kept
from pivotkit.store.template_figures import BOUNDS, figures_of, percentile
from tests.aws import aws_client
from tests.console import Visitor
from tests.events import ACCOUNT
from tests.integration.replaying import Line
from tests.livedebug import Later, index_table, items, later

OTHER = "f" * 32


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Work that answers leave to be done."""
    return later(monkeypatch)


@pytest.fixture
def index(
    tables: Mapping[str, str], project: Project, environment: pytest.MonkeyPatch, after: Later
) -> str:
    """The table of a stack with Live Debug, whose console is open."""
    del tables, after
    return index_table(project, environment)


def kept(
    ms: int,
    outcome: str = "answered",
    account: str = ACCOUNT,
    call_id: str = "call-1",
    **fields: object,
) -> Kept:
    """An answer that took *ms* milliseconds."""
    call = Call(account, call_id, "kazoo")
    answer: Any = {"statusCode": 200, "headers": {}, "body": "{}"}
    return Kept(call, answer, outcome, fields, int(time.time() * 1000), ms)


def note(function: str, *answers: Kept) -> None:
    """Add answers to the figures of a function."""
    found = CallIndex.from_environment()
    for at, answer in enumerate(answers):
        found.note_figures(answer, function, cold=not at)


def rows(text: str) -> list[str]:
    """The templates of the page, in order."""
    return re.findall(r'href="/calls\?template=([^"&]*)', text)


def test_an_answer_is_counted_after_it_has_gone(index: str, after: Later) -> None:
    """Each request of a call adds to its template; the first of an environment is a cold start."""
    from pivotkit.calls.handler import pivot  # noqa: PLC0415  (in the environment of the test)

    assert index
    line = Line(pivot(lambda _: tts("Hello.")))
    for _ in range(3):
        line.ask()
    assert rows(Visitor().get("/templates").text) == []
    after.do()
    shown = Visitor().get("/templates").shown
    assert re.search(r"test fine 3 .* 0 0 1 ", shown), shown


def test_templates_in_trouble_come_first(index: str) -> None:
    """Failures count before slow answers, and those before traffic."""
    assert index
    note("fine", *[kept(20)] * 5)
    note("slow", kept(20), kept(3200))
    note("broken", kept(20), kept(30, "fallback", error="KeyError", at="app.py:7"))
    answer = Visitor().get("/templates")
    assert rows(answer.text) == ["broken", "slow", "fine"]
    assert "broken fails 2" in answer.shown
    assert re.search(r"slow slow 2 .*≤ 35 ms ≤ 3,500 ms ≤ 3,500 ms", answer.shown)


def test_an_account_has_figures_of_its_own(index: str) -> None:
    """A template is counted for each account."""
    assert index
    note("ours", kept(1))
    note("theirs", kept(1, account=OTHER))
    assert rows(Visitor().get(f"/templates?account={ACCOUNT}").text) == ["ours"]
    assert sorted(rows(Visitor().get("/templates").text)) == ["ours", "theirs"]


def test_figures_are_the_total_of_all_keys_of_a_day(index: str) -> None:
    """Calls are spread over a day's keys; what was stored under the day alone counts, too."""
    calls = [kept(20, call_id=f"call-{number}") for number in range(40)]
    note("busy", *calls)
    keys = {item["pk"]["S"] for item in items(index)}
    assert len(keys) == SHARDS
    day = min(keys).removesuffix("#0")
    old = {"pk": {"S": day}, "sk": {"S": f"{ACCOUNT}#busy"}, "requests#00": {"N": "2"}}
    aws_client("dynamodb").put_item(TableName=index, Item=old)
    for path in ("/templates", f"/templates?account={ACCOUNT}"):
        assert "busy fine 42 " in Visitor().get(path).shown


@pytest.mark.parametrize(
    ("times", "shares"),
    [
        ([], [0, 0, 0]),
        ([3], [5, 5, 5]),
        ([0] * 50 + [60] * 45 + [900] * 5, [5, 75, 1000]),
        ([10**6], [5000, 5000, 5000]),
    ],
)
def test_percentiles_are_bounds_of_classes(times: list[int], shares: list[int]) -> None:
    """A share of the answers came within the upper bound of a class."""
    numbers: dict[str, int] = {}
    for ms in times:
        for name in figures_of(kept(ms), cold=False):
            numbers[name] = numbers.get(name, 0) + 1
    assert [percentile(numbers, share) for share in (0.5, 0.95, 0.99)] == shares
    assert list(BOUNDS) == sorted(set(BOUNDS))


def test_a_stack_without_live_debug(environment: pytest.MonkeyPatch) -> None:
    """The page names the option."""
    environment.delenv("CALL_INDEX_TABLE", raising=False)
    assert "LiveDebug=on" in Visitor().get("/templates").shown


def test_the_table_is_away(index: str) -> None:
    """The page says so; a wrong account is named."""
    assert Visitor().get("/templates?account=x").status == 422
    aws_client("dynamodb").delete_table(TableName=index)
    assert Visitor().get("/templates").status == 503
