"""The operator's page: what is live, which URL goes where in KAZOO, what is still to be done.

It knows its environment and the catalogue beside it, and no key, secret or hash.
"""

import json
import os
from collections.abc import Awaitable, Callable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mangum import Mangum
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pivotkit.http.keys import DEVELOPMENT_KEYS, is_local

HERE = Path(__file__).parent
CATALOGUE: list[dict[str, Any]] = json.loads((HERE / "catalogue.json").read_text("utf-8"))
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
PAGES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ERRORS = {404: "There is no such page.", 405: "This page can only be read."}


class Kind(NamedTuple):
    """A kind of functions, and where the URL of one goes in KAZOO."""

    name: str
    title: str
    place: str
    document: str


KINDS = (
    Kind("pivot", "Pivot handlers", "voice_url of a callflow's pivot action", "Callflow"),
    Kind("webhooks", "Webhook receivers", "uri of a webhook", "Webhooks"),
    Kind("cdr", "CDR sinks", "cdr_url beside a voice_url, for calls that TwiML controls", ""),
)


class Task(NamedTuple):
    """One step of the set-up: what it is about, whether it is done, and what to do."""

    title: str
    done: bool
    text: str


PARAMETERS = (
    (
        "Pivot keys",
        "PIVOT_KEYS_SET",
        "Asked for in every voice_url.",
        "Make one with pivotctl key --for pivot; its hash is the parameter PivotKeyHashes.",
    ),
    (
        "Webhook keys",
        "WEBHOOK_KEYS_SET",
        "Asked for in the uri of every webhook.",
        "Make one with pivotctl key --for webhooks; its hash is the parameter WebhookKeyHashes.",
    ),
    (
        "CDR keys",
        "CDR_KEYS_SET",
        "Asked for in every cdr_url.",
        "Make one with pivotctl key --for cdr; its hash is the parameter CdrKeyHashes.",
    ),
    (
        "Signing secret",
        "SIGNING_SECRETS_SET",
        "It signs the URLs of follow-up requests.",
        "Make one with pivotctl key --for signing; it is the parameter SigningSecrets.",
    ),
    (
        "Public address",
        "PUBLIC_URL",
        "A domain of your own.",
        "AWS's own, which a new API does not keep. The parameter PublicUrl takes your own domain.",
    ),
    (
        "Alarms",
        "ALARM_EMAIL_SET",
        "Sent by e-mail, once the subscription is confirmed.",
        "They only show in CloudWatch. The parameter AlarmEmail has them sent.",
    ),
)


def tasks() -> list[Task]:
    """What the stack's parameters still lack. Only whether they are set is known here."""
    return [_task(*row) for row in PARAMETERS]


def _task(title: str, name: str, done: str, missing: str) -> Task:
    return Task(title, _is_set(name), done if _is_set(name) else missing)


def _is_set(name: str) -> bool:
    return bool(os.environ.get(name))


def base_url() -> str:
    """Where KAZOO reaches the functions."""
    return (os.environ.get("PUBLIC_URL") or os.environ.get("API_URL", "")).rstrip("/")


def live() -> list[dict[str, Any]]:
    """The deployed functions that have a URL, as the catalogue sorts them.

    One that the catalogue lacks has its name only, and comes last.
    """
    deployed = os.environ.get("ENDPOINTS", "").split()
    known = {f"{entry['kind']}/{entry['name']}": entry for entry in CATALOGUE}
    found = [entry for path, entry in known.items() if path in deployed]
    return found + [_unknown(path) for path in deployed if path not in known]


def _unknown(path: str) -> dict[str, Any]:
    kind, _, name = path.partition("/")
    nothing: dict[str, Any] = {
        "group": "",
        "summary": "",
        "hears": "",
        "samples": [],
        "document": None,
    }
    return {"kind": kind, "name": name, **nothing}


def grouped(functions: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """*functions*, which are sorted by group, under their groups' titles."""
    groups = groupby(functions, key=itemgetter("group"))
    return [(str(title), list(members)) for title, members in groups]


def pasted(document: Any, base: str) -> str:
    """*document* as text, with this stack's address in it and `<KEY>` left to be filled in."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return text.replace("https://<API>", base) if base else text


async def root(_: Request) -> Response:
    """The page."""
    base, functions = base_url(), live()
    workers = [entry for entry in CATALOGUE if entry["kind"] == "workers"]
    return _page(
        "root.html",
        base=base or "https://<API>",
        tasks=[] if is_local() else tasks(),
        kinds=[
            (kind, grouped([each for each in functions if each["kind"] == kind.name]))
            for kind in KINDS
        ],
        workers=workers,
        samples=sum(bool(function["samples"]) for function in [*functions, *workers]),
        pasted=pasted,
        development_keys=DEVELOPMENT_KEYS if is_local() else {},
    )


async def refused(_: Request, error: Exception) -> Response:
    """A page of its own for what is not here or not allowed."""
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


class Guard:
    """Puts the security headers on every answer, and takes the body from those to a HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            elif scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        await self._app(scope, receive, guarded)


site = Starlette(
    routes=[
        Route("/", root),
        Route("/style.css", static("style.css", "text/css")),
        Route("/icon.svg", static("icon.svg", "image/svg+xml")),
    ],
    exception_handlers={404: refused, 405: refused},
)
site.router.redirect_slashes = False  # it would redirect to whatever the Host header says
handler = Mangum(Guard(site), lifespan="off")
