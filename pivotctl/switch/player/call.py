"""A whole call: from the dialled number through every request and answer to its end.

Follows `cf_pivot.erl` and `pivot_call.erl` of KAZOO master (2024-03).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from pivotctl.problems import Mode, Problem, Verdict
from pivotctl.reader.answers import (
    CallflowAnswer,
    PivotAnswer,
    RefusedAnswer,
    TwimlAnswer,
    understand,
)
from pivotctl.switch.events import (
    AnswerReceived,
    AnswerRefused,
    CallEvent,
    End,
    Recorded,
    RequestFailed,
    RequestSent,
)
from pivotctl.switch.http.exchange import (
    ExchangeError,
    Headers,
    HttpRequest,
    HttpResponse,
    Transport,
    exchange,
    pivot_request,
    refuse_odd,
    send,
)
from pivotctl.switch.http.form_encoding import EncodeError
from pivotctl.switch.player.callflow.call_features import recording_of
from pivotctl.switch.player.callflow.flow_player import FlowPlayer
from pivotctl.switch.player.callflow.transitions import (
    ALWAYS,
    ActionData,
    Replace,
    Stop,
    Transition,
)
from pivotctl.switch.player.channel import Playback, channel_for
from pivotctl.switch.player.kazoo_call import parameters
from pivotctl.switch.player.listeners import Listeners
from pivotctl.switch.player.twiml.ending import Ending, EndingKind
from pivotctl.switch.player.twiml.twiml_player import TwimlPlayer
from pivotctl.switch.scenario import Scenario

_WAIT_SECONDS = 10.0
_LONGEST_TIMEOUT = 5000
_MOST_REPEATS = 5
_LIMBO = Problem(
    "answer",
    "the call is left without a controller: silence until the caller hangs up",
    "Answer every follow-up with 200 and a document.",
)
_UNFINISHED = Problem(
    "Response",
    "with a cdr_url, a document that simply ends does not hang up",
    "End it with <Hangup/>.",
)

_MENDED = {
    "timeout": "Answer 200 within 3 seconds.",
    "unreachable": "Start the server, or correct the URL.",
    "refused_url": "Use an absolute http or https URL.",
    "crash": "Set no variable to an object that holds a null.",
}

type Understood = CallflowAnswer | TwimlAnswer | RefusedAnswer


def place_call(scenario: Scenario, transport: Transport = send) -> Iterator[CallEvent]:
    """Play a call; the events come as they happen, the last one is an `End`."""
    return _Session(scenario, transport).events()


class _Session:
    """One call being played."""

    def __init__(self, scenario: Scenario, transport: Transport) -> None:
        self.scenario = scenario
        self.mode = scenario.mode
        self.transport = transport
        self.channel = channel_for(scenario)
        self.listeners = Listeners(self.channel, transport)
        self.faults: list[tuple[Verdict, Problem]] = []
        self.requests = 0

    def events(self) -> Iterator[CallEvent]:
        yield from self.listeners.begin()
        for event in self._call():
            yield event
            yield from self.listeners.react(event)
        yield self._end()

    def _call(self) -> Iterator[CallEvent]:
        stop = yield from FlowPlayer(self.channel, self).run(self.scenario.flow)
        yield from self.channel.hang_up(stop.by, stop.cause)
        yield from self.store_recordings()
        yield from self.listeners.repeat_recordings()

    def _end(self) -> End:
        verdict, reason = Verdict.EXECUTES, "KAZOO carried the call through"
        if self.faults:
            verdict, reason = self.faults[0][0], str(self.faults[0][1])
        unused = tuple(self.channel.caller.entries)
        return End(at=self.channel.now, verdict=verdict, reason=reason, unused=unused)

    # What other actions tell servers

    def webhook(self, data: ActionData) -> Iterator[CallEvent]:
        """Tell a server about the call."""
        return self.listeners.fire_action(data)

    def store(self, url: str | None, data: ActionData, media: str) -> Iterator[CallEvent]:
        """Send one recording to its URL; without one the account keeps it."""
        method = str(data.get("method", "put"))
        if not url:
            return iter(())
        return self.listeners.send_recording(url, method, media, again=_MOST_REPEATS)

    def store_recordings(self) -> Iterator[CallEvent]:
        """End the recordings that run; too short ones and those of no bridge are not kept."""
        channel, running = self.channel, self.channel.recordings
        channel.recordings = []
        for began, bridges, data in running:
            seconds = channel.now - began
            bridged = channel.bridges > bridges or data.get("record_on_bridge") is not True
            if not bridged or seconds < int(data.get("record_min_sec") or 0):
                continue
            media, url = recording_of(channel.call.call_id, data)
            limit = int(data.get("time_limit", 3600))
            yield Recorded(at=channel.now, media=media, seconds=min(seconds, limit), url=url)
            yield from self.store(url, data, media)

    # What a pivot action does

    def pivot(self, data: ActionData) -> Playback[Transition]:
        """Ask the server of a pivot action and go on as its answer says."""
        url = str(data.get("voice_url", ""))
        method = str(data.get("method", "get")).lower()
        stored = data.get("serverless") if self.mode is Mode.K5 else None
        if isinstance(stored, dict):
            understood: Understood | None = yield from self._stored(stored)
        else:
            understood = yield from self._ask(data, url, method)
        if understood is None or _failed(understood):
            return ALWAYS
        return (yield from self._carry_out(understood, data, url))

    def _stored(self, serverless: ActionData) -> Playback[Understood]:
        """An answer that stands in the action itself, which only KAZOO 5 reads."""
        document = serverless.get("flow_doc", "")
        text = document if isinstance(document, str) else json.dumps(document)
        kind = str(serverless.get("flow_type", "application/xml"))
        understood = understand(
            PivotAnswer(text.encode(), kind), self.scenario.own_origins, self.mode
        )
        if isinstance(understood, RefusedAnswer):
            yield self._refuse(understood.verdict, understood.problems)
        return understood

    def _carry_out(
        self, understood: Understood, data: ActionData, url: str
    ) -> Playback[Transition]:
        match understood:
            case CallflowAnswer():
                return Replace(understood.document.value)
            case TwimlAnswer():
                return (yield from self._twiml(understood, data, url))
            case _:
                return (yield from self._refused(understood.verdict))

    def _refused(self, verdict: Verdict) -> Playback[Transition]:
        if verdict is Verdict.DEAD_AIR or self._unheard:
            return (yield from self._limbo())
        return Stop()

    @property
    def _abandoned(self) -> Verdict:
        """What becomes of a call whose follow-up fails: only KAZOO 5 hangs it up."""
        return Verdict.HANGS_UP if self.mode is Mode.K5 else Verdict.DEAD_AIR

    @property
    def _unheard(self) -> bool:
        """Whether nobody hears that a document has ended: KAZOO master, when CDRs are wanted."""
        return self.mode is Mode.K50 and self.listeners.cdr_url is not None

    def _limbo(self) -> Playback[Transition]:
        """Nobody controls the call any more; the caller waits a while and hangs up."""
        yield from self.channel.wait(_WAIT_SECONDS)
        return Stop(by="caller")

    def _twiml(self, first: TwimlAnswer, data: ActionData, url: str) -> Playback[Transition]:
        """Play documents until one ends the call. Only now does a cdr_url count."""
        self.listeners.cdr_url = data.get("cdr_url")
        player = TwimlPlayer(self.channel, url, self._put)
        understood: Understood = first
        while isinstance(understood, TwimlAnswer):
            ended = yield from player.run(understood.response)
            if ended.result is not EndingKind.REQUEST:
                crash = Verdict.DEAD_AIR if understood is first else self._abandoned
                return (yield from self._document_ended(ended, crash))
            following = yield from self._ask(data, ended.url, ended.method, first=False)
            self.channel.call.digits = None
            if following is None:
                return (yield from self._refused(self._abandoned))
            understood = following
        if isinstance(understood, CallflowAnswer):
            self.listeners.cdr_url = None
        return (yield from self._carry_out(understood, data, player.url))

    def _put(self, url: str, media: str) -> Iterator[CallEvent]:
        """Send a recording of a TwiML document to its store."""
        return self.listeners.send_recording(url, "put", media)

    def _document_ended(self, ended: Ending, crash: Verdict) -> Playback[Transition]:
        """The end of the last document; `crash` is what becomes of the call when KAZOO crashes."""
        if ended.problem:
            error = Verdict.DEAD_AIR if self._unheard else Verdict.HANGS_UP
            crashed = ended.result is EndingKind.CRASH
            if crashed:
                self.listeners.cdr_url = None
            verdict = crash if crashed else error
            yield self._refuse(verdict, (ended.problem,))
            return (yield from self._refused(verdict))
        if ended.result is EndingKind.NEXT and not self.channel.hung_up and self._unheard:
            yield self._refuse(Verdict.DEAD_AIR, (_UNFINISHED,))
            return (yield from self._limbo())
        return Stop()

    # One exchange

    def _ask(
        self, data: ActionData, url: str, method: str, *, first: bool = True
    ) -> Playback[Understood | None]:
        """Send a request and understand its answer; None when no answer came."""
        self.requests += 1
        if self.requests > self.scenario.most_requests:
            return self._too_many()
        try:
            request = self._request(data, url, method)
        except EncodeError as error:
            yield from self._no_answer("crash", str(error), first=first)
            return None
        yield RequestSent(
            at=self.channel.now,
            method=request.method,
            url=request.url,
            parameters=parameters(self.channel.call, _format(data)),
            body=request.body.decode("utf-8", "replace"),
        )
        return (yield from self._exchange(request, first=first))

    def _request(self, data: ActionData, url: str, method: str) -> HttpRequest:
        body_format = str(data.get("req_body_format", "form"))
        sent = parameters(self.channel.call, _format(data))
        request = pivot_request(url, method, sent, body_format, self._headers(data))
        timeout = min(int(data.get("req_timeout_ms", _LONGEST_TIMEOUT)), _LONGEST_TIMEOUT) / 1000
        return HttpRequest(request.method, request.url, request.headers, request.body, timeout)

    def _headers(self, data: ActionData) -> Headers:
        """Headers of the pivot action, which only KAZOO 5 sends, and only those that begin X-."""
        if self.mode is Mode.K50:
            return ()
        given = data.get("custom_request_headers") or {}
        chosen = {name: value for name, value in given.items() if name.upper().startswith("X-")}
        return tuple((name.lower(), str(value)) for name, value in chosen.items())

    def _exchange(self, request: HttpRequest, *, first: bool) -> Playback[Understood | None]:
        started = time.monotonic()
        try:
            if self.scenario.strict_urls:
                refuse_odd(request.url)
            response = exchange(request, self.transport)
        except ExchangeError as error:
            self.channel.now += time.monotonic() - started
            yield from self._no_answer(error.reason, str(error), first=first)
            return None
        seconds = time.monotonic() - started
        answer = PivotAnswer(response.body, response.content_type, response.status)
        understood = understand(answer, self.scenario.own_origins, self.mode)
        if not first and isinstance(understood, RefusedAnswer):
            understood = self._later(understood)
        self.channel.now += seconds
        yield self._received(response, seconds, understood)
        if isinstance(understood, RefusedAnswer):
            yield self._refuse(understood.verdict, understood.problems)
        return understood

    def _later(self, refused: RefusedAnswer) -> RefusedAnswer:
        """A follow-up that KAZOO refuses: there is no fallback, and perhaps nobody hangs up."""
        if _failed(refused):
            self.listeners.cdr_url = None
            return _left_alone(refused, self._abandoned)
        return _left_alone(refused, Verdict.DEAD_AIR) if self._unheard else refused

    def _received(
        self, response: HttpResponse, seconds: float, understood: Understood
    ) -> AnswerReceived:
        kinds = {CallflowAnswer: "callflow", TwimlAnswer: "twiml", RefusedAnswer: "refused"}
        return AnswerReceived(
            at=self.channel.now,
            status=response.status,
            content_type=response.content_type,
            body=response.body.decode("utf-8", "replace"),
            seconds=round(seconds, 3),
            kind=kinds[type(understood)],
        )

    def _no_answer(self, reason: str, text: str, *, first: bool) -> Iterator[CallEvent]:
        """Only a URL that cannot be asked is reported at once; else KAZOO waits ten seconds.

        A follow-up that fails has nobody to be reported to.
        """
        at_once = reason == "refused_url" or self.mode is Mode.K5
        verdict = Verdict.FALLS_BACK if at_once else Verdict.TIMES_OUT
        verdict = verdict if first else self._abandoned
        if at_once or reason == "crash":
            self.listeners.cdr_url = None
        self._fault(verdict, Problem("request", text, _MENDED[reason]))
        yield RequestFailed(at=self.channel.now, reason=reason, text=text)
        if verdict is Verdict.TIMES_OUT:
            yield from self.channel.wait(_WAIT_SECONDS)

    def _too_many(self) -> RefusedAnswer:
        rule = f"the call went on for more than {self.scenario.most_requests} requests"
        problem = Problem("call", rule, "Let the conversation end.")
        self._fault(Verdict.HANGS_UP, problem)
        return RefusedAnswer(Verdict.HANGS_UP, (problem,))

    def _refuse(self, verdict: Verdict, problems: tuple[Problem, ...]) -> AnswerRefused:
        for problem in problems[:1]:
            self._fault(verdict, problem)
        return AnswerRefused(
            at=self.channel.now, verdict=verdict, meaning=verdict.meaning, problems=problems
        )

    def _fault(self, verdict: Verdict, problem: Problem) -> None:
        self.faults.append((verdict, problem))


def _format(data: ActionData) -> str:
    value: Any = data.get("req_format", "kazoo")
    return str(value)


def _failed(understood: Understood) -> bool:
    return isinstance(understood, RefusedAnswer) and understood.verdict is Verdict.FALLS_BACK


def _left_alone(refused: RefusedAnswer, verdict: Verdict) -> RefusedAnswer:
    """A follow-up that failed: there is no `_` child to go on with."""
    limbo = (_LIMBO,) if verdict is Verdict.DEAD_AIR else ()
    return RefusedAnswer(verdict, (*refused.problems, *limbo))
