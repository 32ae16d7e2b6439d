"""`@cdr_sink`: take the CDRs that KAZOO posts to a pivot action's `cdr_url`.

They come for calls that TwiML controlled only, for the caller's leg and for bridged ones, once,
and without Call-ID or Account-ID (`pivot_call.erl`). A URL that our own answer handed out names
the call; for others the key is made from what the body has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from pivotkit.calls.tokens import NamedCall, Signer, is_token
from pivotkit.core import telemetry
from pivotkit.core.errors import RequestError
from pivotkit.deliveries import receiver
from pivotkit.deliveries import request as deliveries
from pivotkit.deliveries.receiver import Store, Stored
from pivotkit.events import fields
from pivotkit.http.gateway import GatewayEvent, GatewayRequest, GatewayResponse
from pivotkit.http.keys import Keyring
from pivotkit.http.parameters import Value
from pivotkit.store.records import Record

if TYPE_CHECKING:
    from pivotkit.events.fields import Gregorian, Microseconds, Object


@dataclass(frozen=True, kw_only=True)
class CallDetail:
    """One leg's CDR. All fields may be missing; durations are seconds.

    `leg` is `a` for the caller's and `b` for a bridged one. `account_id` and `call_id` (the
    caller's leg) are known when the URL named the call; a B leg names the other one itself.
    """

    account_id: str = ""
    call_id: str = ""
    leg: Literal["a", "b"] = "a"
    billing_seconds: int | None = None
    call_direction: str | None = None
    callee_id_name: str | None = None
    callee_id_number: str | None = None
    caller_destination_number: str | None = None
    caller_id_name: str | None = None
    caller_id_number: str | None = None
    channel_created_time: Microseconds | None = None
    custom_application_vars: Object = MappingProxyType({})
    custom_sip_headers: Object = MappingProxyType({})
    disposition: str | None = None
    duration_seconds: int | None = None
    from_: str | None = None
    hangup_cause: str | None = None
    hangup_code: str | None = None
    other_leg_call_id: str | None = None
    request: str | None = None
    ringing_seconds: int | None = None
    timestamp: Gregorian | None = None
    to: str | None = None
    other: Mapping[str, Value] = MappingProxyType({})


_WORDS = {"Id": "ID", "Url": "URL", "Sip": "SIP"}
_UNNAMED = NamedCall("", "")
_OURS = ("account_id", "call_id", "leg", "other")


def _kazoo_key(name: str) -> str:
    words = (word.capitalize() for word in name.rstrip("_").split("_"))
    return "-".join(_WORDS.get(word, word) for word in words)


_NAMES = {
    name: "" if name in _OURS else _kazoo_key(name) for name in CallDetail.__dataclass_fields__
}


def read_cdr(values: Mapping[str, Value], named: NamedCall = _UNNAMED) -> CallDetail:
    """The CDR in *values*; *named* is what its URL said of the call."""
    cdr = fields.read(CallDetail, values, _NAMES)
    leg: Literal["a", "b"] = "b" if cdr.call_direction == "outbound" else "a"
    call_id = named.call_id or (cdr.other_leg_call_id if leg == "b" else None) or ""
    return replace(cdr, account_id=named.account_id, call_id=call_id, leg=leg)


class CdrSink:
    """A Lambda handler that stores each CDR once, with what the template makes of it."""

    def __init__(self, template: Callable[[CallDetail], Record | None]) -> None:
        self.template = template
        self.__doc__ = template.__doc__
        self._keyring = Keyring.from_environment("cdr")
        self._signer = Signer.from_environment(telemetry.service())
        self._store = Store()

    def __call__(self, event: GatewayEvent, context: Any) -> GatewayResponse:
        """Take one CDR."""
        del context
        try:
            request = deliveries.admitted(event, deliveries.CDR_METHODS)
            named = self._admit(request)
        except RequestError as error:
            return receiver.refuse(error)
        cdr, note = _read(request, named)
        record, problem = receiver.mapped(self.template, cdr)
        extra = {"problem": note or problem, "record": record}
        outcome = self._store.keep(receiver.delivery_item(request, _where(request, cdr), extra))
        telemetry.done(
            outcome,
            correlation_id=cdr.call_id[: receiver.MAX_WORD],
            leg=cdr.leg,
            mapped=bool(record),
        )
        return receiver.accept()

    def _admit(self, request: GatewayRequest) -> NamedCall:
        """What the URL says of the call: a key for one account at least tells the account."""
        if is_token(request.key):
            return self._signer.read_named_call(request.key)
        accounts = self._keyring.authenticate(request).accounts
        return NamedCall(next(iter(accounts)) if len(accounts) == 1 else "", "")


def cdr_sink(template: Callable[[CallDetail], Record | None]) -> CdrSink:
    """Make a Lambda handler of a pure function from a `CallDetail` to the `Record` it adds."""
    return CdrSink(template)


def _read(request: GatewayRequest, named: NamedCall) -> tuple[CallDetail, str]:
    values, unread = deliveries.read(request)
    return read_cdr(values, named), unread


def _where(request: GatewayRequest, cdr: CallDetail) -> Stored:
    """The call's key; without a call, one of the CDR's own."""
    call = cdr.call_id or f"cdr-{deliveries.digest(request)}"
    return Stored(f"{cdr.account_id or 'unknown'}#{call}", f"cdr#{cdr.leg}")
