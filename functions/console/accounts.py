"""The account that a page is about: asked for in the address, or the viewer's own first one."""

from typing import NamedTuple

from starlette.requests import Request
from viewer import Viewer

from pivotkit.core.setting_types import AccountId

OF_OTHERS = "This account is not one of yours."


class AccountError(Exception):
    """There is no such account, or not for this viewer. The message says so."""


class Chosen(NamedTuple):
    """An account, as what belongs to it is found by; '' before one is chosen."""

    account_id: str


def chosen(request: Request) -> Chosen:
    """Return the account that an address asks for. Raises `AccountError`."""
    viewer: Viewer = request.state.viewer
    return require(viewer, request.query_params.get("account", "") or first_of(viewer))


def first_of(viewer: Viewer) -> str:
    """The account of a viewer who has asked for none; '' for one who sees all of them."""
    return min(viewer.accounts, default="")


def require(viewer: Viewer, account: str) -> Chosen:
    """Return *account* if it is one of the viewer's. Raises `AccountError`."""
    account = account.strip()
    if account and not AccountId.accepts(account):
        raise AccountError(f"Account {AccountId.rule}.")
    if account and not viewer.may_see(account):
        raise AccountError(OF_OTHERS)
    return Chosen(account)
