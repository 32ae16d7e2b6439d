"""`@cdr_sink`: CDRs that KAZOO posts to the `cdr_url` of a pivot action.

KAZOO posts them only for calls that TwiML controlled: one for the caller's leg and one for each
bridged leg, once, and without Call-ID or Account-ID (`pivot_call.erl`). A `cdr_url` made by
`call.cdr_url()` names the call. For any other the key is made from the body.
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
from pivotkit.deliveries.receiver import ItemKey, Store
from pivotkit.events import fields
from pivotkit.http import deliveries
from pivotkit.http.gateway import GatewayEvent, GatewayRequest, GatewayResponse
from pivotkit.http.keys import Keyring
from pivotkit.http.parameters import Value
from pivotkit.store.records import Record, subject_key

if TYPE_CHECKING:
    from pivotkit.events.fields import Gregorian, Microseconds, Object


@dataclass(frozen=True, kw_only=True)
class CallDetail:
    """One leg's CDR. Any field may be missing. Durations are seconds.

    `leg` is `a` for the caller's leg and `b` for a bridged one. `account_id` and `call_id`, that of
    the caller's leg, are known when the URL names the call; a B leg names the A leg itself.
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
    """The CDR in *values*. *named* is the call that its URL names."""
    cdr = fields.read(CallDetail, values, _NAMES)
    leg: Literal["a", "b"] = "b" if cdr.call_direction == "outbound" else "a"
    call_id = named.call_id or (cdr.other_leg_call_id if leg == "b" else None) or ""
    return replace(cdr, account_id=named.account_id, call_id=call_id, leg=leg)


class CdrSink:
    """A Lambda handler that stores each CDR once, together with the template's record."""

    def __init__(self, template: Callable[[CallDetail], Record | None]) -> None:
        self.template = template
        self.__doc__ = template.__doc__
        self._keyring = Keyring.from_environment("cdr")
        self._signer = Signer.from_environment(telemetry.service())
        self._store = Store()

    def __call__(self, event: GatewayEvent, context: Any) -> GatewayResponse:
        """Store one CDR."""
        del context
        try:
            request = deliveries.received(event)
            named = self._admit(request)
            deliveries.require_method(request, deliveries.CDR_METHODS)
        except RequestError as error:
            return receiver.refuse(error)
        content = deliveries.read(request)
        cdr = read_cdr(content.values, named)
        record, problem = receiver.mapped(self.template, cdr)
        cut = receiver.mark(content)
        extra = {"problem": content.unread or problem, "record": record, **cut}
        outcome = self._store.keep(receiver.delivery_item(request, _where(request, cdr), extra))
        telemetry.done(
            outcome,
            correlation_id=cdr.call_id[: receiver.MAX_WORD],
            leg=cdr.leg,
            mapped=bool(record),
            **cut,
        )
        return receiver.accept()

    def _admit(self, request: GatewayRequest) -> NamedCall:
        """The call that the URL names. A key for a single account names at least the account."""
        if is_token(request.key):
            return self._signer.read_named_call(request.key)
        return NamedCall(self._keyring.authenticate(request).only, "")


def cdr_sink(template: Callable[[CallDetail], Record | None]) -> CdrSink:
    """Turn a pure function from a `CallDetail` to its `Record` into a Lambda handler."""
    return CdrSink(template)


def _where(request: GatewayRequest, cdr: CallDetail) -> ItemKey:
    """The key of the call, or one of the CDR's own if the call is unknown."""
    call = cdr.call_id or f"cdr-{deliveries.digest(request)}"
    return ItemKey(subject_key(cdr.account_id, call), f"cdr#{cdr.leg}")
