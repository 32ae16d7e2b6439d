"""`@pivot`: the way of a request from API Gateway through a template and back.

Bound, authenticate, parse, recall, decide, check, render, one log line. Once the key is accepted,
the caller hears an executable flow, whatever goes wrong.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from pivotkit.calls.call import MAX_BYTES, Call, Context, read_call
from pivotkit.calls.render import Flow, rendered
from pivotkit.calls.template_settings import APOLOGY, FallbackOf, TemplateSettings
from pivotkit.calls.tokens import FollowUp, Signer, call_digest, is_token
from pivotkit.calls.urls import Urls
from pivotkit.core import faults, telemetry
from pivotkit.core.deadline import Deadline, DeadlineExceeded, after_cut
from pivotkit.core.errors import Expired, RequestError, TooManyCalls
from pivotkit.http.gateway import GatewayEvent, GatewayRequest, GatewayResponse, reply, request_of
from pivotkit.http.keys import Keyring

if TYPE_CHECKING:
    from pivotkit.calls.memory import Memory
    from pivotkit.store.call_limit import CallLimit
    from pivotkit.store.step_keeper import StepKeeper
    from pivotkit.store.steps import Kept

ANSWER_BY = 3.0
"""Seconds after which the caller hears the fallback. KAZOO gives up after five."""

MARGIN = 0.2
"""Seconds reserved for rendering the answer and for the gateway."""

REPLAY = "pivot_replay"
"""The key of an event that asks for a dry run. API Gateway sends none: only Invoke can."""

_CUT = {"values_cut": "true"}

type Answered = tuple[GatewayResponse, str, Mapping[str, object]]
"""A response, the outcome of the request, and further fields to log."""

type PivotTemplate = Callable[[Call], Flow]


class PivotRequest:
    """An authenticated request: the call, the token it came with, and the base of its URLs.

    `settings` are the arguments of the template after the call; those of the deployment until the
    account's are known. `memory` is the call's, and `run` that of a conversation, once recalled.
    """

    def __init__(
        self, call: Call, token: FollowUp | None, urls: Urls, settings: tuple[Any, ...] = ()
    ) -> None:
        self.call = call
        self.token = token
        self.urls = urls
        self.settings = settings
        self.memory: Memory | None = None
        self.run = ""


class _Done(NamedTuple):
    """A response, and the request and outcome that belong to it, if it was no refusal."""

    answer: GatewayResponse
    request: PivotRequest | None = None
    outcome: str = ""
    fields: Mapping[str, object] = {}
    ms: int = 0


class PivotFunction:
    """A Lambda handler made from a template. Raises `SettingError` for a wrong deployment."""

    def __init__(
        self,
        template: Callable[..., Any],
        fallback: FallbackOf[Any],
        deadline: float,
        settings: type[tuple[Any, ...]] | None = None,
        *,
        by_number: bool = False,
    ) -> None:
        self.template = template
        self.name = telemetry.service()
        self.__doc__ = template.__doc__
        self.deadline = deadline
        self.settings = TemplateSettings(self.name, fallback, settings, by_number=by_number)
        self._keyring = Keyring.from_environment("pivot")
        self._signer = Signer.from_environment(self.name)
        self.urls = Urls.of("", self.name, self._signer)
        self._limit = _call_limit()
        self._keeper = _step_keeper(self.name)

    def __call__(self, event: GatewayEvent, context: Any) -> GatewayResponse:
        """Answer one API Gateway event."""
        if self._keeper is None:
            return self._respond(event, context).answer
        return self._watched(self._keeper, event, context)

    def _watched(self, keeper: "StepKeeper", event: GatewayEvent, context: Any) -> GatewayResponse:
        """Answer one event, and leave the step to be kept after the answer has gone."""
        done = _Done({})
        try:
            done = self._replay(event) if REPLAY in event else self._respond(event, context)
            return done.answer
        finally:
            keeper.add(_kept(done, getattr(context, "aws_request_id", "")))

    def _replay(self, event: GatewayEvent) -> _Done:
        """Answer a kept request again, without effects."""
        from pivotkit.calls.replays import replayed  # noqa: PLC0415  (nothing that a caller needs)

        return _Done(replayed(self, event[REPLAY]))

    def _respond(self, event: GatewayEvent, context: Any) -> _Done:
        started = time.monotonic()
        try:
            request = self._admit(request_of(event, MAX_BYTES))
        except RequestError as error:
            return _Done(self._refuse(error))
        seconds = min(self.deadline, _remaining(context)) - MARGIN
        answer, outcome, fields = self._answer(request, seconds - (time.monotonic() - started))
        ms = round((time.monotonic() - started) * 1000)
        telemetry.done(
            outcome,
            correlation_id=request.call.call_id,
            account_id=request.call.account_id,
            ms=ms,
            **fields,
            **(_CUT if request.call.cut else {}),
        )
        return _Done(answer, request, outcome, fields, ms)

    @property
    def time_limit(self) -> float:
        """Seconds for the template's answer, on a machine that does nothing else."""
        return self.deadline - MARGIN

    def request_for(self, call: Call, token: FollowUp | None, urls: Urls) -> PivotRequest:
        """The request of a *call* that has been authenticated."""
        return PivotRequest(call, token, urls, self.settings.deployment)

    def _admit(self, request: GatewayRequest) -> PivotRequest:
        """Authenticate and parse. Raises `RequestError`; nothing has been written by then."""
        urls = self.urls
        if not urls.base:
            urls = urls._replace(base=request.origin)
        if is_token(request.key):
            token = self._signer.read_follow_up(request.key)
            call = read_call(request, Context(urls), follow_up=True)
            token.require(call_digest(call.account_id, call.call_id))
            return self.request_for(call, token, urls)
        key = self._keyring.authenticate(request)
        call = read_call(request, Context(urls))
        key.require(call.account_id)
        return self.request_for(call, None, urls)

    def _refuse(self, error: RequestError) -> GatewayResponse:
        telemetry.done("refused", status=error.status, error=type(error).__name__)
        telemetry.count("Refused")
        return _refusal(error)

    def _answer(self, request: PivotRequest, seconds: float) -> Answered:
        """The rendered answer, or the fallback after any failure, and what to log."""
        watch = Deadline(seconds)
        try:
            with watch:
                self._require_fresh(request)
                self._require_room(request.call)
                flow = self.decide(request)
                after = self.settings.fallback(request.settings).after_failed_pivot
                return rendered(flow, after), "answered", {}
        except DeadlineExceeded as error:
            watch.stop()
            after_cut()
            failure: BaseException = error
        except Expired as error:
            return self._fallback(request), "expired", faults.fault(error)
        except TooManyCalls as error:
            telemetry.count("AccountFlood")
            return _refusal(error), "flood", {}
        except (Exception, SystemExit) as error:  # noqa: BLE001  (callers must hear something)
            failure = error
        telemetry.count("Fallback")
        return self._failed(request, failure)

    def _failed(self, request: PivotRequest, error: BaseException) -> Answered:
        """The fallback, and what to log; a local answer names the error in a header."""
        found = faults.fault(error, self.template)
        answer = self._fallback(request).copy()
        answer["headers"] = {**answer["headers"], **faults.headers(found)}
        return answer, "fallback", {**found, **faults.details(error, self.template)}

    def _require_fresh(self, request: PivotRequest) -> None:
        """Raise `Expired` if the token has expired; the fallback is still the account's."""
        if request.token and request.token.expires_at <= time.time():
            request.settings = self.settings.of(request.call)
            raise Expired

    def _require_room(self, call: Call) -> None:
        """Raise `TooManyCalls` for a new call of an account that has too many in this minute.

        A call that has come further is counted, but answered: KAZOO plays a pivot's `_` child after
        its first request only, and to later ones a refusal is dead air.
        """
        if self._limit is None or call.follow_up:
            return
        if not self._limit.allow(call.account_id) and not call.has_come_further:
            raise TooManyCalls("this account has too many calls in this minute")

    def _fallback(self, request: PivotRequest) -> GatewayResponse:
        return self.settings.fallback(request.settings).answer

    def decide(self, request: PivotRequest) -> Flow:
        """The template's answer."""
        request.settings = self.settings.of(request.call)
        flow: Flow = self.template(request.call, *request.settings)
        return flow


class StatefulFunction(PivotFunction):
    """A handler whose template uses `call.vars` and `call.once`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        from pivotkit.store.call_state import CallState  # noqa: PLC0415  (DynamoDB only where it is needed)

        super().__init__(*arguments, **options)
        self.state = CallState.from_environment()

    def decide(self, request: PivotRequest) -> Flow:
        """Recall what is stored, run the template, and store what is new."""
        from pivotkit.calls.memory import Memory  # noqa: PLC0415
        from pivotkit.store.call_state import call_key  # noqa: PLC0415

        call, now = request.call, int(time.time())
        request.settings = self.settings.of(call)
        key = call_key(call.account_id, call.call_id)
        stored = self.state.begin(key, None, now)
        memory = Memory(key, f"{self.name}:", stored, now, call.custom_application_vars)
        request.memory = memory
        flow: Flow = self.template(call.recalling(memory), *request.settings)
        if memory.changes:
            self.state.remember(key, None, memory.changes, now)
        return flow


@overload
def pivot(template: PivotTemplate) -> PivotFunction: ...


@overload
def pivot(
    *, fallback: Flow = APOLOGY, state: bool = False, deadline: float = ANSWER_BY
) -> Callable[[PivotTemplate], PivotFunction]: ...


@overload
def pivot[S: tuple[Any, ...]](
    *,
    settings: type[S],
    fallback: FallbackOf[S] = APOLOGY,
    by_number: bool = False,
    state: bool = False,
    deadline: float = ANSWER_BY,
) -> Callable[[Callable[[Call, S], Flow]], PivotFunction]: ...


def pivot(
    template: PivotTemplate | None = None,
    *,
    settings: type[tuple[Any, ...]] | None = None,
    fallback: FallbackOf[Any] = APOLOGY,
    by_number: bool = False,
    state: bool = False,
    deadline: float = ANSWER_BY,
) -> PivotFunction | Callable[[Callable[..., Flow]], PivotFunction]:
    """Turn a function that answers a `Call` with a `Flow` into a Lambda handler.

    The caller hears *fallback* when the function fails, takes longer than *deadline* seconds, or
    returns what KAZOO would reject. With *state* the function may use `call.vars`, `call.once`,
    and `call.now`, which costs one database round trip a request.

    The function's second argument are its *settings*, a `NamedTuple`: those of the deployment, and
    over them those of the call's account and, *by_number*, of the number that was dialed. The
    fallback may then be a function of them.
    """
    kind = StatefulFunction if state else PivotFunction
    if template is not None:
        return kind(template, fallback, deadline)
    return lambda decorated: kind(decorated, fallback, deadline, settings, by_number=by_number)


def _refusal(error: RequestError) -> GatewayResponse:
    return reply(error.status, json.dumps({"message": error.public}))


def _call_limit() -> "CallLimit | None":
    """The limit on each account's calls; `None` in a stack that has none."""
    if not os.environ.get("CALLS_PER_MINUTE"):
        return None
    from pivotkit.store.call_limit import CallLimit  # noqa: PLC0415  (the SDK, only where needed)

    return CallLimit.from_environment()


def _step_keeper(function: str) -> "StepKeeper | None":
    """The keeper of the steps of this function's calls; `None` in a stack without Live Debug."""
    if not os.environ.get("CALL_INDEX_TABLE"):
        return None
    from pivotkit.store.step_keeper import StepKeeper  # noqa: PLC0415  (only where it is on)

    return StepKeeper(function)


def _kept(done: _Done, request_id: str) -> "Kept | None":
    """The step to keep of a request; `None` of one that was refused."""
    request = done.request
    if request is None or done.outcome == "flood":
        return None
    from pivotkit.store.steps import Kept  # noqa: PLC0415  (loaded by the keeper)

    memory, token = request.memory, request.token
    return Kept(
        call=request.call,
        answer=done.answer,
        outcome=done.outcome,
        fields=done.fields,
        at=int(time.time() * 1000) - done.ms,
        ms=done.ms,
        request_id=request_id,
        base=request.urls.base,
        memory=(memory.stored, memory.changes) if memory else None,
        run=request.run,
        step=token.step if token else 0,
        question=token.question if token else "",
        secret=bool(token and token.secret),
    )


def _remaining(context: Any) -> float:
    if context is None:
        return ANSWER_BY
    milliseconds: int = context.get_remaining_time_in_millis()
    return milliseconds / 1000
