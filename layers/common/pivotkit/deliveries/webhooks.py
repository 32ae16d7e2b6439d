"""`@webhook`: make a receiver of KAZOO's webhooks out of a function that maps an event."""

from collections.abc import Callable, Iterable
from types import UnionType
from typing import Any, get_args

from pivotkit.core import telemetry
from pivotkit.core.errors import RequestError
from pivotkit.deliveries import receiver
from pivotkit.deliveries import request as deliveries
from pivotkit.deliveries.receiver import Store, Stored
from pivotkit.events import Event, OtherEvent, read_event
from pivotkit.events.envelope import HookSecrets
from pivotkit.http import gateway
from pivotkit.http.gateway import GatewayRequest, GatewayResponse
from pivotkit.http.keys import Keyring
from pivotkit.store.records import Record


class WebhookReceiver:
    """A Lambda handler that stores each delivery once, with what the template makes of it."""

    def __init__(self, template: Callable[[Any], Record | None]) -> None:
        self.template = template
        self.__doc__ = template.__doc__
        self._accepts = tuple(_members(receiver.first_annotation(template)))
        self._keyring = Keyring.from_environment("webhooks")
        self._secrets = HookSecrets.from_environment()
        self._store = Store()

    def __call__(self, event: gateway.GatewayEvent, context: Any) -> GatewayResponse:
        """Take one delivery."""
        del context
        try:
            request = deliveries.admitted(event, deliveries.HOOK_METHODS)
            told = self._authentic(request)
        except RequestError as error:
            return receiver.refuse(error)
        record, problem = self._mapped(told)
        extra = {
            "hook": told.hook[: receiver.MAX_WORD],
            "event": told.name[: receiver.MAX_WORD],
            "hook_id": request.headers.get("x-hook-id", ""),
            "hook_account_id": _owner(request),
            "problem": problem,
            "record": record,
            "untimed": "" if told.timed else "true",
        }
        outcome = self._store.keep(receiver.delivery_item(request, _where(request, told), extra))
        about = told.about[: receiver.MAX_WORD]
        telemetry.done(outcome, correlation_id=about, event=extra["event"], mapped=bool(record))
        return receiver.accept()

    def _authentic(self, request: GatewayRequest) -> Event:
        """The event in *request*. Raises `Unauthorized`.

        A key for some accounts is not good for an event of another; one that cannot be read is
        judged by the owner of the hook.
        """
        key = self._keyring.authenticate(request)
        values, unread = deliveries.read(request)
        told = OtherEvent(reason=unread) if unread else read_event(values)
        self._secrets.require(values, request.body)
        key.require(told.account_id or _owner(request))
        return told

    def _mapped(self, event: Event) -> tuple[str, str]:
        if isinstance(event, self._accepts):
            return receiver.mapped(self.template, event)
        reason = event.reason if isinstance(event, OtherEvent) else ""
        return "", reason or "not a hook that this receiver maps"


def webhook(template: Callable[[Any], Record | None]) -> WebhookReceiver:
    """Make a Lambda handler of a pure function from an event to the `Record` that it adds.

    The events it takes are those it names: `def handler(event: ChannelAnswer | ChannelDestroy)`.
    Every authentic delivery is stored as it came, also one that is not named or cannot be read.
    """
    return WebhookReceiver(template)


def _members(annotation: Any) -> Iterable[type[Event]]:
    members = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    for member in members:
        if not (isinstance(member, type) and issubclass(member, Event)):
            raise TypeError(f"{member!r} is no event that KAZOO sends")
        yield member


def _where(request: GatewayRequest, event: Event) -> Stored:
    """The key of what the event is about; one about nothing has a key of its own."""
    account = event.account_id or _owner(request) or "unknown"
    about = event.about or f"event-{deliveries.digest(request)}"
    return Stored(f"{account}#{about}", f"event#{event.name or 'other'}")


def _owner(request: GatewayRequest) -> str:
    """The account whose hook it is: the event's own, or one above it."""
    return request.headers.get("x-account-id", "")
