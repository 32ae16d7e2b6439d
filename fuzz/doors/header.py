"""Headers of any request, to a template, a receiver, and a sink.

The input are lines of `name: value`. Rule: that of a Pivot request or of a webhook.
"""

from __future__ import annotations

import os
from functools import partial

from fuzz.doors import Door
from fuzz.doors.request import ACCOUNT, CALL, executed
from fuzz.doors.rules import event, keep_in_memory, refused_or
from fuzz.doors.webhook import accepted
from tests import functions

_BODY = f"Call-ID={CALL}&Account-ID={ACCOUNT}&hook_event=channel_create".encode()


def door() -> Door:
    """Return the door."""
    handlers = {}
    for kind, name in (("pivot", "say_hello"), ("webhooks", "everything"), ("cdr", "cdr_url")):
        os.environ["POWERTOOLS_SERVICE_NAME"] = name
        handlers[kind] = functions.load(f"{kind}/{name}")
    for kind in ("webhooks", "cdr"):
        keep_in_memory(handlers[kind])

    def enter(data: bytes) -> None:
        headers = _headers(data)
        for kind, handler in handlers.items():
            for key in (f"{kind}-development", "header"):
                answer = handler(event("POST", key, _BODY, headers=headers), None)
                refused_or(answer, partial(executed, data) if kind == "pivot" else accepted)

    return enter


def _headers(data: bytes) -> dict[str, str]:
    lines = [line.partition(":") for line in data.decode("latin-1").split("\n")]
    return {name.strip().lower(): value.strip() for name, _, value in lines if name.strip()}
