"""Plays a whole call: from the dialed number through every request and answer to its end.

Follows `cf_pivot.erl` and `pivot_call.erl` of KAZOO master (2024-03).

How a flow is walked
--------------------

A callflow is a tree of actions. Each action names a `module`, gives it `data`, and may have
`children`, which are actions under a key:

    {"module": "menu", "data": {"id": "..."}, "children": {"1": {...}, "2": {...}, "_": {...}}}

KAZOO runs one action at a time, starting at the root. When a module is done it names the key of
the child that comes next. If there is no such child, the flow continues with the child named `_`.
If there is none of those either, the flow is over, and KAZOO hangs up. Most modules name no key, so
a flow is usually a chain of `_` children; each module has its own meaning for other keys (digits
for a menu, a hangup cause for a user who did not answer).

Four things complete the picture:

- *Branches.* Some modules run another stored callflow and come back: after its last action the
  flow continues with the `_` child of the action that branched. A call may branch 50 times.
- *Bridges.* Once the caller has talked to someone, the call ends with the bridge. Only a call that
  no one answered continues, with the child for the cause (`USER_BUSY`), for the SIP code
  (`sip:486`), or `_`.
- *Hangups.* The caller may hang up at any time. Nothing is heard after that, but everything that
  needs no caller (webhooks, CDRs, recordings) still happens.
- *Pivot.* The module that this project is about: KAZOO asks a server what to do next.

How a pivot action is answered
------------------------------

The request has the parameters of the call as it is at that moment, in one of two sets of names
(`req_format`). KAZOO waits five seconds at most. What happens then depends on the answer:

- *A callflow* replaces the flow that is running. KAZOO never returns to the old one, nor to its
  `_` child. The new flow may contain pivot actions, and each starts over as a first request.
- *TwiML* is played verb by verb while the pivot action waits. A verb may ask the server again (a
  Gather with its digits, a Redirect, a Dial with an `action`). These are follow-up requests. Their
  URL is resolved against the last one by KAZOO's own rules (`resolve_uri`), and their method is
  POST unless the verb says otherwise. The answer to a follow-up replaces the document, or, if it is
  a callflow, ends TwiML and replaces the flow. A document that ends hangs up.
- *No usable answer* to the first request (no connection, a status other than 200) makes KAZOO
  continue with the `_` child of the pivot action. This is the only safety net. KAZOO master needs
  ten more seconds, in silence, to notice that no answer came; KAZOO 5 notices at once.
- *A bad answer* to the first request is worse: KAZOO hangs up on text that it cannot read, and
  crashes on JSON that breaks a schema. After a crash nothing controls the call, and the caller
  hears silence until they hang up.
- *A failed follow-up* has no safety net. KAZOO master leaves the call without a controller, KAZOO 5
  hangs up.

What is played here
-------------------

`place_call` yields an event for everything that happens, in order. Time is simulated, except that
requests take as long as they take. Each part of a call has a module:

- `callflow` walks flows and knows what each module does; `twiml` does the same for documents.
- `channel` is the caller's leg: everything that they hear, press, and say, and every bridge.
- `kazoo_call` is what KAZOO knows of the call, and therefore what a request says about it.
- `listeners` watches the events, and sends webhooks, CDRs and recordings because of them.
- This module exchanges requests and answers, and decides how the call continues.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
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
    FunctionFailed,
    Recorded,
    RequestFailed,
    RequestSent,
)
from pivotctl.switch.http.exchange import (
    ERROR_HEADER,
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
from pivotctl.switch.player.caller import Caller, CallerLeft
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
from pivotctl.switch.player.debugging import DebugDocument, answer_documents, request_document
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
    "KAZOO no longer controls the call: the caller hears silence until they hang up",
    "Answer every follow-up request with status 200 and a document.",
)
_UNFINISHED = Problem(
    "Response",
    "with a cdr_url, KAZOO does not hang up at the end of a document",
    "End it with <Hangup/>.",
)

_FIXES = {
    "timeout": "Answer 200 within 3 seconds.",
    "unreachable": "Start the server, or correct the URL.",
    "refused_url": "Use an absolute http or https URL.",
    "crash": "Do not set a variable to an object that contains null.",
}

type Understood = CallflowAnswer | TwimlAnswer | RefusedAnswer
"""KAZOO's reading of an answer."""


def place_call(
    scenario: Scenario, transport: Transport = send, caller: Caller | None = None
) -> Iterator[CallEvent]:
    """Play a call, and yield its events as they happen; the last one is an `End`.

    The caller is the scenario's script, or else `caller`, who takes the time that they need.
    """
    return _Session(scenario, transport, caller).events()


class _Session:
    """One call while it is played."""

    def __init__(
        self, scenario: Scenario, transport: Transport, caller: Caller | None = None
    ) -> None:
        self.scenario = scenario
        self.mode = scenario.mode
        self.transport = transport
        self.channel = channel_for(scenario, caller)
        self.listeners = Listeners(self.channel, transport)
        self.faults: list[tuple[Verdict, Problem]] = []
        self.requests = 0
        self.iteration = 0

    def events(self) -> Iterator[CallEvent]:
        yield from self.listeners.begin()
        for event in self._call():
            yield event
            yield from self.listeners.react(event)
        yield self._end()

    def _call(self) -> Iterator[CallEvent]:
        yield from self.channel.ring_party(is_first=True)
        if not self.channel.hung_up:
            stop = yield from self._flow()
            yield from self.channel.hang_up(stop.by, stop.cause)
        yield from self.store_recordings()
        yield from self.listeners.repeat_recordings()

    def _flow(self) -> Playback[Stop]:
        """Play the flow; a caller who hangs up ends it at once."""
        try:
            stop = yield from FlowPlayer(self.channel, self).run(self.scenario.flow)
            if stop.by == "caller":
                self.channel.stay()
        except CallerLeft:
            cause = "NORMAL_CLEARING" if self.channel.answered else "ORIGINATOR_CANCEL"
            return Stop(cause, by="caller")
        return stop

    def _end(self) -> End:
        verdict, reason = Verdict.EXECUTES, "KAZOO executed every answer"
        if self.faults:
            verdict, reason = self.faults[0][0], str(self.faults[0][1])
        unused = self.channel.caller.unused
        return End(at=self.channel.now, verdict=verdict, reason=reason, unused=unused)

    # Requests that other actions cause

    def webhook(self, data: ActionData) -> Iterator[CallEvent]:
        """Send the call to the server of a webhook action."""
        return self.listeners.fire_action(data)

    def store(self, url: str | None, data: ActionData, media: str) -> Iterator[CallEvent]:
        """Send one recording to its URL; without a URL the account keeps it."""
        method = str(data.get("method", "put"))
        if not url:
            return iter(())
        return self.listeners.send_recording(url, method, media, again=_MOST_REPEATS)

    def store_recordings(self) -> Iterator[CallEvent]:
        """End all recordings; keep none that is too short, or that wanted a bridge and had none."""
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

    # The pivot action

    def pivot(self, data: ActionData) -> Playback[Transition]:
        """Ask the server of a pivot action, and continue as its answer says."""
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
        """Read an answer stored in the action itself, which only KAZOO 5 supports."""
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
        """Verdict on a call whose follow-up fails: only KAZOO 5 hangs up."""
        return Verdict.HANGS_UP if self.mode is Mode.K5 else Verdict.DEAD_AIR

    @property
    def _unheard(self) -> bool:
        """Whether KAZOO misses the end of a document, as KAZOO master does with a cdr_url."""
        return self.mode is Mode.K50 and self.listeners.cdr_url is not None

    def _limbo(self) -> Playback[Transition]:
        """Leave the call without a controller: the caller waits a while, and hangs up."""
        yield from self.channel.wait(_WAIT_SECONDS)
        return Stop(by="caller")

    def _twiml(self, first: TwimlAnswer, data: ActionData, url: str) -> Playback[Transition]:
        """Play documents until one ends the call. KAZOO uses a cdr_url for TwiML only."""
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
        """Send a recording of a TwiML document to its URL."""
        return self.listeners.send_recording(url, "put", media)

    def _document_ended(self, ended: Ending, crash: Verdict) -> Playback[Transition]:
        """End the last document; `crash` is the verdict on the call if KAZOO crashes."""
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
        """Send a request and read its answer; return None if no answer came."""
        self.channel.check_caller()
        self.requests += 1
        self.iteration = 1 if first else self.iteration + 1
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
            headers=request.headers,
        )
        self._debug(data, request_document(request))
        understood = yield from self._exchange(data, request, first=first)
        self.channel.check_caller()
        return understood

    def _request(self, data: ActionData, url: str, method: str) -> HttpRequest:
        body_format = str(data.get("req_body_format", "form"))
        sent = parameters(self.channel.call, _format(data))
        request = pivot_request(url, method, sent, body_format, self._headers(data))
        timeout = min(int(data.get("req_timeout_ms", _LONGEST_TIMEOUT)), _LONGEST_TIMEOUT) / 1000
        return replace(request, timeout=timeout * self.scenario.patience)

    def _headers(self, data: ActionData) -> Headers:
        """Return the action's own headers; only KAZOO 5 sends them, and only those with X-."""
        if self.mode is Mode.K50:
            return ()
        given = data.get("custom_request_headers") or {}
        chosen = {name: value for name, value in given.items() if name.upper().startswith("X-")}
        return tuple((name.lower(), str(value)) for name, value in chosen.items())

    def _debug(self, data: ActionData, *documents: DebugDocument) -> None:
        """Store debug documents, if the pivot action asks for them."""
        ledger, call = self.scenario.ledger, self.channel.call
        if ledger is None or data.get("debug") is not True:
            return
        about = {"account_id": call.account_id, "call_id": call.call_id}
        for each in documents:
            ledger.debugged({**about, "iteration": self.iteration, **each})

    def _exchange(
        self, data: ActionData, request: HttpRequest, *, first: bool
    ) -> Playback[Understood | None]:
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
        self._debug(data, *answer_documents(response, understood))
        if not first and isinstance(understood, RefusedAnswer):
            understood = self._later(understood)
        self.channel.now += seconds
        yield self._received(response, seconds, understood)
        if named := response.header(ERROR_HEADER):
            yield self._failed(named, understood)
        if isinstance(understood, RefusedAnswer):
            yield self._refuse(understood.verdict, understood.problems)
        return understood

    def _later(self, refused: RefusedAnswer) -> RefusedAnswer:
        """Verdict on a refused follow-up: there is no fallback, and perhaps no hangup."""
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
            headers=response.headers,
        )

    def _failed(self, error: str, understood: Understood) -> FunctionFailed:
        """Report that the function failed; an answer of its own is then its fallback."""
        if not isinstance(understood, RefusedAnswer):
            problem = Problem("function", error, "The caller heard its fallback.")
            self._fault(Verdict.FALLBACK, problem)
        return FunctionFailed(at=self.channel.now, error=error)

    def _no_answer(self, reason: str, text: str, *, first: bool) -> Iterator[CallEvent]:
        """Report a request without an answer.

        KAZOO master notices at once only that a URL is unusable; otherwise it waits ten more
        seconds. The failure of a follow-up is not reported.
        """
        at_once = reason == "refused_url" or self.mode is Mode.K5
        verdict = Verdict.FALLS_BACK if at_once else Verdict.TIMES_OUT
        verdict = verdict if first else self._abandoned
        if at_once or reason == "crash":
            self.listeners.cdr_url = None
        self._fault(verdict, Problem("request", text, _FIXES[reason]))
        yield RequestFailed(at=self.channel.now, reason=reason, text=text)
        if verdict is Verdict.TIMES_OUT:
            yield from self.channel.wait(_WAIT_SECONDS)

    def _too_many(self) -> RefusedAnswer:
        rule = f"the call has sent more than {self.scenario.most_requests} requests"
        problem = Problem("call", rule, "End the conversation.")
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
    """The refusal of a follow-up with another verdict: there is no `_` child to continue with."""
    limbo = (_LIMBO,) if verdict is Verdict.DEAD_AIR else ()
    return RefusedAnswer(verdict, (*refused.problems, *limbo))
