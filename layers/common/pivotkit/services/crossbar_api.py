"""Crossbar's operations, paging, and envelopes, over whatever transport sends the requests.

Workers send them within Lambda's deadlines (`pivotkit.services.crossbar`), `pivotctl kazoo` with
retries and explained errors. A window is a pair of times in Gregorian seconds, the start and the
end. Rows and documents have the shape that Crossbar gives them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

from pivotkit.http.parameters import Value
from pivotkit.services.upstream import UpstreamAnswer, UpstreamDown

PAGE_SIZE = 25
"""Rows per page: a row takes about 1 kB, and a worker's response may have at most 64 kB."""

MAX_PAGES = 40
"""Maximum number of pages that a worker reads of one list; most lists are much shorter."""

UNAUTHORIZED = 401
"""Status of a refused token."""


type CrossbarRow = Mapping[str, Value]
type Window = tuple[int, int]


class CrossbarPage(NamedTuple):
    """One page of a list; `next_key` is the start key of the next page, '' on the last one."""

    rows: list[CrossbarRow]
    next_key: str


class CrossbarApi(ABC):
    """Crossbar's API. A subclass sends the requests, and signs in.

    Every method raises `UpstreamDown`.
    """

    page_size = PAGE_SIZE
    max_pages = MAX_PAGES

    @abstractmethod
    def get(self, path: str, **query: str) -> UpstreamAnswer:
        """Return Crossbar's whole response envelope to a GET of *path*, which may be repeated."""

    @abstractmethod
    def get_once(self, path: str, **query: str) -> UpstreamAnswer:
        """Return the envelope of a GET that has an effect, and so is never repeated."""

    @abstractmethod
    def put(self, path: str, body: Mapping[str, Value]) -> UpstreamAnswer:
        """Return the envelope of the response to a PUT of *body*, an envelope itself."""

    @abstractmethod
    def patch(self, path: str, **data: Value) -> None:
        """Change fields of the document at *path*; `None` removes a field."""

    def cdrs(self, account: str, window: Window, start_key: str = "") -> CrossbarPage:
        """Return one page of the CDRs stored in *window*."""
        return self.page(path_of(account, "cdrs"), start_key, **_within(window))

    def all_cdrs(self, account: str, window: Window) -> Iterator[CrossbarRow]:
        """Yield all CDRs stored in *window*."""
        return self.rows(path_of(account, "cdrs"), **_within(window))

    def webhooks(self, account: str) -> Iterator[CrossbarRow]:
        """Yield all webhooks of the account."""
        return self.rows(path_of(account, "webhooks"))

    def failed_attempts(self, account: str, hook_id: str, window: Window) -> list[int]:
        """Return when a hook's latest deliveries in *window* failed, in Gregorian seconds."""
        path = path_of(account, "webhooks", hook_id, "attempts")
        rows = self.page(path, **_within(window)).rows
        times = [row.get("timestamp") for row in rows if row.get("result") == "failure"]
        return [time for time in times if isinstance(time, int)]

    def click_to_call(self, account: str, identifier: str) -> CrossbarRow:
        """Return a click-to-call document."""
        return object_of(self.get(path_of(account, "clicktocall", identifier)))

    def connect(self, account: str, identifier: str, number: str) -> str:
        """Have a click-to-call ring *number*, and return the call's ID (`cb_clicktocall.erl`).

        KAZOO answers before it rings and supports no idempotency key: a repeated request rings
        twice. If the `UpstreamDown` `is_refusal`, no phone rings; after any other, one may.

        The number is sent with the prefix 00, because KAZOO URL-encodes a contact before it
        normalizes it, which corrupts a plus sign, and reads ten digits without a prefix as a North
        American number. Auto-answer is turned off.
        """
        contact = f"00{number.removeprefix('+')}"
        path = path_of(account, "clicktocall", identifier, "connect")
        answer = self.get_once(path, contact=contact, auto_answer="false")
        return answer.text("data", "outbound_call_id")

    def connections(self, account: str, identifier: str, window: Window) -> Iterator[CrossbarRow]:
        """Yield the results of a click-to-call's calls in *window*: all rows of its history.

        A row has `timestamp`, `contact`, `result` (`success` or `error`), and `call_id` or `cause`.
        KAZOO writes it once the party dialed first has answered or failed, after at most 20 s.
        """
        path = path_of(account, "clicktocall", identifier, "history")
        return self.rows(path, **_within(window))

    def channels(self, account: str, user: str = "") -> list[CrossbarRow]:
        """Return the live channels of an account, or of a user's devices alone.

        A row has `uuid`, `answered`, `other_leg`, and more. KAZOO lists channels on one page.
        """
        nouns = ("users", user, "channels") if user else ("channels",)
        return page_of(self.get(path_of(account, *nouns))).rows

    def channel(self, account: str, call_id: str) -> CrossbarRow | None:
        """Return a live channel, with `other_leg_call_id` if it is bridged; `None` if it ended."""
        try:
            return object_of(self.get(path_of(account, "channels", call_id)))
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
        self.put(path_of(account, "channels", call_id), {"action": "metaflow", "data": flow})

    def transfer(self, account: str, call_id: str, target: str) -> None:
        """Send a live channel to *target*, a number or extension, without asking it first."""
        data: dict[str, Value] = {
            "target": target,
            "captures": [target],
            "transfer_type": "blind",
            "leg": "self",
        }
        self.metaflow(account, call_id, "transfer", data)

    def rows(self, path: str, **query: str) -> Iterator[CrossbarRow]:
        """Yield the rows of a list, page by page, at most `max_pages`."""
        start_key = ""
        for _ in range(self.max_pages):
            page = self.page(path, start_key, **query)
            yield from page.rows
            start_key = page.next_key
            if not start_key:
                return

    def page(self, path: str, start_key: str = "", **query: str) -> CrossbarPage:
        """Return one page of a list of at most `page_size` rows."""
        more = {"start_key": start_key} if start_key else {}
        return page_of(self.get(path, page_size=str(self.page_size), **query, **more))


def renewed[T](ask: Callable[[], T], renew: Callable[[], object]) -> T:
    """Return what *ask* returns; if its token is refused (401), *renew* it and ask once more."""
    try:
        return ask()
    except UpstreamDown as error:
        if error.status != UNAUTHORIZED:
            raise
    renew()
    return ask()


def path_of(account: str, *nouns: str) -> str:
    """Return the path of a resource of an account."""
    return "/".join(("", "accounts", *(quote(each, safe="") for each in (account, *nouns))))


def object_of(answer: UpstreamAnswer) -> CrossbarRow:
    """Return the `data` of an envelope, a document."""
    data = answer.value.get("data") if isinstance(answer.value, dict) else None
    if not isinstance(data, dict):
        raise UpstreamDown(answer.service, "data is not an object")
    return data


def page_of(answer: UpstreamAnswer) -> CrossbarPage:
    """Return the `data` of an envelope, a list, and where it goes on."""
    rows = [row.value for row in answer.each("data") if isinstance(row.value, dict)]
    more = isinstance(answer.value, dict) and answer.value.get("next_start_key")
    return CrossbarPage([*rows], answer.text("next_start_key") if more else "")


def _within(window: Window) -> dict[str, str]:
    first, last = window
    return {"created_from": str(first), "created_to": str(last)}
