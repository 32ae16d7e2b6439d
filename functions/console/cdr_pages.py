"""CDRs: a table of legs with filters, as a page and as CSV, and charts of the period."""

import csv
import io
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode

import masking
from cdr_charts import WEEKDAYS, charts_of, money, totals
from cdr_filter import CdrFilter, FilterError
from pages import error, shown
from starlette.requests import Request
from starlette.responses import Response
from viewer import Viewer
from zones import Zone

from pivotkit.core.errors import StateUnavailable
from pivotkit.store.call_figures import CallFigures, Leg

ROWS = 100
CSV_ROWS = 5000
MOST_READ = 3000
"""Legs that are read for a page: beyond them a link goes on."""

UNAVAILABLE = "The calls cannot be read right now. Try again in a minute."
COLUMNS = (
    "ended_at", "account_id", "call_id", "direction", "from", "from_name", "to", "seconds",
    "billed_seconds", "cause", "destination", "cost", "currency",
)  # fmt: skip
_CURSOR = re.compile(r"([0-9]{1,12})~([0-9a-z]{1,40})~(.{1,300})")
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![0-9]*$)")


class Found(NamedTuple):
    """The legs of a page, and the place where the next one begins ('' if there is none)."""

    legs: list[Leg]
    after: str


async def cdrs(request: Request) -> Response:
    """Show the page."""
    viewer: Viewer = request.state.viewer
    try:
        asked = _asked(request)
        figures = CallFigures()
        sums = figures.sums(asked.period.utc_days, _accounts(asked))
        found = find(figures, asked, viewer, ROWS, request.query_params.get("after", ""))
    except FilterError as refusal:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
    return shown(
        request,
        "cdrs.html",
        asked=asked,
        charts=charts_of(sums, asked),
        totals=totals(sums),
        legs=found.legs,
        following=f"{asked.url()}&{urlencode({'after': found.after})}" if found.after else "",
        number=lambda text: masking.number(viewer, text),
        money=money,
        weekdays=WEEKDAYS,
    )


async def cdrs_csv(request: Request) -> Response:
    """Send the same legs as CSV (RFC 4180)."""
    viewer: Viewer = request.state.viewer
    try:
        asked = _asked(request)
        found = find(CallFigures(), asked, viewer, CSV_ROWS)
    except FilterError as refusal:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
    name = f"cdrs-{asked.period.first}-{asked.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_of(found.legs, viewer), media_type="text/csv", headers=headers)


def _asked(request: Request) -> CdrFilter:
    zone = Zone.of(request)
    return CdrFilter.of(request.query_params, request.state.viewer, zone, time.time())


def _accounts(asked: CdrFilter) -> tuple[str, ...]:
    return (asked.account,) if asked.account else ()


def find(
    figures: CallFigures, asked: CdrFilter, viewer: Viewer, rows: int, after: str = ""
) -> Found:
    """Return up to *rows* legs that fit, the latest first. Raises `StateUnavailable`."""
    legs: list[Leg] = []
    most = max(MOST_READ, rows)
    for read, leg in enumerate(_read(figures, asked, after), start=1):
        if asked.fits(leg, viewer):
            legs.append(leg)
        if len(legs) == rows or read == most:
            return Found(legs, f"{leg.at}~{leg.account_id}~{leg.call_id}")
    return Found(legs, "")


def _read(figures: CallFigures, asked: CdrFilter, cursor: str) -> Iterator[Leg]:
    """The legs of the account and the period, read as far as they are asked for."""
    begins = _place(cursor)
    for day in asked.period.utc_days:
        if begins and day.isoformat() > begins.day:
            continue
        after = begins if begins and day.isoformat() == begins.day else None
        yield from figures.legs(day, asked.account, after=after)


def _place(cursor: str) -> Leg | None:
    """The leg that a page begins after."""
    found = _CURSOR.fullmatch(cursor)
    return Leg(found[2], found[3], int(found[1])) if found else None


def csv_of(legs: list[Leg], viewer: Viewer) -> str:
    """Return *legs* as CSV. A text that a spreadsheet could take for a formula begins with `'`."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _values(leg, viewer)] for leg in legs)
    return written.getvalue()


def _values(leg: Leg, viewer: Viewer) -> Iterator[str | int]:
    ended = datetime.fromtimestamp(leg.at, UTC).isoformat()
    yield from (ended, leg.account_id, leg.call_id)
    yield from (leg.direction, masking.number(viewer, leg.from_number))
    yield leg.from_name if viewer.sees_numbers else ""
    yield from (masking.number(viewer, leg.to_number), leg.seconds, leg.billed, leg.cause)
    yield from (leg.destination, leg.cost, leg.currency)


def _cell(value: str | int) -> str:
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text
