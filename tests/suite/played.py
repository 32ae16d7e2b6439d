"""Checks of what a template's dialogues showed, when the last of them is over.

Each takes a template and the record of tests/calls/test_<name>.py, and says what is missing.
"""

from collections.abc import Callable

from tests.suite.recorder import Recorder
from tests.suite.subject import Template

type PlayedCheck = Callable[[Template, Recorder], list[str]]


def every_branch_is_dialled(template: Template, recorder: Recorder) -> list[str]:
    """The dialogues take every line and branch of app.py."""
    app = template.folder / "app.py"
    return [
        f"{app.parent.name}/app.py: {gap}: add a dialogue that goes there to {template.tests.name}"
        for gap in recorder.untaken(app)
    ]


def kazoo_accepts_every_answer(template: Template, recorder: Recorder) -> list[str]:
    """Every answer on every path is one that KAZOO executes; its schemas judge callflows."""
    del template
    return [
        f"{name}: {refused}" for name, seen in recorder.seen.items() for refused in seen.refused
    ]


def logs_hold_no_caller_data(template: Template, recorder: Recorder) -> list[str]:
    """No log line of any dialogue holds the caller's number, name, or pressed keys."""
    del template
    return [f"{name}: {leak}" for name, seen in recorder.seen.items() for leak in seen.leaks]


def the_role_grants_what_is_used(template: Template, recorder: Recorder) -> list[str]:
    """The role allows each operation that the dialogues made, and no other."""
    used = {(use.action, use.table) for use in recorder.of(template.name).uses}
    if _REMEMBER in used:
        used.add(_REPLACE)
    may = f"functions/pivot/{template.name}/function.yaml: may"
    lacking, idle = sorted(used - template.grants), sorted(template.grants - used)
    return [
        *(f"{may} lacks {action} on {table}: add it" for action, table in lacking),
        *(f"{may} allows {action} on {table} {_IDLE}" for action, table in idle),
    ]


_IDLE = "for no dialogue: remove it, or add a dialogue"
_REMEMBER = ("dynamodb:UpdateItem", "CallStateTable")
_REPLACE = ("dynamodb:PutItem", "CallStateTable")
"""What is remembered may have to replace an expired item, which no dialogue waits for."""


CHECKS: tuple[PlayedCheck, ...] = (
    every_branch_is_dialled,
    kazoo_accepts_every_answer,
    logs_hold_no_caller_data,
    the_role_grants_what_is_used,
)
