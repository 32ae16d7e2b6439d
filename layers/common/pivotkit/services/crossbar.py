"""Crossbar, KAZOO's REST API, for workers: signed in with an API key, read page by page.

Windows are two times in Gregorian seconds. Rows and documents are as Crossbar has them.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping
from hashlib import sha256
from typing import IO, NamedTuple
from urllib.parse import quote

from pivotkit.core.settings import SettingError, setting
from pivotkit.http.keys import is_local
from pivotkit.http.parameters import Value
from pivotkit.services.upstream import Answer, Download, Upstream, UpstreamDown

LOCAL_ACCOUNT = "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
LOCAL_KEY = sha256(b"pivot-functions local development").hexdigest()
"""What the local Crossbar knows. Only a local run uses them, where the settings are empty."""

PAGE_SIZE = 25
"""Rows of a page: a row has about a kilobyte, and an answer may have 64 of them."""

MOST_PAGES = 40
"""Pages of a list that is read whole: an account has some ten webhooks."""

_ACCOUNT = re.compile(r"[0-9a-f]{32}")
_UNAUTHORIZED = 401


type Row = Mapping[str, Value]
type Window = tuple[int, int]


class Page(NamedTuple):
    """Some rows of a list; `next_key` is where the next page starts, '' after the last one."""

    rows: list[Row]
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

    def cdrs(self, account: str, window: Window, start_key: str = "") -> Page:
        """Rows of the CDRs that were stored in *window*."""
        return self._page(_path(account, "cdrs"), start_key, **_within(window))

    def all_cdrs(self, account: str, window: Window) -> Iterator[Row]:
        """Rows of the CDRs that were stored in *window*, on all pages."""
        return self._rows(_path(account, "cdrs"), **_within(window))

    def webhooks(self, account: str) -> Iterator[Row]:
        """Rows of the account's webhooks, on all pages."""
        return self._rows(_path(account, "webhooks"))

    def failed_attempts(self, account: str, hook_id: str, window: Window) -> list[int]:
        """When the latest deliveries of a hook failed, in *window*; all in Gregorian seconds."""
        path = _path(account, "webhooks", hook_id, "attempts")
        rows = self._page(path, **_within(window)).rows
        times = [row.get("timestamp") for row in rows if row.get("result") == "failure"]
        return [time for time in times if isinstance(time, int)]

    def click_to_call(self, account: str, identifier: str) -> Row:
        """The document of a click-to-call."""
        return _object(self.get(_path(account, "clicktocall", identifier)))

    def connect(self, account: str, identifier: str, number: str) -> str:
        """Have a click-to-call ring *number*; the id of the call (`cb_clicktocall.erl`).

        KAZOO answers before it rings, and knows no idempotency key: asked twice, it rings twice. An
        `UpstreamDown` that `is_refusal` says that nobody is rung; after any other somebody may be.

        The number is written with 00: KAZOO encodes a contact for a URL before it normalises it,
        which spoils a plus, and takes ten digits without one for a North American number. A phone
        that can answer by itself is told not to.
        """
        contact = f"00{number.removeprefix('+')}"
        path = _path(account, "clicktocall", identifier, "connect")
        return self.get(path, contact=contact, auto_answer="false").text("data", "outbound_call_id")

    def connections(self, account: str, identifier: str, window: Window) -> Iterator[Row]:
        """What came of a click-to-call's calls in *window*: rows of its history, on all pages.

        A row has `timestamp`, `contact`, `result` (`success` or `error`), `call_id` or `cause`. It
        is written when the party that is dialled first has answered or failed, after 20 s at last.
        """
        path = _path(account, "clicktocall", identifier, "history")
        return self._rows(path, **_within(window))

    def channels(self, account: str, user: str) -> list[Row]:
        """The live channels of a user's devices: `uuid`, `answered`, `other_leg` and more."""
        return _page(self.get(_path(account, "users", user, "channels"))).rows

    def channel(self, account: str, call_id: str) -> Row | None:
        """A live channel, with `other_leg_call_id` if it is bridged; `None` when it has ended."""
        try:
            return _object(self.get(_path(account, "channels", call_id)))
        except UpstreamDown as error:
            if error.is_unknown:
                return None
            raise

    def metaflow(self, account: str, call_id: str, module: str, data: Mapping[str, Value]) -> None:
        """Have *module* of konami work on a live channel (`cb_channels.erl`, `metaflow.json`).

        Crossbar says that it was sent, and not what came of it.
        """
        flow: dict[str, Value] = {"module": module, "data": {**data}}
        body: dict[str, Value] = {"action": "metaflow", "data": flow}
        self._tried(lambda inside: inside.put(_path(account, "channels", call_id), body))

    def get(self, path: str, **query: str) -> Answer:
        """What Crossbar answers to a GET of *path*, its whole envelope."""
        return self._tried(lambda inside: inside.get(path, **query))

    def download(self, path: str, file: IO[bytes], *, kinds: Container[str], most: int) -> Download:
        """Write the file at *path*, of one of the content types *kinds*, into *file*.

        See `Upstream.download`. Crossbar sends files itself, wherever its storage plan keeps them,
        and redirects nobody (`cb_vmboxes.erl`, `cb_faxes.erl`).
        """
        return self._tried(lambda inside: inside.download(path, file, kinds=kinds, most=most))

    def patch(self, path: str, **data: Value) -> None:
        """Change these fields of the document at *path*; `None` takes one away."""
        self._tried(lambda inside: inside.send("PATCH", path, {"data": data}))

    def _rows(self, path: str, **query: str) -> Iterator[Row]:
        """The rows of a list, page after page."""
        start_key = ""
        for _ in range(MOST_PAGES):
            page = self._page(path, start_key, **query)
            yield from page.rows
            start_key = page.next_key
            if not start_key:
                return

    def _page(self, path: str, start_key: str = "", **query: str) -> Page:
        more = {"start_key": start_key} if start_key else {}
        return _page(self.get(path, page_size=str(PAGE_SIZE), **query, **more))

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


def _path(account: str, *nouns: str) -> str:
    return "/".join(("", "accounts", *(quote(each, safe="") for each in (account, *nouns))))


def _within(window: Window) -> dict[str, str]:
    first, last = window
    return {"created_from": str(first), "created_to": str(last)}


def _object(answer: Answer) -> Row:
    data = answer.value.get("data") if isinstance(answer.value, dict) else None
    if not isinstance(data, dict):
        raise UpstreamDown(answer.service, "data is not an object")
    return data


def _page(answer: Answer) -> Page:
    rows = [row.value for row in answer.each("data") if isinstance(row.value, dict)]
    more = isinstance(answer.value, dict) and answer.value.get("next_start_key")
    return Page([*rows], answer.text("next_start_key") if more else "")
