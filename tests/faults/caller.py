"""Asks a function over HTTP as KAZOO does, with a watch."""

import http.client
import json
import time
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from pivotctl.lint.verdict import read
from pivotctl.problems import Verdict
from pivotctl.reader.answers import PivotAnswer
from tests.events import ACCOUNT, FORM

PROMISE = 3.0
"""Seconds in which every caller hears something."""

SLACK = 1.0
"""Seconds more that a busy machine gets."""


class HeardByCaller(NamedTuple):
    """An answer, and how long it took at the gateway."""

    status: int
    content_type: str
    body: str
    seconds: float
    origin: str

    @property
    def in_time(self) -> bool:
        """Whether the answer came while KAZOO was listening, with nothing wrong about it."""
        return self.status == 200 and self.seconds < PROMISE + SLACK

    @property
    def executes(self) -> bool:
        """Whether KAZOO would execute the answer."""
        answer = PivotAnswer(self.body.encode(), self.content_type, self.status)
        return read(answer, own=(self.origin,)).verdict is Verdict.EXECUTES

    @property
    def text(self) -> str:
        """The first thing that the caller hears."""
        return str(json.loads(self.body)["data"]["text"])


def ask(url: str, call_id: str, **fields: str) -> HeardByCaller:
    """One POST, on a connection of its own."""
    sent = {"Account-ID": ACCOUNT, "Call-ID": call_id, **fields}
    body = "&".join(f"{name}={quote(value)}" for name, value in sent.items())
    return post(url, body)


def post(url: str, body: str, content_type: str = FORM) -> HeardByCaller:
    """Send *body* and time the answer."""
    target = urlsplit(url)
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
    started = time.monotonic()
    try:
        connection.request("POST", target.path, body.encode(), {"content-type": content_type})
        answer = connection.getresponse()
        text = answer.read().decode()
        kind = answer.getheader("content-type", "")
        origin = f"{target.scheme}://{target.netloc}"
        return HeardByCaller(answer.status, kind, text, time.monotonic() - started, origin)
    finally:
        connection.close()
