"""`@pivot`: what stands between API Gateway and a template.

A request passes through: bound, authenticate, parse, recall, decide, check, render, one log line.
Whatever goes wrong after the key was accepted, the caller hears an executable flow.
"""

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple, overload

from pivotkit.calls.call import MAX_BYTES, Call, Context, read_call
from pivotkit.calls.render import Flow, rendered
from pivotkit.calls.tokens import FollowUp, Signer, call_digest, is_token
from pivotkit.calls.urls import Links
from pivotkit.core import telemetry
from pivotkit.core.deadline import Deadline, DeadlineExceeded, after_cut
from pivotkit.core.errors import Expired, RequestError
from pivotkit.http.gateway import GatewayEvent, GatewayRequest, GatewayResponse, reply, request_of
from pivotkit.http.keys import Keyring
from pivotkit.kazoo import Action, hangup, tts

ANSWER_BY = 3.0
"""Seconds after which the caller gets the fallback. KAZOO gives up after five."""

MARGIN = 0.2
"""Seconds kept for writing the answer and its way through the gateway."""

APOLOGY = tts("Sorry, something went wrong. Please try again later.") >> hangup()
"""The fallback of a template that has none of its own."""

_ANSWERED = {"outcome": "answered"}

type Template = Callable[[Call], Flow]


class Visit(NamedTuple):
    """One authenticated request: the call, the token it came with, and where its URLs start."""

    call: Call
    token: FollowUp | None
    links: Links

    def require_fresh(self) -> None:
        """Raise `Expired` for a token whose time is over."""
        if self.token and self.token.expires_at <= time.time():
            raise Expired


class PivotFunction:
    """A Lambda handler made of a template."""

    def __init__(self, template: Callable[..., Any], fallback: Flow, deadline: float) -> None:
        self.template = template
        self.name = telemetry.service()
        self.__doc__ = template.__doc__
        self._deadline = deadline
        self._after_failed_pivot = fallback if isinstance(fallback, Action) else APOLOGY
        self._fallback = rendered(fallback, self._after_failed_pivot)
        self._keyring = Keyring.from_environment("pivot")
        self._signer = Signer.from_environment(self.name)
        self._links = Links.of("", self.name, self._signer)

    def __call__(self, event: GatewayEvent, context: Any) -> GatewayResponse:
        """Answer one API Gateway event."""
        started = time.monotonic()
        try:
            visit = self._admit(request_of(event, MAX_BYTES))
        except RequestError as error:
            return self._refuse(error)
        seconds = min(self._deadline, _remaining(context)) - MARGIN
        answer, outcome = self._answer(visit, seconds - (time.monotonic() - started))
        telemetry.done(
            correlation_id=visit.call.call_id,
            account_id=visit.call.account_id,
            ms=round((time.monotonic() - started) * 1000),
            **outcome,
        )
        return answer

    def _admit(self, request: GatewayRequest) -> Visit:
        """Authenticate and parse. Raises `RequestError`; nothing has been written by then."""
        links = self._links
        if not links.base:
            links = links._replace(base=request.origin)
        if is_token(request.key):
            token = self._signer.read_follow_up(request.key)
            call = read_call(request, Context(links), follow_up=True)
            token.require(call_digest(call.account_id, call.call_id))
            return Visit(call, token, links)
        key = self._keyring.authenticate(request)
        call = read_call(request, Context(links))
        key.require(call.account_id)
        return Visit(call, None, links)

    def _refuse(self, error: RequestError) -> GatewayResponse:
        telemetry.done("refused", status=error.status, error=type(error).__name__)
        telemetry.count("Refused")
        return reply(error.status, json.dumps({"message": error.public}))

    def _answer(self, visit: Visit, seconds: float) -> tuple[GatewayResponse, dict[str, str]]:
        """The rendered answer or, after any failure, the fallback; and what to log of it."""
        watch = Deadline(seconds)
        try:
            with watch:
                visit.require_fresh()
                return rendered(self.decide(visit), self._after_failed_pivot), _ANSWERED
        except DeadlineExceeded as error:
            watch.stop()
            after_cut()
            failure: BaseException = error
        except Expired as error:
            return self._fallback, {"outcome": "expired", **telemetry.fault(error)}
        except (Exception, SystemExit) as error:  # noqa: BLE001  (the caller must hear something)
            failure = error
        telemetry.count("Fallback")
        return self._fallback, {"outcome": "fallback", **telemetry.fault(failure)}

    def decide(self, visit: Visit) -> Flow:
        """What the template answers."""
        flow: Flow = self.template(visit.call)
        return flow


class StatefulFunction(PivotFunction):
    """A handler whose template uses `call.vars` and `call.once`."""

    def __init__(self, template: Callable[..., Any], fallback: Flow, deadline: float) -> None:
        from pivotkit.store.call_state import CallState  # noqa: PLC0415  (boto3 only where it is needed)

        super().__init__(template, fallback, deadline)
        self._state = CallState.from_environment()

    def decide(self, visit: Visit) -> Flow:
        """Recall, ask the template, and remember what is new."""
        from pivotkit.calls.memory import Memory  # noqa: PLC0415
        from pivotkit.store.call_state import call_key  # noqa: PLC0415

        call, now = visit.call, int(time.time())
        key = call_key(call.account_id, call.call_id)
        known = self._state.begin(key, None, now)
        memory = Memory(key, f"{self.name}:", known, now, call.custom_application_vars)
        flow: Flow = self.template(call.recalling(memory))
        if memory.changes:
            self._state.remember(key, None, memory.changes, now)
        return flow


@overload
def pivot(template: Template) -> PivotFunction: ...


@overload
def pivot(
    *, fallback: Flow = APOLOGY, state: bool = False, deadline: float = ANSWER_BY
) -> Callable[[Template], PivotFunction]: ...


def pivot(
    template: Template | None = None,
    *,
    fallback: Flow = APOLOGY,
    state: bool = False,
    deadline: float = ANSWER_BY,
) -> PivotFunction | Callable[[Template], PivotFunction]:
    """Make a Lambda handler of a function that answers a `Call` with a `Flow`.

    *fallback* is what the caller hears when the function fails, answers what KAZOO would refuse,
    or takes longer than *deadline* seconds. With *state* the function may use `call.vars`,
    `call.once` and `call.now`, at the price of one database round trip a request.
    """
    kind = StatefulFunction if state else PivotFunction
    if template is not None:
        return kind(template, fallback, deadline)
    return lambda decorated: kind(decorated, fallback, deadline)


def _remaining(context: Any) -> float:
    if context is None:
        return ANSWER_BY
    milliseconds: int = context.get_remaining_time_in_millis()
    return milliseconds / 1000
