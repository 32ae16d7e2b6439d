"""A visitor of the console: a browser with cookies, on the handler in this process."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

from pivotctl.keys import entry
from pivotctl.project import Route
from pivotctl.stack.gateway import http_event
from tests.functions import load

HOST = "https://console.example.com"
ROUTE = Route("ConsoleApi", "ANY", "/{proxy+}")
KEY = "console-" + "k" * 32
HASH = entry(KEY, ())
FROM_OUTSIDE: Mapping[str, str] = {}
"""The headers of a request that no page has sent."""


class Answer:
    """A response: status, headers, cookies, and the text of the page."""

    def __init__(self, returned: dict[str, Any]) -> None:
        self.status: int = returned["statusCode"]
        self.headers: dict[str, str] = returned["headers"]
        self.cookies: list[str] = returned.get("cookies") or []
        self.text: str = returned["body"]

    @property
    def shown(self) -> str:
        """The text without tags, in one line."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.text)).split())

    @property
    def version(self) -> str:
        """The version in the form."""
        found = re.search(r'name="version" value="(\d+)"', self.text)
        assert found, self.text
        return found[1]


class Visitor:
    """A browser. The environment is read at each request, as in a new execution environment.

    With a *handler* it is one execution environment all the time.
    """

    def __init__(
        self, cookie: str = "", *, address: str = "203.0.113.25", handler: Any = None
    ) -> None:
        self.cookies = dict(each.split("=", 1) for each in cookie.split("; ") if each)
        self.address = address
        self._handler = handler

    @property
    def cookie(self) -> str:
        """The header with its cookies."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    @property
    def origin(self) -> str:
        """The address of the console in a local run."""
        return HOST.replace("https", "http")

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self.ask("GET", path)

    def post(self, path: str, **fields: str) -> Answer:
        """Send a form; a double underscore in a field's name is a dot."""
        return self.ask("POST", path, {"sec-fetch-site": "same-origin"}, **fields)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] = FROM_OUTSIDE, **fields: str
    ) -> Answer:
        """Send a request with *headers* and a form."""
        named = {name.replace("__", "."): text for name, text in fields.items()}
        sent = {**headers, **({"cookie": self.cookie} if self.cookie else {})}
        body = urlencode(named).encode()
        event = http_event(method, HOST + path, tuple(sent.items()), body, route=ROUTE)
        event["requestContext"]["http"]["sourceIp"] = self.address
        answer = Answer((self._handler or load("console"))(event, None))
        for each in answer.cookies:
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        return answer


def handler_once() -> Any:
    """The handler of one execution environment; its variables are read now."""
    return load("console")


def cookie(hashes: str = HASH, key: str = KEY, name: str = "Jo (console)") -> str:
    """The cookie of a session that *key* has started."""
    access: Any = import_module("functions.console.access").Access(hashes, local=False)
    return f"{access.cookie}={access.session(key, name)}"


def signed_in() -> Visitor:
    """A visitor with a session."""
    return Visitor(cookie())
