"""Pages of the console, from the folder `templates`. Everything in them is escaped."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from zones import Zone

from pivotpages.assets import Assets
from pivotpages.templates import environment

HERE = Path(__file__).parent
ASSETS = Assets(HERE / "static")
PAGES = environment(HERE / "templates", ASSETS)


def utc(seconds: float) -> str:
    """A time in Unix seconds as `2026-11-29T08:15:53Z`, which scripts show in the viewer's zone."""
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"


PAGES.filters["utc"] = utc
PAGES.filters["host"] = lambda url: urlsplit(url).netloc
PAGES.globals["has_sockets"] = lambda: bool(os.environ.get("SOCKETS_URL"))
ERRORS = {
    400: "The form cannot be read. Open its page again.",
    404: "Page not found.",
    405: "This page cannot be changed.",
    500: "Something went wrong. The console's log has more.",
    413: "The form is too large, so nothing was saved.",
}


def page(template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page with *values*."""
    text = PAGES.get_template(template).render(values, status=int(status))
    return Response(text, status_code=status, media_type="text/html")


def shown(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page for a viewer, with the navigation and their time zone."""
    return page(
        template,
        status=status,
        viewer=request.state.viewer,
        may_sign_out=not request.state.access.is_open,
        zone=Zone.of(request),
        **values,
    )


def error(status: int, text: str) -> Response:
    """Return the page for a request that is refused."""
    return page("error.html", status=status, text=text)


async def error_page(_: Request, raised: Exception) -> Response:
    """Return the page for a request that Starlette refuses."""
    status = raised.status_code if isinstance(raised, HTTPException) else 500
    made = error(status, ERRORS[status])
    if isinstance(raised, HTTPException):
        made.headers.update(raised.headers or {})
    return made
