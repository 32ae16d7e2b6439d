"""A client for Crossbar, KAZOO's REST API: signs in with an API key and reads lists by page.

A window is a pair of times in Gregorian seconds, the start and the end. Rows and documents have
the shape that Crossbar gives them.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping
from hashlib import sha256
from typing import IO, NamedTuple
from urllib.parse import quote

from pivotkit.core.secret import Secret, SecretUnavailable
from pivotkit.core.settings import SettingError, setting
from pivotkit.http.keys import is_local
from pivotkit.http.parameters import Value
from pivotkit.services.upstream import Download, Upstream, UpstreamAnswer, UpstreamDown

LOCAL_ACCOUNT = "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
LOCAL_KEY = sha256(b"pivot-functions local development").hexdigest()
"""Account and API key of the local Crossbar, used only by local runs without these settings."""

PAGE_SIZE = 25
"""Rows per page: a row takes about 1 kB, and a response may have at most 64 kB."""

MAX_PAGES = 40
"""Maximum number of pages read of one list; most lists are much shorter."""

_ACCOUNT = re.compile(r"[0-9a-f]{32}")
_UNAUTHORIZED = 401
_SERVICE = "crossbar"


type CrossbarRow = Mapping[str, Value]
type Window = tuple[int, int]


class CrossbarPage(NamedTuple):
    """One page of a list; `next_key` is the start key of the next page, '' on the last one."""

    rows: list[CrossbarRow]
    next_key: str


class Account(NamedTuple):
    """An account that a scheduled worker acts for, because its owner's settings name it."""

    account_id: str


def accounts(name: str) -> tuple[Account, ...]:
    """Return the accounts in the setting *name*, separated by spaces or commas; may be empty.

    Raises `SettingError`.
    """
    text = setting(name, LOCAL_ACCOUNT if is_local() else "")
    found = tuple(text.replace(",", " ").split())
    if not all(_ACCOUNT.fullmatch(each) for each in found):
        raise SettingError(name, text, "must be account ids (32 hexadecimal digits)")
    return tuple(map(Account, found))


class Crossbar:
    """The API at CROSSBAR_URL, with the rights of the API key in the secret `crossbar_api_key`.

    The account that is asked for may have a key of its own. Every method raises `UpstreamDown`. A
    token is valid for an hour (`cb_api_auth`); an expired one is replaced.
    """

    def __init__(self, *, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._key = Secret.named("crossbar_api_key")
        self._door = self._upstream("")
        self._inside: dict[str, Upstream] = {}

    def cdrs(self, account: str, window: Window, start_key: str = "") -> CrossbarPage:
        """Return one page of the CDRs stored in *window*."""
        return self._page(_path(account, "cdrs"), start_key, **_within(window))

    def all_cdrs(self, account: str, window: Window) -> Iterator[CrossbarRow]:
        """Yield all CDRs stored in *window*."""
        return self._rows(_path(account, "cdrs"), **_within(window))

    def webhooks(self, account: str) -> Iterator[CrossbarRow]:
        """Yield all webhooks of the account."""
        return self._rows(_path(account, "webhooks"))

    def failed_attempts(self, account: str, hook_id: str, window: Window) -> list[int]:
        """Return when a hook's latest deliveries in *window* failed, in Gregorian seconds."""
        path = _path(account, "webhooks", hook_id, "attempts")
        rows = self._page(path, **_within(window)).rows
        times = [row.get("timestamp") for row in rows if row.get("result") == "failure"]
        return [time for time in times if isinstance(time, int)]

    def click_to_call(self, account: str, identifier: str) -> CrossbarRow:
        """Return a click-to-call document."""
        return _object(self.get(_path(account, "clicktocall", identifier)))

    def connect(self, account: str, identifier: str, number: str) -> str:
        """Have a click-to-call ring *number*, and return the call's ID (`cb_clicktocall.erl`).

        KAZOO answers before it rings and supports no idempotency key: a repeated request rings
        twice. If the `UpstreamDown` `is_refusal`, no phone rings; after any other, one may.

        The number is sent with the prefix 00, because KAZOO URL-encodes a contact before it
        normalizes it, which corrupts a plus sign, and reads ten digits without a prefix as a North
        American number. Auto-answer is turned off.
        """
        contact = f"00{number.removeprefix('+')}"
        path = _path(account, "clicktocall", identifier, "connect")
        return self.get(path, contact=contact, auto_answer="false").text("data", "outbound_call_id")

    def connections(self, account: str, identifier: str, window: Window) -> Iterator[CrossbarRow]:
        """Yield the results of a click-to-call's calls in *window*: all rows of its history.

        A row has `timestamp`, `contact`, `result` (`success` or `error`), and `call_id` or `cause`.
        KAZOO writes it once the party dialed first has answered or failed, after at most 20 s.
        """
        path = _path(account, "clicktocall", identifier, "history")
        return self._rows(path, **_within(window))

    def channels(self, account: str, user: str) -> list[CrossbarRow]:
        """Return the live channels of a user's devices: `uuid`, `answered`, `other_leg`, and more.

        Only the first page is read.
        """
        return _page(self.get(_path(account, "users", user, "channels"))).rows

    def channel(self, account: str, call_id: str) -> CrossbarRow | None:
        """Return a live channel, with `other_leg_call_id` if it is bridged; `None` if it ended."""
        try:
            return _object(self.get(_path(account, "channels", call_id)))
        except UpstreamDown as error:
            if error.is_unknown:
                return None
            raise

    def metaflow(self, account: str, call_id: str, module: str, data: Mapping[str, Value]) -> None:
        """Run the metaflow *module* (konami) on a live channel.

        Follows `cb_channels.erl` and `metaflow.json`. Crossbar confirms that the request was sent,
        not that it succeeded.
        """
        flow: dict[str, Value] = {"module": module, "data": {**data}}
        body: dict[str, Value] = {"action": "metaflow", "data": flow}
        path = _path(account, "channels", call_id)
        self._tried(path, lambda inside: inside.put(path, body))

    def get(self, path: str, **query: str) -> UpstreamAnswer:
        """Return Crossbar's whole response envelope to a GET of *path*."""
        return self._tried(path, lambda inside: inside.get(path, **query))

    def download(
        self, path: str, file: IO[bytes], *, kinds: Container[str], max_bytes: int
    ) -> Download:
        """Write the file at *path* into *file*; its content type must be one of *kinds*.

        See `Upstream.download`. Crossbar streams files itself, wherever the storage plan keeps
        them, and never redirects (`cb_vmboxes.erl`, `cb_faxes.erl`).
        """
        return self._tried(
            path, lambda inside: inside.download(path, file, kinds=kinds, max_bytes=max_bytes)
        )

    def patch(self, path: str, **data: Value) -> None:
        """Change fields of the document at *path*; `None` removes a field."""
        self._tried(path, lambda inside: inside.send("PATCH", path, {"data": data}))

    def _rows(self, path: str, **query: str) -> Iterator[CrossbarRow]:
        """Yield the rows of a list, page by page."""
        start_key = ""
        for _ in range(MAX_PAGES):
            page = self._page(path, start_key, **query)
            yield from page.rows
            start_key = page.next_key
            if not start_key:
                return

    def _page(self, path: str, start_key: str = "", **query: str) -> CrossbarPage:
        more = {"start_key": start_key} if start_key else {}
        return _page(self.get(path, page_size=str(PAGE_SIZE), **query, **more))

    def _tried[T](self, path: str, ask: Callable[[Upstream], T]) -> T:
        """Return what *ask* returns; if the token has expired, sign in and ask once more."""
        key = self._api_key(path)
        try:
            return ask(self._signed_in(key))
        except UpstreamDown as error:
            if error.status != _UNAUTHORIZED:
                raise
            self._inside.pop(key, None)
        return ask(self._signed_in(key))

    def _signed_in(self, key: str) -> Upstream:
        if key not in self._inside:
            answer = self._door.put("/api_auth", {"data": {"api_key": key}})
            self._inside[key] = self._upstream(answer.text("auth_token"))
        return self._inside[key]

    def _api_key(self, path: str) -> str:
        """Return the key of the account in *path*, or else the one that all accounts share."""
        try:
            key = self._key.of(_account_in(path)).read()
        except SecretUnavailable as error:
            raise UpstreamDown(_SERVICE, f"the secret {error} cannot be read") from error
        if not key and is_local():
            return LOCAL_KEY
        if not key:
            fix = "the secret crossbar_api_key is not set: use `pivotctl secret`"
            raise UpstreamDown(_SERVICE, fix)
        return key

    def _upstream(self, token: str) -> Upstream:
        default = "https://crossbar.example.com/v2"
        return Upstream("CROSSBAR_URL", default, seconds=self._seconds, token=token)


def _path(account: str, *nouns: str) -> str:
    return "/".join(("", "accounts", *(quote(each, safe="") for each in (account, *nouns))))


def _account_in(path: str) -> str:
    found = re.match("/accounts/([0-9a-f]{32})(?:/|$)", path)
    return found[1] if found else ""


def _within(window: Window) -> dict[str, str]:
    first, last = window
    return {"created_from": str(first), "created_to": str(last)}


def _object(answer: UpstreamAnswer) -> CrossbarRow:
    data = answer.value.get("data") if isinstance(answer.value, dict) else None
    if not isinstance(data, dict):
        raise UpstreamDown(answer.service, "data is not an object")
    return data


def _page(answer: UpstreamAnswer) -> CrossbarPage:
    rows = [row.value for row in answer.each("data") if isinstance(row.value, dict)]
    more = isinstance(answer.value, dict) and answer.value.get("next_start_key")
    return CrossbarPage([*rows], answer.text("next_start_key") if more else "")
