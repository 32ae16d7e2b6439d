"""Pages of the console, from the folder `templates`. Everything in them is escaped."""

import os
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pivotpages.assets import Assets
from pivotpages.templates import environment

HERE = Path(__file__).parent
ASSETS = Assets(HERE / "static")
PAGES = environment(HERE / "templates", ASSETS)
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
