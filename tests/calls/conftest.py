"""Calls to the functions of the local stack: in this process, or through AWS's runtime.

A module test_<name>.py that dials the template <name> ends with items that judge what its dialogues
showed: `every_branch_is_dialled` and the other checks of tests/suite/played.py.
"""

from collections.abc import Generator, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pytest

from pivotctl.local.calls import local_scenario
from pivotctl.project import Project
from pivotctl.reader import schemas
from pivotctl.stack import Stack
from pivotctl.switch.dialogue import Dialogue
from pivotctl.upstreams import Upstreams
from tests.calls.phone import Phone, phone
from tests.suite import played
from tests.suite.recorder import Recorder
from tests.suite.subject import Template

__all__ = ["Dial", "Phone", "Upstreams"]

RECORDERS = pytest.StashKey[dict[str, Recorder]]()


def pytest_configure(config: pytest.Config) -> None:
    """Make room for what each module's dialogues show."""
    config.stash[RECORDERS] = {}


def recorder_of(node: pytest.Item) -> Recorder:
    """The record of the module that a test stands in."""
    return node.config.stash[RECORDERS].setdefault(node.path.stem, Recorder())


class PlayedItem(pytest.Item):
    """Judges, as the last of a module, what its dialogues showed."""

    check: played.PlayedCheck
    template: Template

    def runtest(self) -> None:
        """Fail with all that is missing."""
        problems = self.check(self.template, recorder_of(self))
        if problems:
            pytest.fail("\n".join(problems), pytrace=False)
        if self.check is played.kazoo_accepts_every_answer and not schemas.folder():
            pytest.skip("judged without KAZOO's schemas, which are not at hand (tests/README.md)")

    def reportinfo(self) -> tuple[Any, int, str]:
        """The folder with the dialogues."""
        return self.path, 0, f"{self.template.name}: {self.name}"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Add the checks behind the dialogues of a template."""
    report = yield
    if isinstance(collector, pytest.Module) and report.result:
        report.result += _played_items(collector)
    return report


def _played_items(module: pytest.Module) -> Iterator[PlayedItem]:
    name = module.path.stem.removeprefix("test_")
    project = _project(module.path.parent)
    function = project.functions.get(name)
    if function is None or function.kind != "pivot":
        return
    for check in played.CHECKS:
        item = PlayedItem.from_parent(module, name=check.__name__)
        item.check = check
        item.template = Template(project, name)
        yield item


@cache
def _project(folder: Path) -> Project:
    return Project.find(folder)


class Dial(Protocol):
    """Dials a function; `data` is put over the pivot action, the rest over the scenario."""

    def __call__(self, name: str, data: Mapping[str, Any] | None = None, **call: Any) -> Dialogue:
        """Play the whole call."""
        ...


@pytest.fixture
def dial(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Phone]:
    """A phone that reaches the functions in this process, with tables of the test's own.

    `settings` changes the function's variables, `at` the time of the call.
    """
    with phone(stack, recorder_of(request.node)) as ready:
        yield ready


@pytest.fixture
def dial_runtime(stack: Stack) -> Dial:
    """A phone that reaches the functions as KAZOO would: through the gateway and AWS's runtime.

    Webhooks and CDRs of the call go to the stack's receivers.
    """

    def placed(name: str, data: Mapping[str, Any] | None = None, **call: Any) -> Dialogue:
        return Dialogue.place(local_scenario(stack, name, data, **call))

    return placed


@pytest.fixture
def upstreams(stack: Stack) -> Iterator[Upstreams]:
    """The fakes of other services: `upstreams.crm.is_slow()`, `upstreams.sms.received`."""
    stack.upstreams.reset()  # others may have asked without this fixture
    yield stack.upstreams
    stack.upstreams.reset()
