"""`@webhook`: turn a function that maps an event into a receiver of KAZOO's webhooks."""

from collections.abc import Callable, Iterable
from types import UnionType
from typing import Any, get_args

from pivotkit.core import telemetry
from pivotkit.core.errors import RequestError
from pivotkit.deliveries import receiver
from pivotkit.deliveries.receiver import ItemKey, Store
from pivotkit.events import Event, OtherEvent, event_of
from pivotkit.events.envelope import HookSecrets, sent_in
from pivotkit.http import deliveries, gateway
from pivotkit.http.gateway import GatewayRequest, GatewayResponse
from pivotkit.http.keys import Keyring
from pivotkit.store.records import Record, subject_key


class WebhookReceiver:
    """A Lambda handler that stores each delivery once, together with the template's record."""

    def __init__(self, template: Callable[[Any], Record | None]) -> None:
        self.template = template
        self.__doc__ = template.__doc__
        self._accepts = tuple(_members(receiver.first_annotation(template)))
        self._keyring = Keyring.from_environment("webhooks")
        self._secrets = HookSecrets.from_environment()
        self._store = Store()

    def __call__(self, event: gateway.GatewayEvent, context: Any) -> GatewayResponse:
        """Store one delivery."""
        del context
        try:
            request = deliveries.received(event)
            hook_event, cut = self._authentic(request)
        except RequestError as error:
            return receiver.refuse(error)
        record, problem = self._mapped(hook_event)
        extra = {
            "hook": hook_event.hook[: receiver.MAX_WORD],
            "event": hook_event.name[: receiver.MAX_WORD],
            "hook_id": request.headers.get("x-hook-id", ""),
            "hook_account_id": _owner(request),
            "problem": problem,
            "record": record,
            "untimed": "" if hook_event.timed else "true",
            **cut,
        }
        outcome = self._store.keep(
            receiver.delivery_item(request, _key_of(request, hook_event), extra)
        )
        about = hook_event.about[: receiver.MAX_WORD]
        named = {"correlation_id": about, "event": extra["event"]}
        telemetry.done(outcome, mapped=bool(record), **named, **cut)
        return receiver.accept()

    def _authentic(self, request: GatewayRequest) -> tuple[Event, dict[str, str]]:
        """The event in *request*, as one of the authenticated account, and its mark if it was cut.

        Raises `RequestError`.

        A key for certain accounts does not admit events of others. An event that names no account
        counts as one of the hook's owner, unless it is signed: the owner's header is not.
        """
        key = self._keyring.authenticate(request)
        deliveries.require_method(request, deliveries.HOOK_METHODS)
        content = deliveries.read(request)
        self._secrets.require(content.values, request.body)
        sent = sent_in(content.values)
        owner = "" if self._secrets.required else _owner(request)
        account = key.account(sent.account_id or owner)
        if content.unread:
            return OtherEvent(account_id=account, reason=content.unread), {}
        return event_of(sent, account), receiver.mark(content)

    def _mapped(self, event: Event) -> tuple[str, str]:
        if isinstance(event, self._accepts):
            return receiver.mapped(self.template, event)
        reason = event.reason if isinstance(event, OtherEvent) else ""
        return "", reason or "not a hook that this receiver maps"


def webhook(template: Callable[[Any], Record | None]) -> WebhookReceiver:
    """Turn a pure function from an event to its `Record` into a Lambda handler.

    It maps the events that its annotation names: `def handler(event: ChannelAnswer)`. Every
    authentic delivery is stored as it came, including those it does not map or cannot read.
    """
    return WebhookReceiver(template)


def _members(annotation: Any) -> Iterable[type[Event]]:
    members = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    for member in members:
        if not (isinstance(member, type) and issubclass(member, Event)):
            raise TypeError(
                f"{member!r} is not an event that KAZOO sends: use the classes of pivotkit.events"
            )
        yield member


def _key_of(request: GatewayRequest, event: Event) -> ItemKey:
    """The key of the event's subject. An event about nothing has a key of its own."""
    about = event.about or f"event-{deliveries.digest(request)}"
    return ItemKey(subject_key(event.account_id, about), f"event#{event.name or 'other'}")


def _owner(request: GatewayRequest) -> str:
    """The account that owns the hook: the event's own, or one above it."""
    return request.headers.get("x-account-id", "")
