"""The headers of every page of the console: a crawl from its first page along all links."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pivotctl.stack
from pivotctl.switch.http.exchange import HttpRequest, HttpResponse, send
from promises.promise import Outcome, Run

_PATIENCE, _SECONDS, _MOST_PAGES, _MOST_NAMED = 4.0, 30.0, 400, 5
_NOT_THERE = ("no-such-page", "assets/../app.py", "settings/no_such_function")
_EXACT = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_LOOSE = re.compile(r"'unsafe-|\*|(?<!-)\bhttps?:|data:")
"""Sources that would let another's script or style in."""


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what a browser would load or offer."""
        del tag
        self.found += [
            value for name, value in attrs if name in ("href", "src", "action") and value
        ]


def links(page: str, url: str) -> Iterator[str]:
    """Yield the addresses of the same origin that a page names."""
    parser = _Links()
    parser.feed(page)
    for link in parser.found:
        target = urldefrag(urljoin(url, link)).url
        if urlsplit(target).netloc == urlsplit(url).netloc:
            yield target


def faults(response: HttpResponse) -> Iterator[str]:
    """Say which security headers an answer lacks."""
    for name, wanted in _EXACT.items():
        if response.header(name) != wanted:
            yield f"{name} is {response.header(name)}"
    policy = response.header("content-security-policy") or ""
    by_name = dict(each.strip().partition(" ")[::2] for each in policy.split(";"))
    if by_name.get("default-src") not in ("'none'", "'self'"):
        yield "no policy for content"
    if by_name.get("frame-ancestors") != "'none'":
        yield "may be framed"
    for name in ("default-src", "script-src", "style-src"):
        if _LOOSE.search(by_name.get(name, "")):
            yield f"{name} allows {by_name[name]}"
    if "max-age=" not in (response.header("strict-transport-security") or ""):
        yield "no strict-transport-security"
    if (response.content_type or "").startswith("text/html") and (
        response.header("cache-control") != "no-store"
    ):
        yield "the page may be kept"


def crawl(first: str, ask: Callable[[HttpRequest], HttpResponse]) -> Iterator[tuple[str, str]]:
    """Yield every page with each of its faults, and once with ''."""
    waiting = deque([first, *(first + path for path in _NOT_THERE)])
    seen = set(waiting)
    while waiting:
        url = waiting.popleft()
        for method in ("GET", "HEAD", "POST"):
            response = ask(HttpRequest(method, url, timeout=_SECONDS))
            yield from ((f"{method} {url}", fault) for fault in (*faults(response), ""))
            if method == "GET" and (response.content_type or "").startswith("text/html"):
                text = response.body.decode()
                new = [each for each in links(text, url) if each not in seen]
                room = max(0, _MOST_PAGES - len(seen))
                waiting.extend(dict.fromkeys(new[:room]))
                seen.update(new[:room])


def guarded(run: Run) -> Outcome:
    """Count the answers of the console that have all security headers."""
    patient = replace(run.project, patience=_PATIENCE)
    with pivotctl.stack.session(patient, functions=["console"], fresh=True) as stack:
        every = list(crawl(f"{stack.console_url}/", send))
    answers = {page for page, _ in every}
    wrong = [f"{page}: {fault}" for page, fault in every if fault]
    addresses = len({page.partition(" ")[2] for page in answers})
    figure = f"{len(answers)} answers of {addresses} addresses, {len(wrong)} faults"
    return Outcome("; ".join([figure, *wrong[:_MOST_NAMED]]), bool(answers) and not wrong)
