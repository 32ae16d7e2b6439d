"""The API: operations by path and method."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pivotctl.crossbar import envelope, metaflows, users
from pivotctl.crossbar.account_api import AccountApi
from pivotctl.crossbar.accounts import Accounts
from pivotctl.crossbar.available_hooks import AVAILABLE
from pivotctl.crossbar.cdrs import Cdrs
from pivotctl.crossbar.clicktocall import ClickToCalls
from pivotctl.crossbar.conditions import conditional
from pivotctl.crossbar.document_api import DocumentApi
from pivotctl.crossbar.documents import Documents
from pivotctl.crossbar.envelope import (
    GREGORIAN_OFFSET,
    CrossbarAnswer,
    CrossbarRefusal,
    CrossbarRequest,
    bad_identifier,
    validation,
)
from pivotctl.crossbar.filters import matches
from pivotctl.crossbar.hooks import Hooks
from pivotctl.crossbar.media import ANNOUNCED, Media
from pivotctl.crossbar.operations import (
    ACCEPTED,
    CREATED,
    OK,
    ApiCall,
    Operation,
    OperationResult,
    Route,
    listed,
)
from pivotctl.crossbar.paging import page
from pivotctl.crossbar.phone_number_api import PhoneNumberApi, first_number
from pivotctl.crossbar.phones import Phones
from pivotctl.crossbar.pivot_debug import PivotDebug
from pivotctl.crossbar.placed_calls import PlacedCalls
from pivotctl.crossbar.quickcall import QuickCalls
from pivotctl.crossbar.tokens import Tokens
from pivotctl.crossbar.validation import Validation
from pivotctl.reader.schemas import folder
from pivotctl.switch.webhooks.ledger import DeliveryAttempt
from pivotctl.switch.world import Rung

_VERSION = re.compile(r"v[0-9]+")


@dataclass
class LocalCrossbar:
    """The API and its data: `cdrs`, `hooks`, live `channels` by Call-ID, `actions` on them.

    `phones` has the outcomes of calls that it makes, `calls` plays those to callflows. `clock`
    returns Unix seconds. `schemas` is the folder of KAZOO's JSON schemas, if they are at hand. The
    API is the ledger of the calls that it plays itself (`CallLedger`).
    """

    clock: Callable[[], float] = time.time
    cdrs: Cdrs = field(default_factory=Cdrs)
    schemas: Path | None = field(default_factory=folder)
    documents: Documents = field(default_factory=Documents)
    media: Media = field(default_factory=Media)
    channels: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    actions: list[Mapping[str, Any]] = field(default_factory=list)
    pivot_debug: PivotDebug = field(default_factory=PivotDebug)
    accounts: Accounts = field(init=False)
    tokens: Tokens = field(init=False)
    hooks: Hooks = field(init=False)
    phones: Phones = field(init=False)
    calls: PlacedCalls = field(init=False)
    click_to_calls: ClickToCalls = field(init=False)
    quick_calls: QuickCalls = field(init=False)

    def __post_init__(self) -> None:
        checks = Validation(self.schemas)
        self.accounts = Accounts(checks)
        self.documents.put(users.operator())
        self.documents.put(first_number())
        self.tokens = Tokens(self.accounts, self.documents, self._time)
        self.hooks = Hooks(checks)
        self.phones = Phones(self.cdrs)
        self.calls = PlacedCalls(
            self.documents, self.accounts, self.hooks, self.phones, self, self._time
        )
        self.click_to_calls = ClickToCalls(self.phones, self.calls, checks)
        self.quick_calls = QuickCalls(self.calls)
        self._table = self._routes()

    def _gregorian(self) -> int:
        return self.now

    def _time(self) -> float:
        """Return the time of the current clock, which tests replace."""
        return self.clock()

    @property
    def now(self) -> int:
        """The time in Gregorian seconds."""
        return int(self.clock()) + GREGORIAN_OFFSET

    def happened(self, hook: str, event: Mapping[str, Any]) -> None:
        """Take an event of a channel, or a notification of a new voicemail message or fax.

        Updates the live channels, and stores CDRs and files.
        """
        if hook in ANNOUNCED:
            self.media.announced(hook, event)
            return
        call_id = str(event["call_id"])
        if hook == "channel_destroy":
            self.channels.pop(call_id, None)
            self.cdrs.store(event, self.now)
        elif hook.startswith("channel_"):
            self.channels[call_id] = _live(self.channels.get(call_id, {}), hook, event)

    def attempted(self, attempt: DeliveryAttempt) -> None:
        """Store a delivery attempt of a webhook."""
        self.hooks.note(attempt)

    def debugged(self, document: Mapping[str, Any]) -> None:
        """Store a debug document of a pivot action."""
        self.pivot_debug.store(document, self.now)

    def disabled(self) -> frozenset[str]:
        """Return the IDs of the webhooks that are no longer fired."""
        documents = self.hooks.documents(self.clock())
        return frozenset(each.id for each in documents if not each.enabled)

    def handle(self, request: CrossbarRequest) -> CrossbarAnswer:
        """Return the answer to one request."""
        call = ApiCall(request, _nouns(request.path))
        try:
            operation = self._operation(call)
            call = self._admitted(call)
            done = operation(call)
        except CrossbarRefusal as refused:
            return CrossbarAnswer(
                refused.status, envelope.failure(refused, self.clock(), call.token)
            )
        if isinstance(done, CrossbarAnswer):
            return done
        body = envelope.success(done.data, self.clock(), call.token, done.envelope)
        return CrossbarAnswer(done.status, body, headers=done.headers)

    def _admitted(self, call: ApiCall) -> ApiCall:
        """Authenticate the request, unless it needs no token. Raises `CrossbarRefusal`."""
        request, nouns = call.request, call.nouns
        if not request.readable:
            raise CrossbarRefusal(400, "parse_error", {"message": "failed to parse request body"})
        open_to_all = nouns in (("user_auth",), ("api_auth",), ("webhooks",))
        if open_to_all or "quickcall" in nouns or self._needs_no_token(call):
            return call
        session = self.tokens.authenticate(request)
        call = ApiCall(request, nouns, session)
        if nouns[0] == "accounts" and len(nouns) > 1:
            self.accounts.authorize(session.account_id, call.account)
        return call

    def _needs_no_token(self, call: ApiCall) -> bool:
        """Whether this is a click-to-call that needs no token."""
        nouns = call.nouns
        if nouns[2:3] != ("clicktocall",) or nouns[4:] != ("connect",):
            return False
        return not self.click_to_calls.needs_token(nouns[1], nouns[3])

    def _operation(self, call: ApiCall) -> Operation:
        """Return the operation for path and method, with its conditions.

        Raises `CrossbarRefusal`.
        """
        path = "/".join(noun.replace("/", "%2F") for noun in call.nouns)
        for pattern, methods in self._table:
            if re.fullmatch(pattern, path):
                if call.request.method not in methods:
                    raise CrossbarRefusal(405, "invalid_method", {"message": "method not allowed"})
                read = None if path.endswith("/connect") else methods.get("GET")
                return conditional(methods[call.request.method], read)
        raise bad_identifier(path)

    def _routes(self) -> tuple[Route, ...]:
        account, one = "accounts/[^/]+", "[^/]+"
        connect = {"GET": self._connect, "POST": self._connect}
        buttons = {"GET": self._list_buttons, "PUT": self._create_button}
        button = dict.fromkeys(("GET", "POST", "PATCH", "DELETE"), self._button)
        hook: Mapping[str, Operation] = {
            "GET": self._hook,
            "POST": self._replace_hook,
            "PATCH": self._patch_hook,
            "DELETE": self._delete_hook,
        }
        hooks: Mapping[str, Operation] = {
            "GET": self._list_hooks,
            "PUT": self._create_hook,
            "PATCH": self._re_enable,
        }
        return (
            *AccountApi(self.accounts, self.tokens, self._gregorian).routes(),
            *DocumentApi(self.documents, self.accounts, self._gregorian).routes(),
            *PhoneNumberApi(self.documents, self.accounts, self._gregorian).routes(),
            ("webhooks", {"GET": self._available}),
            (f"{account}(/users/{one})?/cdrs", {"GET": self._list_cdrs}),
            (f"{account}(/users/{one})?/cdrs/interaction", {"GET": self._list_interactions}),
            (f"{account}/cdrs/legs/{one}", {"GET": self._legs}),
            (f"{account}/cdrs/{one}", {"GET": self._cdr}),
            (f"{account}/webhooks", hooks),
            (f"{account}/descendants/webhooks", {"PATCH": self._re_enable}),
            (f"{account}/webhooks/({one}/)?attempts", {"GET": self._attempts}),
            (f"{account}/webhooks/{one}", hook),
            (f"{account}/clicktocall", buttons),
            (f"{account}/clicktocall/{one}", button),
            (f"{account}/clicktocall/{one}/connect", connect),
            (f"{account}/clicktocall/{one}/history", {"GET": self._connections}),
            (f"{account}/users/{one}/quickcall/{one}", {"GET": self._quickcall}),
            (f"{account}/vmboxes/{one}/messages/{one}/raw", {"GET": self._file}),
            (f"{account}/faxes/(inbox|outbox)/{one}/attachment", {"GET": self._file}),
            (f"{account}/pivot/debug", {"GET": self._list_debug}),
            (f"{account}/pivot/debug/{one}", {"GET": self._debug}),
            (f"{account}(/users/{one})?/channels", {"GET": self._list_channels}),
            (f"{account}/channels/{one}", {"GET": self._channel, "PUT": self._metaflow}),
        )

    # -- CDRs ----------------------------------------------------------------------------------

    def _list_cdrs(self, call: ApiCall) -> OperationResult | CrossbarAnswer:
        return listed(self.cdrs.listing(call.request, call.account, _user(call), self.now))

    def _list_interactions(self, call: ApiCall) -> OperationResult | CrossbarAnswer:
        found = self.cdrs.interactions(call.request, call.account, _user(call), self.now)
        return listed(found)

    def _legs(self, call: ApiCall) -> OperationResult:
        return OperationResult(OK, self.cdrs.legs(call.account, call.nouns[-1]))

    def _cdr(self, call: ApiCall) -> OperationResult:
        return OperationResult(OK, self.cdrs.one(call.account, call.nouns[-1]))

    # -- webhooks ------------------------------------------------------------------------------

    def _available(self, call: ApiCall) -> OperationResult:
        del call
        return OperationResult(OK, [each.row() for each in AVAILABLE])

    def _list_hooks(self, call: ApiCall) -> OperationResult | CrossbarAnswer:
        found = [
            each
            for each in self.hooks.of(call.account, self.clock())
            if matches(each.public(), call.request.query)
        ]
        request = CrossbarRequest("GET", "", {"ascending": "true", **call.request.query})
        return listed(page(request, (((each.id,), each.summary()) for each in found)))

    def _create_hook(self, call: ApiCall) -> OperationResult:
        return OperationResult(CREATED, self.hooks.create(call.account, call.request.data).public())

    def _hook(self, call: ApiCall) -> OperationResult:
        return OperationResult(OK, self._document(call).public())

    def _replace_hook(self, call: ApiCall) -> OperationResult:
        return OperationResult(
            OK, self.hooks.replace(self._document(call), call.request.data).public()
        )

    def _patch_hook(self, call: ApiCall) -> OperationResult:
        return OperationResult(
            OK, self.hooks.merge(self._document(call), call.request.data).public()
        )

    def _delete_hook(self, call: ApiCall) -> OperationResult:
        document = self._document(call)
        self.hooks.delete(document)
        return OperationResult(OK, document.public())

    def _document(self, call: ApiCall) -> Any:
        return self.hooks.one(call.account, call.nouns[-1], self.clock())

    def _re_enable(self, call: ApiCall) -> OperationResult:
        """Enable every webhook of the account, or those of its descendants as well."""
        wanted = call.request.value("re-enable")
        if wanted is None:
            raise validation("re-enable", "required", "re-enable is required to patch collections")
        if str(wanted).lower() != "true":
            text = "value not found in enumerated list of values"
            raise validation("re-enable", "enum", text, target=[True])
        below = self.accounts.descendants(call.account) if "descendants" in call.nouns else []
        for account in (call.account, *(each.id for each in below)):
            self.hooks.re_enable(self.hooks.of(account, self.clock()))
        return OperationResult(OK, "hooks updated")

    def _attempts(self, call: ApiCall) -> OperationResult | CrossbarAnswer:
        hook = "" if call.nouns[-2] == "webhooks" else call.nouns[-2]
        return listed(self.hooks.attempts(call.request, call.account, hook, self.clock()))

    # -- files ---------------------------------------------------------------------------------

    def _file(self, call: ApiCall) -> CrossbarAnswer:
        return self.media.get(call.account, "/".join(call.nouns[2:]))

    # -- calls ---------------------------------------------------------------------------------

    def _list_buttons(self, call: ApiCall) -> OperationResult | CrossbarAnswer:
        return listed(self.click_to_calls.listing(call.request, call.account))

    def _create_button(self, call: ApiCall) -> OperationResult:
        return OperationResult(CREATED, self.click_to_calls.create(call.account, call.request.data))

    def _button(self, call: ApiCall) -> OperationResult:
        """Read, replace, merge, or delete a document."""
        which, data = (call.account, call.nouns[3]), call.request.data
        match call.request.method:
            case "POST":
                return OperationResult(OK, self.click_to_calls.replace(*which, data))
            case "PATCH":
                return OperationResult(OK, self.click_to_calls.merge(*which, data))
            case "DELETE":
                return OperationResult(OK, self.click_to_calls.delete(*which))
        return OperationResult(OK, self.click_to_calls.one(*which))

    def _connect(self, call: ApiCall) -> OperationResult:
        button = self.click_to_calls
        done = button.connect(call.account, call.nouns[3], call.request, self.now)
        return OperationResult(OK if call.request.method == "GET" else ACCEPTED, done)

    def _connections(self, call: ApiCall) -> OperationResult | CrossbarAnswer:
        button = self.click_to_calls
        return listed(button.history(call.request, call.account, call.nouns[3], self.now))

    def _quickcall(self, call: ApiCall) -> OperationResult:
        user, number = call.nouns[3], call.nouns[5]
        done = self.quick_calls.place(call.account, user, number, call.request)
        return OperationResult(ACCEPTED, done)

    def _list_debug(self, call: ApiCall) -> OperationResult | CrossbarAnswer:
        return listed(self.pivot_debug.listing(call.request, call.account))

    def _debug(self, call: ApiCall) -> OperationResult:
        return OperationResult(OK, self.pivot_debug.one(call.account, call.nouns[-1]))

    def _list_channels(self, call: ApiCall) -> OperationResult:
        """Return the live legs of the account, or of one of its users."""
        owner = _user(call)
        live = [
            each
            for each in list(self.channels.values())
            if each["account_id"] == call.account and owner in ("", each.get("owner_id"))
        ]
        return OperationResult(OK, live)

    def _channel(self, call: ApiCall) -> OperationResult:
        channel = self.channels.get(call.nouns[-1])
        if channel is None or channel["account_id"] != call.account:
            raise bad_identifier(call.nouns[-1])
        return OperationResult(OK, channel)

    def _metaflow(self, call: ApiCall) -> OperationResult:
        """Store a metaflow on a live channel; a transfer rings its target."""
        channel = self._channel(call).data
        if call.request.value("action") != "metaflow":
            raise CrossbarRefusal(400, "invalid data", {})
        flow = metaflows.checked(call.request.data)
        self.actions.append({"call_id": channel["call_id"], "flow": dict(flow)})
        if target := metaflows.target(flow):
            self._transfer(channel, target)
        return OperationResult(ACCEPTED, "metaflow sent")

    def _transfer(self, channel: Mapping[str, Any], target: str) -> None:
        """Ring *target*, and bridge the channel to it if it answers."""
        call_id = str(channel["call_id"])
        other = secrets.token_hex(16)
        if self.phones.ring(channel["account_id"], target, other, self.now) is Rung.ANSWERED:
            bridged = {"other_leg_call_id": other, "to": target}
            self.channels[call_id] = _live(channel, "channel_bridge", bridged)


def _nouns(path: str) -> tuple[str, ...]:
    """Return the parts of a path after the API's version."""
    parts = [unquote(part) for part in path.split("/") if part]
    return tuple(parts[1:] if parts and _VERSION.fullmatch(parts[0]) else parts)


def _live(before: Mapping[str, Any], hook: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return a live channel as listed after an event (`ecallmgr_fs_channel:to_props/1`)."""
    known = {**before, **event}
    other = known.get("other_leg_call_id")
    return {
        **known,
        "answered": bool(before.get("answered")) or hook in ("channel_answer", "channel_bridge"),
        "destination": str(known.get("to", "")).partition("@")[0],
        "uuid": str(known["call_id"]),
        **({"other_leg": other} if other else {}),
    }


def _user(call: ApiCall) -> str:
    """Return the user whose CDRs or channels are requested, or ''."""
    return call.nouns[3] if call.nouns[2] == "users" else ""
