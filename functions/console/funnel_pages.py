"""The funnel of a menu: how many callers reach each step, and where they leave."""

import time
from http import HTTPStatus

from cdr_filter import FilterError, period_of
from funnel_drawing import WIDTH, steps_of
from pages import error, shown
from starlette.requests import Request
from starlette.responses import Response
from zones import Period, Zone

from accounts import AccountError, chosen
from pivotkit.core.errors import StateUnavailable
from pivotkit.lookups.funnel_counts import FunnelCounts

UNAVAILABLE = "The counts cannot be read right now. Try again in a minute."


async def funnel(request: Request) -> Response:
    """Show the page: of the menu that is asked for, or of the account's first one."""
    try:
        period = period_of(request.query_params, Zone.of(request), time.time())
        return _page(request, period)
    except (AccountError, FilterError) as refusal:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)


def _page(request: Request, period: Period) -> Response:
    account = chosen(request)
    counts = FunnelCounts()
    names = counts.names(account) if account.account_id else []
    asked = request.query_params.get("funnel", "")
    name = asked if asked in names else next(iter(names), "")
    days = (f"{period.first}", f"{period.last}")
    found = counts.between(account, name, *days) if name else {}
    return shown(
        request,
        "funnel.html",
        account=account.account_id,
        names=names,
        name=name,
        period=period,
        steps=steps_of(found),
        width=WIDTH,
    )
