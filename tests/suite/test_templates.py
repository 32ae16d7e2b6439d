"""The contract of a template: every template, those that are there and those to come, keeps it.

What its dialogues must show is judged where they are: at the end of tests/calls/test_<name>.py. The
calls in the READMEs are played by tests/calls/test_transcripts.py.
"""

import pytest

from pivotctl.infra import renew
from pivotctl.project import Project
from pivotctl.stack import Stack
from tests.calls.phone import phone
from tests.suite import checks, running
from tests.suite.subject import Template, templates

PROJECT = Project.find()
NAMES = templates(PROJECT)


def test_template_yaml_is_up_to_date() -> None:
    """`pivotctl assemble` was run after the last change, and nobody has edited what it made."""
    assert not renew(PROJECT.root, write=False).changed, "run `pivotctl assemble`"


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_a_template_keeps(name: str, check: checks.Check) -> None:
    """The error names the missing part, and what to add."""
    problems = check(Template(PROJECT, name))
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name in PROJECT.functions])
def test_a_template_runs(stack: Stack, name: str) -> None:
    """It answers its sample events, only to those who have a key, and is no heavier than needed."""
    template = Template(PROJECT, name)
    problems = []
    for check in running.CHECKS:
        with phone(stack) as ready:
            problems += check(template, ready)
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)
