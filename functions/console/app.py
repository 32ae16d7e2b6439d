"""The operator's page: deployed functions, their URLs for KAZOO, and set-up tasks.

It reads its environment and the catalogue beside it, and knows no key, secret or hash.
"""

import json
import os
from collections.abc import Awaitable, Callable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from guard import Guard
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mangum import Mangum
from setup_tasks import setup_tasks
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pivotkit.http.keys import DEVELOPMENT_KEYS, is_local

type FunctionEntry = dict[str, Any]
"""A function in catalogue.json."""

HERE = Path(__file__).parent
CATALOGUE: list[FunctionEntry] = json.loads((HERE / "catalogue.json").read_text("utf-8"))
PAGES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ERRORS = {404: "Page not found.", 405: "This page is read-only."}


class Section(NamedTuple):
    """A kind of functions, the place of their URLs in KAZOO, and the document that holds it."""

    name: str
    title: str
    place: str
    document: str


KINDS = (
    Section("pivot", "Pivot handlers", "voice_url of a callflow's pivot action", "Callflow"),
    Section("webhooks", "Webhook receivers", "uri of a webhook", "Webhooks"),
    Section("cdr", "CDR sinks", "cdr_url beside a voice_url, for calls that TwiML controls", ""),
)


async def root(_: Request) -> Response:
    """The page."""
    base = base_url()
    functions = live_functions()
    workers = [entry for entry in CATALOGUE if entry["kind"] == "workers"]
    return _page(
        "root.html",
        base=base or "https://<API>",
        tasks=[] if is_local() else setup_tasks(),
        kinds=[
            (kind, by_group([entry for entry in functions if entry["kind"] == kind.name]))
            for kind in KINDS
        ],
        workers=workers,
        samples=sum(bool(entry["samples"]) for entry in [*functions, *workers]),
        document_text=document_text,
        development_keys=DEVELOPMENT_KEYS if is_local() else {},
    )


def base_url() -> str:
    """The URL at which KAZOO reaches the functions; empty if it is not known."""
    return (os.environ.get("PUBLIC_URL") or os.environ.get("API_URL", "")).rstrip("/")


def live_functions() -> list[FunctionEntry]:
    """The deployed functions that have a URL, in the order of the catalogue.

    Functions that the catalogue lacks come last, with their name only.
    """
    deployed = os.environ.get("ENDPOINTS", "").split()
    entries = {f"{entry['kind']}/{entry['name']}": entry for entry in CATALOGUE}
    known = [entry for path, entry in entries.items() if path in deployed]
    return known + [_undocumented(path) for path in deployed if path not in entries]


def _undocumented(path: str) -> FunctionEntry:
    kind, _, name = path.partition("/")
    return {
        "kind": kind,
        "name": name,
        "group": "",
        "summary": "",
        "hears": "",
        "samples": [],
        "document": None,
    }


def by_group(functions: list[FunctionEntry]) -> list[tuple[str, list[FunctionEntry]]]:
    """*functions*, which are sorted by group, under the titles of their groups."""
    groups = groupby(functions, key=itemgetter("group"))
    return [(str(title), list(members)) for title, members in groups]


def document_text(document: Any, base: str) -> str:
    """*document* as text to paste, with this stack's address; `<KEY>` is left for the operator."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return text.replace("https://<API>", base) if base else text


async def error_page(_: Request, error: Exception) -> Response:
    """The page for a request that is refused."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    page = _page("error.html", status=status, text=ERRORS.get(status, "Something went wrong."))
    page.status_code = status
    page.headers.update(headers)
    return page


def _page(template: str, **values: Any) -> Response:
    return Response(PAGES.get_template(template).render(values), media_type="text/html")


def static(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that serves one file, read at import."""
    content = (HERE / "static" / name).read_bytes()

    async def serve(_: Request) -> Response:
        return Response(content, media_type=media_type)

    return serve


site = Starlette(
    routes=[
        Route("/", root),
        Route("/style.css", static("style.css", "text/css")),
        Route("/icon.svg", static("icon.svg", "image/svg+xml")),
    ],
    exception_handlers={404: error_page, 405: error_page},
)
site.router.redirect_slashes = False  # a redirect would go to whatever the Host header says
handler = Mangum(Guard(site), lifespan="off")
