"""Checks of what a template's dialogues showed, when the last of them is over.

Each takes a template and the record of tests/calls/test_<name>.py, and says what is missing.
"""

from collections.abc import Callable

from pivotctl.infra.fragment import DIRECTORY
from tests.suite.recorder import Recorder
from tests.suite.subject import Template

SETTINGS = "settings"
"""The kind of entries that every role with a class of settings covers."""

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


def the_role_covers_the_entries(template: Template, recorder: Recorder) -> list[str]:
    """The role allows the kinds of entries that the dialogues used, and no others."""
    used = [use.partition for use in recorder.of(template.name).uses if use.table == DIRECTORY]
    own = {kind for kind, mark, _ in (each.partition("#") for each in used) if mark}
    own.discard(SETTINGS)  # every function with a class of settings may read those of an account
    shared = {each for each in used if "#" not in each}
    where = f"functions/pivot/{template.name}/function.yaml"
    return [
        *_compared(f"{where}: directory", own, set(template.kinds)),
        *_compared(f"{where}: shared", shared, set(template.shared_kinds)),
    ]


def _compared(where: str, used: set[str], declared: set[str]) -> list[str]:
    return [
        *(f"{where} lacks {kind}: add it" for kind in sorted(used - declared)),
        *(f"{where} has {kind} {_IDLE}" for kind in sorted(declared - used)),
    ]


def everything_is_of_the_account(template: Template, recorder: Recorder) -> list[str]:
    """No dialogue reads or writes an item that belongs to another account than the call's."""
    shared = set(template.shared_kinds)
    return [
        f"functions/pivot/{template.name}: {use.action} on {use.partition}, in a call of the"
        f" account {use.account}: use Directory(kind).of(call), or Attempts(...).of(call)"
        for use in recorder.of(template.name).uses
        if use.partition not in shared and not belongs(use.partition, use.account)
    ]


def belongs(partition: str, account: str) -> bool:
    """Whether an item is of this account, or is a count of all accounts together.

    An *account* of '' is not known: the call was not placed by the phone itself.
    """
    own = not account or account in partition.split("#")
    return own or partition.startswith("attempts#*#")


_IDLE = "for no dialogue: remove it, or add a dialogue"
_REMEMBER = ("dynamodb:UpdateItem", "CallStateTable")
_REPLACE = ("dynamodb:PutItem", "CallStateTable")
"""A write may have to replace an expired item, which no dialogue waits for."""


CHECKS: tuple[PlayedCheck, ...] = (
    every_branch_is_dialled,
    kazoo_accepts_every_answer,
    logs_hold_no_caller_data,
    the_role_grants_what_is_used,
    the_role_covers_the_entries,
    everything_is_of_the_account,
)
