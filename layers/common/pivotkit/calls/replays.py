"""Replays: a kept request that is answered once more by the code of today, without effects.

Nothing is written, sent, or changed (`core.dry_run`). The state of the call is read as it is now,
up to the step that is replayed: what a lookup gave then is not looked up again. A state lives for
six hours; after that, only requests that need none can be replayed.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pivotkit.calls.call import Call, Context
from pivotkit.calls.render import rendered
from pivotkit.calls.tokens import FollowUp, call_digest
from pivotkit.calls.urls import Urls
from pivotkit.core import faults
from pivotkit.core.deadline import Deadline, DeadlineExceeded, after_cut
from pivotkit.core.dry_run import EffectRefused, dry_run
from pivotkit.core.masks import masked_text
from pivotkit.store import LIFE
from pivotkit.store.step_keeper import code_digest
from pivotkit.store.steps import pressed_in

if TYPE_CHECKING:
    from pivotkit.calls.memory import Memory
    from pivotkit.calls.template_settings import TemplateSettings
    from pivotkit.store.call_state import CallState
    from pivotkit.store.remembered import Changes, Remembered, Step

_OBJECTS = ("custom_application_vars", "custom_sip_headers", "variables")


class ReplayedRequest(Protocol):
    """A request as the handler has it (`PivotRequest`)."""

    settings: tuple[Any, ...]
    memory: "Memory | None"


class Replayable(Protocol):
    """The subject of a replay: a handler (`PivotFunction`). `time_limit` is seconds."""

    template: Any
    settings: "TemplateSettings"
    urls: Urls

    @property
    def time_limit(self) -> float:
        """Seconds for the template's answer."""

    def request_for(self, call: Call, token: FollowUp | None, urls: Urls) -> ReplayedRequest:
        """Make a request as KAZOO's would be."""

    def decide(self, request: Any) -> Any:
        """Return the template's answer."""


class _Result(NamedTuple):
    """The outcome of a replay: an answer, or the effect or error at which it ended."""

    outcome: str
    answer: Mapping[str, Any]
    found: Mapping[str, str]


def replayed(function: Replayable, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what *function* answers to a kept request today, masked, or what prevented it.

    *sent* has the `request`, the `base` of its URLs, and of a conversation `run`, `step`,
    `question`, and `secret`.
    """
    urls = function.urls._replace(base=function.urls.base or sent.get("base", ""))
    call = _call(sent["request"], urls)
    started = time.monotonic()
    request = function.request_for(call, _token(call, sent), urls)
    with _reading(function):
        result = _result(function, request)
    pressed = pressed_in(call, request.memory.stored if request.memory else None)
    return {
        "outcome": result.outcome,
        "status": result.answer.get("statusCode", 0),
        "content_type": result.answer.get("headers", {}).get("content-type", ""),
        "answer": masked_text(result.answer.get("body", ""), pressed),
        "ms": round((time.monotonic() - started) * 1000),
        "code": code_digest(),
        **result.found,
    }


def _result(function: Replayable, request: ReplayedRequest) -> _Result:
    watch = Deadline(function.time_limit)
    try:
        with dry_run(), watch:
            flow = function.decide(request)
            after = function.settings.fallback(request.settings).after_failed_pivot
            return _Result("answered", rendered(flow, after), {})
    except EffectRefused as effect:
        watch.stop()
        at = faults.fault(effect, function.template)["at"]
        return _Result("effect", {}, {"effect": effect.what, "at": at})
    except DeadlineExceeded as error:
        watch.stop()
        after_cut()
        failure: BaseException = error
    except (Exception, SystemExit) as error:  # noqa: BLE001  (as for a caller)
        failure = error
    answer = function.settings.fallback(request.settings).answer
    return _Result("fallback", answer, faults.fault(failure, function.template))


def _call(request: Mapping[str, Any], urls: Urls) -> Call:
    """The call of a kept request."""
    known = {name: value for name, value in request.items() if name in Call._fields}
    for name in _OBJECTS:
        if name in known:
            known[name] = MappingProxyType(known[name])
    if "user_id" in known:
        known["user_id"] = tuple(known["user_id"])
    return Call(**known, context=Context(urls))


def _token(call: Call, sent: Mapping[str, Any]) -> FollowUp | None:
    if not sent.get("run"):
        return None
    return FollowUp(
        expires_at=int(time.time()) + LIFE,
        call_digest=call_digest(call.account_id, call.call_id),
        run=sent["run"],
        step=int(sent.get("step", 0)),
        question=sent.get("question", ""),
        secret=bool(sent.get("secret")),
    )


@contextmanager
def _reading(function: Replayable) -> Iterator[None]:
    """Give a stateful function a state that is only read."""
    state = getattr(function, "state", None)
    if state is None:
        yield
        return
    function.state = _ReadState(state)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        function.state = state  # type: ignore[attr-defined]


class _ReadState:
    """The state of a call, up to the step that is replayed. Nothing is written."""

    def __init__(self, state: "CallState") -> None:
        self._state = state
        self._known: Remembered | None = None

    def begin(self, call: str, run: str | None, now: int) -> "Remembered":
        """Return what is stored of *call*."""
        del run
        self._known = self._state.peek(call, None, now)
        return self._known

    def answer(self, call: str, run: str, index: int, step: "Step", now: int) -> "Remembered":
        """Return what is stored, with *step* in its place, or with the stored answer for none."""
        self._known = self._state.peek(call, run, now).at_step(index, step)
        return self._known

    def remember(self, call: str, run: str | None, changes: "Changes", now: int) -> "Remembered":
        """Return what would be stored after *changes*."""
        known = self._known or self._state.peek(call, run, now)
        return known.changed(changes)
