"""Promises of faults can fail: a planted one is counted and named."""

from dataclasses import replace
from pathlib import Path

import pytest

from pivotctl.project import Function, Project
from promises.faults import Tried, Try, chosen, executed, in_time
from promises.faulty_parts import DOUBLED, DYNAMODB, Fault, of_service
from promises.promise import Run
from promises.stage import Heard, ReadmeCall, Step
from tests.functions import ROOT

GOOD = Heard(200, 0.1)
DEAD_AIR = Heard(200, 0.1, ("tts: text is missing (k50)",))
ERROR, NOTHING = Heard(500, 0.1, ("status",)), Heard(0, 5.0, ("no answer",))
CRM = next(fault for fault in of_service("crm") if fault.name == "refused")
DEPLOYMENT = replace(CRM, may_refuse=True)


@pytest.fixture(scope="module")
def function() -> Function:
    """Any template."""
    return Project.find(ROOT).function("ring")


@pytest.fixture
def said() -> list[str]:
    """The lines of progress."""
    return []


@pytest.fixture
def run(said: list[str]) -> Run:
    """A run that keeps its progress in `said`."""
    return Run(Project.find(Path(__file__).parent), 1, 1.0, said.append)


def tried(
    function: Function, *heard: Heard, fault: Fault | None = CRM, dynamodb: str = ""
) -> Tried:
    """A try with these answers."""
    return Tried(Try(function, ReadmeCall(("ring",)), fault, dynamodb), heard)


@pytest.mark.parametrize("heard", [DEAD_AIR, ERROR, NOTHING])
def test_an_answer_that_kazoo_does_not_run_is_named(
    function: Function, run: Run, said: list[str], heard: Heard
) -> None:
    """One bad answer among good ones breaks the promise, and the figure names what was tried."""
    outcome = executed([tried(function, GOOD), tried(function, GOOD, heard)], run)
    assert not outcome.held
    assert outcome.figure.startswith("1 of 2 tries")
    assert "ring: crm refused" in outcome.figure
    assert said
    assert executed([tried(function, GOOD)], run).held


def test_a_try_without_an_answer_is_none(function: Function, run: Run) -> None:
    """A call that never reached the template has shown nothing."""
    assert not executed([tried(function)], run).held
    assert not executed([], run).held


def test_a_function_need_not_start_with_a_wrong_deployment(function: Function, run: Run) -> None:
    """Only then may the server say that it failed, which makes KAZOO go on with the `_` child."""
    assert executed([tried(function, ERROR, fault=DEPLOYMENT)], run).held
    assert not executed([tried(function, NOTHING, fault=DEPLOYMENT)], run).held


@pytest.mark.parametrize(("seconds", "one", "two"), [(3.0, True, True), (3.2, False, True)])
def test_two_faults_have_more_time(
    function: Function, run: Run, seconds: float, *, one: bool, two: bool
) -> None:
    """A late answer breaks the promise; with two faults at once there is half a second more."""
    late = Heard(200, seconds)
    every = [tried(function, late), tried(function, late, dynamodb="DynamoDB refused")]
    assert in_time(every, run, double=False).held is one
    assert in_time(every, run, double=True).held is two
    assert not in_time([], run, double=True).held


def test_calls_that_ask_the_same_services_are_tried_once() -> None:
    """The first call is tried, and of the others those that ask a service of their own."""
    asked = [frozenset(each) for each in ("", "a", "a", "ab")]
    steps = [(Step(0, asks_dynamodb=True, services=each),) for each in asked]
    calls = [ReadmeCall((str(number),), each) for number, each in enumerate(steps)]
    assert [call.arguments for call in chosen(calls)] == [("0",), ("1",), ("3",)]


def test_faults_of_the_issue_are_there() -> None:
    """Each fault of DynamoDB and of a service that is promised is tried."""
    names = {fault.name for fault in of_service("crm")}
    assert {"refused", "slow", "drip", "huge", "HTML", "TLS error"} <= names
    assert len(DYNAMODB) == 8
    assert len(DOUBLED) == 6
