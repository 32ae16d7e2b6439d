"""Operations of the API: what a request asks for, and what an operation returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pivotctl.crossbar.accounts import is_account_id
from pivotctl.crossbar.envelope import CrossbarAnswer, CrossbarRequest, bad_identifier
from pivotctl.crossbar.paging import ServedPage
from pivotctl.crossbar.tokens import Session

OK, CREATED, ACCEPTED = 200, 201, 202


@dataclass(frozen=True)
class OperationResult:
    """Result of an operation: a status, data, headers, and further fields of the envelope."""

    status: int
    data: Any
    envelope: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ApiCall:
    """A call of the API: `nouns` is the path after the version.

    `session` is None if the request needs no token.
    """

    request: CrossbarRequest
    nouns: tuple[str, ...]
    session: Session | None = None

    @property
    def token(self) -> str:
        """The token, or ''."""
        return self.session.token if self.session else ""

    @property
    def signed_in(self) -> Session:
        """The session of a request that needs a token."""
        if self.session is None:
            raise TypeError("This operation needs a token.")
        return self.session

    @property
    def account(self) -> str:
        """The account in the path. Raises `CrossbarRefusal`."""
        if not is_account_id(self.nouns[1]):
            raise bad_identifier(self.nouns[1])
        return self.nouns[1]


type Operation = Callable[[ApiCall], OperationResult | CrossbarAnswer]
type Route = tuple[str, Mapping[str, Operation]]
"""A pattern of paths, and the operations by method."""


def listed(found: CrossbarAnswer | ServedPage[Any]) -> OperationResult | CrossbarAnswer:
    """Return the result for a page, or the answer that is complete already."""
    if isinstance(found, CrossbarAnswer):
        return found
    return OperationResult(OK, found.rows, found.paging)
