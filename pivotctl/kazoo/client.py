"""The client of Crossbar for commands."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from pivotctl.kazoo.checks import faults_in
from pivotctl.kazoo.credentials import ApiKey, SignIn, SignIns, local_time, sign_in
from pivotctl.kazoo.errors import SignInNeeded, unsent
from pivotctl.kazoo.exchange import CrossbarCall, CrossbarResponse
from pivotctl.kazoo.transport import Transport
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar_api import CrossbarApi, CrossbarRow, object_of, path_of, renewed
from pivotkit.services.upstream import UpstreamAnswer


class Session:
    """The sign-in at a Crossbar, renewed with an API key when it has ended.

    A renewed one is kept in *kept*, if given.
    """

    def __init__(
        self,
        transport: Transport,
        signed_in: SignIn | None = None,
        *,
        key: str = "",
        kept: SignIns | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._transport = transport
        self._signed_in = signed_in
        self._key = key or (signed_in.api_key if signed_in else "")
        self._kept = kept
        self._clock = clock

    @property
    def current(self) -> SignIn:
        """A sign-in that has not ended. Raises `CrossbarError`."""
        if self._signed_in is None or self._signed_in.ended(self._clock()):
            return self.renew()
        return self._signed_in

    @property
    def renews(self) -> bool:
        """Whether a token that has ended is replaced."""
        return bool(self._key)

    def renew(self) -> SignIn:
        """Sign in again with the API key, and return it. Raises `SignInNeeded` if there is none."""
        if not self._key:
            raise SignInNeeded(self._missing())
        self._signed_in = sign_in(self._transport, ApiKey(self._key))
        if self._kept:
            self._kept.put(self._signed_in)
        return self._signed_in

    def _missing(self) -> str:
        how = f"`pivotctl kazoo login --url {self._transport.url}`"
        if self._signed_in is None:
            return f"You are not signed in at {self._transport.url}: use {how}."
        if self._signed_in.ended(self._clock()):
            end = local_time(self._signed_in.expires)
            return (
                f"Your sign-in at {self._transport.url} ended at {end}: sign in again with {how}."
            )
        return f"{self._transport.url} refuses your sign-in: sign in again with {how}."


@dataclass(frozen=True)
class ReadDocument:
    """A document as it was read, and its ETag, '' if Crossbar has sent none."""

    data: CrossbarRow
    etag: str


class KazooClient(CrossbarApi):
    """Crossbar's API for commands, with the layer's operations and a few more.

    Every method raises `CrossbarError`, which explains itself. A body with faults is not sent.
    """

    page_size = 50
    max_pages = 10_000

    def __init__(self, transport: Transport, session: Session) -> None:
        self._transport = transport
        self.session = session

    @property
    def is_local(self) -> bool:
        """Whether Crossbar is on this machine, and so reaches the local stack."""
        return self._transport.is_local

    # -- requests ----------------------------------------------------------------------------------

    def ask(self, call: CrossbarCall) -> UpstreamAnswer:
        """Return the envelope of the response to *call*; if the token is refused, renew it once."""
        if call.data is not None and (faults := faults_in(call, is_local=self.is_local)):
            raise unsent(call, faults)
        return UpstreamAnswer("crossbar", self._asked(call).envelope)

    def _asked(self, call: CrossbarCall) -> CrossbarResponse:
        def asked() -> CrossbarResponse:
            return self._transport.send(call, self.session.current.token)

        return renewed(asked, self.session.renew)

    def get(self, path: str, **query: str) -> UpstreamAnswer:
        """Return Crossbar's whole response envelope to a GET of *path*."""
        return self.ask(CrossbarCall("GET", path, query, repeatable=True))

    def get_once(self, path: str, **query: str) -> UpstreamAnswer:
        """Return the envelope of a GET that has an effect, and so is never repeated."""
        return self.ask(CrossbarCall("GET", path, query))

    def put(self, path: str, body: Mapping[str, Value]) -> UpstreamAnswer:
        """Return the envelope of the response to a PUT of *body*, an envelope itself."""
        data = body.get("data")
        whole = {name: value for name, value in body.items() if name != "data"}
        fields = data if isinstance(data, dict) else {}
        return self.ask(CrossbarCall("PUT", path, data=fields, whole=whole))

    def post(self, path: str, data: Mapping[str, Value], etag: str = "") -> UpstreamAnswer:
        """Replace the document at *path*, and return the envelope; it may be repeated.

        With the *etag* that it was read with, a change by somebody else is kept: `Conflict`.
        """
        return self.ask(CrossbarCall("POST", path, data=data, repeatable=True, etag=etag))

    def patch(self, path: str, **data: Value) -> None:
        """Change fields of the document at *path*; `None` removes a field."""
        self.ask(CrossbarCall("PATCH", path, data=data, repeatable=True))

    def read(self, path: str) -> ReadDocument:
        """Return the document at *path* with its ETag."""
        response = self._asked(CrossbarCall("GET", path, repeatable=True))
        answer = UpstreamAnswer("crossbar", response.envelope)
        return ReadDocument(object_of(answer), response.etag)

    def change(self, path: str, document: ReadDocument, **data: Value) -> None:
        """Change fields of a document that was read, unless somebody has changed it since.

        Raises `Conflict` in that case, if Crossbar has ETags; without one, the last change wins.
        After a broken connection it may raise it for its own change: read the document again.
        """
        etag = document.etag
        self.ask(CrossbarCall("PATCH", path, data=data, repeatable=True, etag=etag))

    def delete(self, path: str, etag: str = "") -> None:
        """Delete the document at *path*. With an *etag*, raises `Conflict` as `post` does."""
        self.ask(CrossbarCall("DELETE", path, etag=etag))

    # -- what commands ask for beside the layer's operations ---------------------------------------

    def who(self) -> SignIn:
        """Return the sign-in as Crossbar knows it, which proves that it is valid."""
        found = object_of(self.get("/token_auth"))
        current = self.session.current
        return replace(
            current,
            account_id=str(found.get("account_id") or current.account_id),
            account_name=str(found.get("account_name") or current.account_name),
            owner_id=str(found.get("owner_id") or current.owner_id),
        )

    def descendants(self, account: str) -> Iterator[CrossbarRow]:
        """Yield the accounts below *account*: `id`, `name`, `realm`, and the `tree` above them."""
        return self.rows(path_of(account, "descendants"))

    def click_to_calls(self, account: str) -> Iterator[CrossbarRow]:
        """Yield the click-to-calls of an account: `id`, `name`, and `extension`."""
        return self.rows(path_of(account, "clicktocall"))

    def click(
        self, account: str, identifier: str, number: str, variables: Mapping[str, str]
    ) -> str:
        """Have a click-to-call ring *number*, with application variables; return the call's ID.

        KAZOO corrupts a plus sign (see `connect`). A North American number is sent without it,
        another one with the prefix 00, and an extension as it is.
        """
        query = urlencode({"contact": dialable(number), "auto_answer": "false"})
        path = path_of(account, "clicktocall", identifier, "connect")
        data = {"custom_application_vars": dict(variables)}
        answer = self.ask(CrossbarCall("POST", f"{path}?{query}", data=data))
        return answer.text("data", "outbound_call_id")

    def quick_call(self, account: str, user: str, number: str) -> list[str]:
        """Have a user's phones ring, and then *number*; return the ID of each phone's leg."""
        path = path_of(account, "users", user, "quickcall", number)
        endpoints = self.get_once(path, auto_answer="false").each("data", "endpoints")
        return [each.text("outbound_call_id") for each in endpoints]

    def available_hooks(self) -> Iterator[CrossbarRow]:
        """Yield the hooks that this KAZOO fires: `id`, `name`, and `description`."""
        return self.rows("/webhooks")

    def attempts(self, account: str, hook_id: str = "") -> Iterator[CrossbarRow]:
        """Yield the logged deliveries of a webhook, or of all, newest first."""
        nouns = ("webhooks", hook_id, "attempts") if hook_id else ("webhooks", "attempts")
        return self.rows(path_of(account, *nouns))

    def enable_hook(self, account: str, hook_id: str) -> None:
        """Enable a webhook that KAZOO has disabled."""
        self.patch(path_of(account, "webhooks", hook_id), enabled=True)


_NORTH_AMERICAN = re.compile(r"\+1\d{10}")


def dialable(number: str) -> str:
    """Return *number* as a contact that KAZOO normalizes to it, without a plus sign."""
    if _NORTH_AMERICAN.fullmatch(number):
        return number.removeprefix("+")
    return f"00{number.removeprefix('+')}" if number.startswith("+") else number
