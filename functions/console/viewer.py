"""Viewers of the console: their accounts, and the roles that say what they may see and change."""

from collections.abc import Iterable
from typing import NamedTuple

SEE = "see"
SEE_NUMBERS = "see-numbers"
CHANGE = "change"
ROLES = frozenset({SEE, SEE_NUMBERS, CHANGE})
"""All roles: pages with masked numbers, whole numbers, and changes. Each includes `see`."""


def roles_of(names: Iterable[str]) -> frozenset[str]:
    """The roles that *names* grant. Unknown names grant nothing."""
    known = ROLES.intersection(names)
    return known | {SEE} if known else known


class Viewer(NamedTuple):
    """Somebody who signed in: their name, their accounts (all if there are none), and roles."""

    name: str
    accounts: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset({SEE})

    def may_see(self, account_id: str) -> bool:
        """Tell whether an account is theirs."""
        return SEE in self.roles and (not self.accounts or account_id in self.accounts)

    @property
    def sees_numbers(self) -> bool:
        """Whether they see phone numbers in full."""
        return SEE_NUMBERS in self.roles

    @property
    def may_change(self) -> bool:
        """Whether they may change anything."""
        return CHANGE in self.roles
