"""The first page: deployed functions, their URLs for KAZOO, and set-up tasks."""

import json
import os
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from catalogue import FunctionEntry, live_functions, workers
from pages import shown
from setup_tasks import setup_tasks
from starlette.requests import Request
from starlette.responses import Response

from pivotkit.http.keys import DEVELOPMENT_KEYS, is_local


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


async def root(request: Request) -> Response:
    """The page."""
    base = base_url()
    functions = live_functions()
    samples = [entry for entry in (*functions, *workers()) if entry["samples"]]
    return shown(
        request,
        "root.html",
        base=base or "https://<API>",
        tasks=[] if is_local() else setup_tasks(),
        kinds=[(kind, by_group(functions, kind.name)) for kind in KINDS],
        workers=workers(),
        samples=len(samples),
        document_text=document_text,
        development_keys=DEVELOPMENT_KEYS if is_local() else {},
    )


def base_url() -> str:
    """The URL at which KAZOO reaches the functions; empty if it is not known."""
    return (os.environ.get("PUBLIC_URL") or os.environ.get("API_URL", "")).rstrip("/")


def by_group(functions: list[FunctionEntry], kind: str) -> list[tuple[str, list[FunctionEntry]]]:
    """The functions of a kind, which are sorted by group, under the titles of their groups."""
    own = (entry for entry in functions if entry["kind"] == kind)
    groups = groupby(own, key=itemgetter("group"))
    return [(str(title), list(members)) for title, members in groups]


def document_text(document: Any, base: str) -> str:
    """*document* as text to paste, with this stack's address; `<KEY>` is left for the operator."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return text.replace("https://<API>", base) if base else text
