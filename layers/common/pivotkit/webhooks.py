"""`@webhook`: make a receiver of KAZOO's webhooks out of a function that maps an event."""

from collections.abc import Callable, Iterable
from types import UnionType
from typing import Any, get_args

from pivotkit import observe, receiver
from pivotkit.errors import Malformed, RequestError
from pivotkit.events import ChannelEvent, read_event
from pivotkit.fields import text
from pivotkit.gateway import Event, Reply, Request
from pivotkit.keys import Key, Keyring
from pivotkit.parameters import Value
from pivotkit.receiver import Store, Stored
from pivotkit.records import Record

METHODS = ("POST", "GET", "PUT")


class WebhookReceiver:
    """A Lambda handler that stores each delivery once, with what the template makes of it."""

    def __init__(self, template: Callable[[Any], Record | None]) -> None:
        self.template = template
        self.__doc__ = template.__doc__
        self._accepts = tuple(_members(receiver.first_annotation(template)))
        self._keyring = Keyring.from_environment("webhooks")
        self._store = Store()

    def __call__(self, event: Event, context: Any) -> Reply:
        """Take one delivery."""
        del context
        try:
            request = receiver.admitted(event, METHODS)
            key = self._keyring.authenticate(request)
            values, note = _values(request)
            _require(key, request, values)
        except RequestError as error:
            return receiver.refuse(error)
        record, problem = self._mapped(values)
        extra = {
            "hook": _word(values, "hook_event")[: receiver.MAX_WORD],
            "hook_id": request.headers.get("x-hook-id", ""),
            "hook_account_id": request.headers.get("x-account-id", ""),
            "problem": note or problem,
            "record": record,
        }
        outcome = self._store.keep(receiver.delivery_item(request, _where(request, values), extra))
        call_id = _word(values, "call_id")[: receiver.MAX_WORD]
        observe.done(outcome, correlation_id=call_id, hook=extra["hook"], mapped=bool(record))
        return receiver.accept()

    def _mapped(self, values: dict[str, Value]) -> tuple[str, str]:
        try:
            event = read_event(values)
        except Malformed as error:
            return "", str(error)
        if not isinstance(event, self._accepts):
            return "", "not a hook that this receiver maps"
        return receiver.mapped(self.template, event)


def webhook(template: Callable[[Any], Record | None]) -> WebhookReceiver:
    """Make a Lambda handler of a pure function from an event to the `Record` that it adds.

    The events it takes are those it names: `def handler(event: ChannelAnswer | ChannelDestroy)`.
    Every authentic delivery is stored as it came, also one that is not named or cannot be read.
    """
    return WebhookReceiver(template)


def _members(annotation: Any) -> Iterable[type[ChannelEvent]]:
    members = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    for member in members:
        if not (isinstance(member, type) and issubclass(member, ChannelEvent)):
            raise TypeError(f"{member!r} is no event that KAZOO sends")
        yield member


def _values(request: Request) -> tuple[dict[str, Value], str]:
    """The delivery's values; none, and the reason, for one that cannot be read."""
    try:
        return receiver.decode(request), ""
    except Malformed as error:
        return {}, str(error)


def _require(key: Key, request: Request, values: dict[str, Value]) -> None:
    """A key for some accounts is not good for an event of another.

    One that cannot be read is judged by the owner of the hook.
    """
    key.require(_word(values, "account_id") or request.headers.get("x-account-id", ""))


def _where(request: Request, values: dict[str, Value]) -> Stored:
    """The call's key; an event that is about no call has one of its own."""
    account = _word(values, "account_id") or request.headers.get("x-account-id", "unknown")
    call = _word(values, "call_id") or f"event-{receiver.digest(request)}"
    return Stored(f"{account}#{call}", f"event#{_word(values, 'hook_event') or 'other'}")


def _word(values: dict[str, Value], name: str) -> str:
    return text(values.get(name)) or ""
