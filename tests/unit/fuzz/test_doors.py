"""The doors keep their rules for everything that KAZOO sends, and for what once broke them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz import doors, seeds
from fuzz.doors import request
from fuzz.doors.rules import (
    VARIABLES,
    Answer,
    BrokenRule,
    Given,
    KeptInMemory,
    refused_or,
    without_output,
)
from fuzz.run import Budget, fuzzed
from pivotctl.project import Project
from pivotkit.store import Item

EVERY = pytest.mark.parametrize("name", doors.NAMES)
FUZZER = Path(__file__).parents[3] / ".tools/promises/bin/python"


@pytest.fixture(autouse=True)
def behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the functions behind the doors."""
    for name in ("KEY_HASHES", "HOOK_SECRETS", "POWERTOOLS_SERVICE_NAME"):
        monkeypatch.setenv(name, "")  # what a door sets is undone after the test
        monkeypatch.delenv(name)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


@EVERY
def test_seeds(name: str) -> None:
    """A door keeps its rule for every seed, whole, empty, and cut in the middle."""
    enter = doors.opened(name)
    found = list(seeds.of(name))
    assert found
    with without_output():
        for seed in found:
            enter(seed)
            enter(seed[: len(seed) // 2])
        enter(b"")


@pytest.mark.parametrize("name", ["webhook", "cdr", "recording"])
def test_deliveries_come_through(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deliveries and recordings of the samples are stored, not only refused by the rule."""
    kept: list[Item] = []

    def keep(_: KeptInMemory, item: Item) -> str:
        kept.append(item)
        return "stored"

    monkeypatch.setattr(KeptInMemory, "keep", keep)
    _enter_each(name)
    assert kept


def test_requests_come_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests of the samples are answered with callflows, not only refused by the rule."""
    answers: list[Answer] = []
    monkeypatch.setattr(request, "executed", lambda _, answer: answers.append(answer))
    _enter_each("request")
    assert answers


def _enter_each(name: str) -> None:
    enter = doors.opened(name)
    with without_output():
        for seed in seeds.of(name):
            enter(seed)


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": 500, "headers": {}, "body": '{"message": "no"}'},
        {"statusCode": 400, "headers": {}, "body": '{"error": "no"}'},
    ],
)
def test_a_refusal_that_is_none(answer: dict[str, object]) -> None:
    """A status that no typed error has, and a body without its message, break the rule."""
    with pytest.raises(BrokenRule):
        refused_or(answer, lambda _: None)


def test_an_item_that_dynamodb_refuses() -> None:
    """A delivery whose key is too long, or whose template failed, breaks the rule."""
    item = {"pk": {"S": "a#b"}, "sk": {"S": "event#x#1"}, "received_at": {"N": "1"}}
    assert KeptInMemory().keep(item) == "stored"
    with pytest.raises(BrokenRule):
        KeptInMemory().keep({**item, "pk": {"S": "a#" + "b" * 2048}})
    with pytest.raises(BrokenRule):
        KeptInMemory().keep({**item, "problem": {"S": "KeyError app.py:12 handler"}})


def test_words_of_an_input() -> None:
    """Any bytes are an input; missing words have a default."""
    assert Given.read(b"a b\nc\nd") == Given(("a", "b"), b"c\nd")
    assert Given.read(b"").word(3, "default") == "default"
    assert Given.read(b"\xff\n").words == ("\xff",)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(not FUZZER.is_file(), reason="the fuzzer is not installed: `make fuzz`")
def test_a_short_run(project: Project) -> None:
    """The fuzzer runs: a thousand inputs of the fastest door, and none breaks its rule."""
    door = fuzzed(project, "replay", Budget(1, executions=1000), print)
    assert door.executions >= 1000
    assert not door.report
