"""The page of templates: how much each is called, how fast it answers, and how often it fails."""

import time
from http import HTTPStatus

from call_rows import is_on
from cdr_filter import FilterError, period_of
from pages import error, shown
from starlette.requests import Request
from starlette.responses import Response
from template_rows import GOAL, HEIGHT, LIMIT, rows_of
from zones import Zone

from accounts import AccountError, chosen
from pivotkit.core.errors import StateUnavailable
from pivotkit.store.table import Table
from pivotkit.store.template_figures import TemplateFigures

UNAVAILABLE = "The figures cannot be read right now. Try again in a minute."


async def templates(request: Request) -> Response:
    """Show the page: of an account, or of all of them."""
    if not is_on():
        return shown(request, "templates_off.html")
    try:
        period = period_of(request.query_params, Zone.of(request), time.time())
        account = chosen(request).account_id
        days = period.utc_days
        figures = TemplateFigures(Table.from_environment("CALL_INDEX_TABLE"))
        rows = rows_of(figures.find(days, account), days[::-1])
    except (AccountError, FilterError) as refusal:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
    return shown(
        request,
        "templates.html",
        account=account,
        period=period,
        rows=rows,
        height=HEIGHT,
        goal=GOAL,
        limit=LIMIT,
    )
