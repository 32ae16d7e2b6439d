"""The page of the audit: changes, with their author, time, and address."""

import time
from http import HTTPStatus

from audit import DAYS, MOST, AuditLog
from pages import error, shown
from starlette.requests import Request
from starlette.responses import Response

from accounts import AccountError, chosen
from pivotkit.core.errors import StateUnavailable

UNAVAILABLE = "The audit cannot be read right now. Try again in a minute."


async def audit(request: Request) -> Response:
    """Show the changes of an account, or of all of them."""
    try:
        account = chosen(request).account_id
        log = AuditLog()
        entries = log.of_account(account) if account else log.of_all(time.time())
    except AccountError as refusal:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
    return shown(request, "audit.html", account=account, entries=entries, days=DAYS, most=MOST)
