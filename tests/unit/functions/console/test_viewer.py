"""Roles of the console's viewers."""

import pytest

from functions.console.viewer import CHANGE, ROLES, SEE, SEE_NUMBERS, Viewer, roles_of
from tests.events import ACCOUNT

OTHER = "f" * 32


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        ((), set()),
        (("admin", "SEE", ""), set()),
        ((SEE,), {SEE}),
        ((CHANGE,), {SEE, CHANGE}),
        ((SEE_NUMBERS, "admin"), {SEE, SEE_NUMBERS}),
        (ROLES, ROLES),
    ],
)
def test_a_role_includes_seeing(names: tuple[str, ...], roles: set[str]) -> None:
    """Each role includes see; unknown ones grant nothing."""
    assert roles_of(names) == roles


@pytest.mark.parametrize(
    ("accounts", "roles", "seen"),
    [
        ((), (SEE,), True),
        ((ACCOUNT,), (SEE,), True),
        ((OTHER,), (SEE,), False),
        ((), (), False),
        ((ACCOUNT,), (), False),
    ],
)
def test_an_account_is_seen_by_its_own(
    accounts: tuple[str, ...], roles: tuple[str, ...], *, seen: bool
) -> None:
    """Viewers without accounts see all of them, and nobody sees any without a role."""
    assert Viewer("jo", frozenset(accounts), frozenset(roles)).may_see(ACCOUNT) == seen


def test_a_viewer_may_do_what_the_roles_say() -> None:
    """By default a viewer sees pages with masked numbers, and changes nothing."""
    clerk, operator = Viewer("clerk"), Viewer("jo", roles=ROLES)
    assert (clerk.sees_numbers, clerk.may_change) == (False, False)
    assert (operator.sees_numbers, operator.may_change) == (True, True)
