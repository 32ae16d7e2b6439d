"""Crossbar, KAZOO's REST API, for workers: signed in with an API key, read page by page."""

import re
from collections.abc import Callable, Container, Iterator, Mapping
from hashlib import sha256
from typing import BinaryIO, NamedTuple
from urllib.parse import quote

from pivotkit.keys import is_local
from pivotkit.parameters import Value
from pivotkit.settings import SettingError, setting
from pivotkit.upstream import Answer, Download, Upstream, UpstreamDown

LOCAL_ACCOUNT = "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
LOCAL_KEY = sha256(b"pivot-functions local development").hexdigest()
"""What the local Crossbar knows. Only a local run uses them, where the settings are empty."""

PAGE_SIZE = 25
"""Rows of a page: a row has about a kilobyte, and an answer may have 64 of them."""

MOST_PAGES = 40
"""Pages of a list that is read whole: an account has some ten webhooks."""

_ACCOUNT = re.compile(r"[0-9a-f]{32}")
_UNAUTHORIZED = 401


class Page(NamedTuple):
    """Some rows of a list; `next_key` is where the next page starts, '' after the last one."""

    rows: list[Mapping[str, Value]]
    next_key: str


def accounts(name: str) -> tuple[str, ...]:
    """The account ids in the setting *name*, separated by blanks; there may be none."""
    text = setting(name, LOCAL_ACCOUNT if is_local() else "")
    found = tuple(text.replace(",", " ").split())
    if not all(_ACCOUNT.fullmatch(each) for each in found):
        raise SettingError(name, text, "must be account ids (32 hexadecimal digits)")
    return found


class Crossbar:
    """The API at CROSSBAR_URL, with the rights of CROSSBAR_API_KEY.

    Every method raises `UpstreamDown`. A token lives for an hour (`cb_api_auth`); one that is no
    longer good is replaced.
    """

    def __init__(self, *, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._key = setting("CROSSBAR_API_KEY", LOCAL_KEY if is_local() else "")
        self._door = self._upstream("")
        self._inside: Upstream | None = None

    def cdrs(self, account: str, window: tuple[int, int], start_key: str = "") -> Page:
        """Rows of the CDRs that were stored in *window*, two times in Gregorian seconds."""
        first, last = window
        query = {"created_from": str(first), "created_to": str(last), "page_size": str(PAGE_SIZE)}
        if start_key:
            query["start_key"] = start_key
        return _page(self.get(f"/accounts/{quote(account, safe='')}/cdrs", **query))

    def webhooks(self, account: str) -> Iterator[Mapping[str, Value]]:
        """Rows of the account's webhooks, on all pages."""
        path, start_key = f"/accounts/{quote(account, safe='')}/webhooks", ""
        for _ in range(MOST_PAGES):
            more = {"start_key": start_key} if start_key else {}
            page = _page(self.get(path, page_size=str(PAGE_SIZE), **more))
            yield from page.rows
            start_key = page.next_key
            if not start_key:
                return

    def failed_attempts(self, account: str, hook_id: str, window: tuple[int, int]) -> list[int]:
        """When the latest deliveries of a hook failed, in *window*; all in Gregorian seconds."""
        first, last = window
        path = f"/accounts/{quote(account, safe='')}/webhooks/{quote(hook_id, safe='')}/attempts"
        query = {"created_from": str(first), "created_to": str(last), "page_size": str(PAGE_SIZE)}
        rows = _page(self.get(path, **query)).rows
        times = [row.get("timestamp") for row in rows if row.get("result") == "failure"]
        return [time for time in times if isinstance(time, int)]

    def get(self, path: str, **query: str) -> Answer:
        """What Crossbar answers to a GET of *path*, its whole envelope."""
        return self._tried(lambda inside: inside.get(path, **query))

    def download(self, path: str, file: BinaryIO, *, kinds: Container[str], most: int) -> Download:
        """Write the file at *path*, of one of the content types *kinds*, into *file*.

        See `Upstream.download`. Crossbar sends files itself, wherever its storage plan keeps them,
        and redirects nobody (`cb_vmboxes.erl`, `cb_faxes.erl`).
        """
        return self._tried(lambda inside: inside.download(path, file, kinds=kinds, most=most))

    def patch(self, path: str, **data: Value) -> None:
        """Change these fields of the document at *path*; `None` takes one away."""
        self._tried(lambda inside: inside.send("PATCH", path, {"data": data}))

    def _tried[T](self, ask: Callable[[Upstream], T]) -> T:
        """What *ask* gets, with a new token where the old one is over."""
        try:
            return ask(self._signed_in())
        except UpstreamDown as error:
            if error.status != _UNAUTHORIZED:
                raise
            self._inside = None
        return ask(self._signed_in())

    def _signed_in(self) -> Upstream:
        if self._inside is None:
            answer = self._door.put("/api_auth", {"data": {"api_key": self._key}})
            self._inside = self._upstream(answer.text("auth_token"))
        return self._inside

    def _upstream(self, token: str) -> Upstream:
        default = "https://crossbar.example.com/v2"
        return Upstream("CROSSBAR_URL", default, seconds=self._seconds, token=token)


def _page(answer: Answer) -> Page:
    rows = [row.value for row in answer.each("data") if isinstance(row.value, dict)]
    more = isinstance(answer.value, dict) and answer.value.get("next_start_key")
    return Page([*rows], answer.text("next_start_key") if more else "")
