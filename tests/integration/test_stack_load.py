"""The stack stands up to many requests at a time."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pivotctl.stack import Stack

REQUESTS = 2_000
AT_A_TIME = 8
FORM = (
    b"To=2030&To-Realm=acme.example&Request=2030&Request-Realm=acme.example&Language=en-us"
    b"&From=%2B14155550199&From-Realm=pstn.example&Direction=inbound&&&Caller-ID-Name=Jane"
    b"&Caller-ID-Number=%2B14155550199&Call-ID=load%40198.51.100.23&Api-Version=4.x"
    b"&Account-ID=4e3ae97ad5a54b65b6b3a2b2f6e1d2c0"
)


def test_two_thousand_requests(stack: Stack) -> None:
    """2 000 requests, 8 at a time, over connections that stay open: each is a 200."""
    target = urlsplit(stack.url("say_hello"))
    local = threading.local()

    def connection() -> http.client.HTTPConnection:
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(
                target.hostname or "", target.port, timeout=30
            )
        found: http.client.HTTPConnection = local.connection
        return found

    def request(number: int) -> int:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        body = FORM.replace(b"load", b"load-%d" % number)
        connection().request("POST", target.path, body, headers)
        answer = connection().getresponse()
        answer.read()
        return answer.status

    with ThreadPoolExecutor(AT_A_TIME) as threads:
        statuses = Counter(threads.map(request, range(REQUESTS)))
    assert statuses == {200: REQUESTS}
