"""`@conversation` and `ask`: a call of several requests, written as one straight function.

How a call is replayed
----------------------

KAZOO talks to a template over single HTTP requests. Between two of them the caller presses keys,
and the Lambda environment that answered the first may be gone. A conversation hides this: the
template is a generator function, and `yield from ask(...)` reads as if it waited for the caller.

1.  The first request of a call carries a key and no token. It begins a *run*: a list of *steps* in
    the call's item, of which the first is the start. The template is run until it asks something.
    The question becomes the answer to the request: a prompt, a collection of digits, and a nested
    `pivot` whose URL holds a token. The token names the run, the next step, and the question. Then
    the generator is closed. Nothing is kept in memory.

2.  KAZOO comes back to that URL with the digits. One conditional update appends them to the run as
    the step that the token names, and returns everything stored of the call. The template is run
    again from its first line. Each `ask` that has an answer returns it at once; the first `ask`
    without one becomes the answer to this request. When the template returns instead, the flow
    that it returns is the answer, and the conversation is over.

3.  KAZOO, or a network in between, may repeat a request. The condition then fails, because the step
    is there already, and the update returns what is stored all the same. The replay therefore comes
    to the same answer, to the letter: a token's expiry is counted from the time of its step.

What this asks of a template:

-   It takes the same way through the same answers. The clock is `call.now`, the time of the step
    that is being replayed; chance and look-ups go through `call.once`, which stores what they gave.
    If two copies of one request make different values, those that were stored first win, and the
    copy that came second is replayed over them.
-   An answer is stored under the name of its question. If a deploy in mid-call makes the template
    ask another question at that place, the replay finds the wrong name, and the caller hears the
    fallback (`ConversationChanged`) instead of a flow that follows from somebody else's question.
-   Before the newest answer a replay repeats what was done. `call.vars` and `call.once` store
    nothing there (`Memory.live`). An effect of its own takes `call.effect_key` for its key.
-   Secret digits are never stored. The request that brings them runs the check at once, and only
    its result is kept, like a value of `call.once`.

The idea is that of durable execution: record what each step gave, and run the code again over the
record. AWS offers it for Lambda as durable functions, and a conversation cannot be one of those. A
durable function gives one result for one invocation. It may be suspended between its steps, but it
sends no HTTP answer there, and KAZOO needs one after every step, within five seconds, to have
something to execute while the caller thinks. What a conversation takes from durable functions is
the discipline: deterministic code between steps, named steps, results stored once, and a check that
the code still fits the record.
"""

import re
import secrets
import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, overload

from pivotkit import kazoo
from pivotkit.calls.call import Call
from pivotkit.calls.handler import ANSWER_BY, PivotFunction, PivotRequest
from pivotkit.calls.memory import Memory
from pivotkit.calls.render import Flow
from pivotkit.calls.template_settings import APOLOGY, FallbackOf
from pivotkit.calls.tokens import QUESTION, FollowUp, call_digest
from pivotkit.core.errors import ConversationChanged, StateLost
from pivotkit.http.parameters import Value
from pivotkit.kazoo import Action, collect_dtmf, tts
from pivotkit.store import LIFE
from pivotkit.store.call_state import CallState, call_key
from pivotkit.store.remembered import Remembered, Step

if TYPE_CHECKING:
    from pivotkit.twiml import Pause, Play, Say

COLLECTION = "answer"
"""The collection of every question. KAZOO sends a collection again until it is overwritten."""

SETTINGS = "=settings"
"""The name of the account's settings among the values that a run has made once."""

BUT_POUND = "0123456789*"
"""The keys that cut a spoken question short. A `#` does not: it may still end the answer before."""

_GENERATOR = 0x20
"""The flag of a generator function's code (`inspect.CO_GENERATOR`; `inspect` is slow to import)."""

type Prompt = str | Action | Say | Play | Pause
type Asking[T] = Generator["Question", "Reply", T]
"""The return type of a function that asks the caller something and returns a `T`."""

type Conversation = Asking[Flow]
"""The return type of a conversation."""

type ConversationTemplate = Callable[[Call], Conversation]


class Question(NamedTuple):
    """One question: its prompt, and how KAZOO collects the answer. Times are seconds."""

    prompt: Prompt
    max_digits: int
    timeout: int
    name: str | None
    secret: Callable[[str], Any] | None
    pause: int | None = None


class Reply(NamedTuple):
    """The answer to a question: the digits, or the result of the check of secret ones."""

    value: Any


@overload
def ask(
    prompt: Prompt,
    *,
    max_digits: int = 1,
    timeout: int = 5,
    pause: int | None = None,
    name: str | None = None,
) -> Asking[str | None]: ...


@overload
def ask[T](
    prompt: Prompt,
    *,
    max_digits: int = 1,
    timeout: int = 5,
    pause: int | None = None,
    name: str | None = None,
    secret: Callable[[str], T],
) -> Asking[T | None]: ...


def ask(
    prompt: Prompt,
    *,
    max_digits: int = 1,
    timeout: int = 5,
    pause: int | None = None,
    name: str | None = None,
    secret: Callable[[str], Any] | None = None,
) -> Asking[Any]:
    """Ask the caller for up to *max_digits* keys, ended by `#`. `None` when nothing is pressed.

    *timeout* is the silence allowed before the first key, *pause* that between two keys. KAZOO's
    own pause of 2 seconds is too short for a number that has to be read off a card; TwiML has one
    time for both. *name*, by default the question's number, is stored with the answer, so that a
    deploy in mid-call is noticed; name the questions that may change places. With *secret* the
    digits are neither stored nor logged: only the result of that check is kept, a JSON value.

    An empty answer right after one of full length is asked for again, once. Many callers press `#`
    after a PIN that needs none, and KAZOO then loses what they press during the next prompt.
    """
    if name is not None and not re.fullmatch(QUESTION, name):
        raise ValueError(f"name is {name!r}: must match {QUESTION}")
    reply = yield Question(prompt, max_digits, timeout, name, secret, pause)
    return reply.value


class ConversationFunction(PivotFunction):
    """A Lambda handler that replays its template over the answers so far."""

    def __init__(
        self,
        template: Callable[..., Conversation],
        fallback: FallbackOf[Any],
        deadline: float,
        language: Literal["kazoo", "twiml"],
        settings: type[tuple[Any, ...]] | None = None,
        *,
        by_number: bool = False,
    ) -> None:
        if not template.__code__.co_flags & _GENERATOR:
            raise TypeError(
                f"{template.__name__} asks nothing: use `yield from ask(...)` in it, "
                "or decorate it with @pivot"
            )
        super().__init__(template, fallback, deadline, settings, by_number=by_number)
        self.state = CallState.from_environment()
        self._asked = _asked_in_twiml if language == "twiml" else _asked_in_kazoo

    def decide(self, request: PivotRequest) -> Flow:
        """Append the answer, replay the template, and store what is new."""
        current = self._current_step(request)
        request.settings = self._settings(current)
        flow = self._replayed(current)
        changes = current.memory.changes
        if changes:
            stored = self.state.remember(current.key, current.attribute, changes, current.now)
            if any(stored.once[name] != value for name, value in changes.once.items()):
                flow = self._replayed(current.again(stored))
        return flow

    def _current_step(self, request: PivotRequest) -> "CurrentStep":
        call, token, now = request.call, request.token, int(time.time())
        key = call_key(call.account_id, call.call_id)
        if token is None:
            run, index = secrets.token_urlsafe(6), 0
            stored = self.state.begin(key, _attribute(self.name, run), now)
        else:
            run, index = token.run, token.step
            step = _step(token, pressed(call), now)
            stored = self.state.answer(key, _attribute(self.name, run), index, step, now)
        current = CurrentStep(request, key, self.name, run, index, stored, now)
        request.memory, request.run = current.memory, run
        return current

    def _settings(self, current: "CurrentStep") -> tuple[Any, ...]:
        """The settings with which the run began: a change in mid-call would change its way."""
        call, texts = current.request.call, current.memory.kept(SETTINGS) or {}
        if current.index == 0 and not texts and (texts := dict(self.settings.texts(call))):
            current.memory.once(SETTINGS, dict, lambda: texts)
        return self.settings.with_texts(call, texts)

    def _replayed(self, current: "CurrentStep") -> Flow:
        replay = Replay(current)
        steps = self.template(current.call, *current.request.settings)
        try:
            question = replay.run(steps)
        except StopIteration as stop:
            return cast("Flow", stop.value)
        finally:
            steps.close()
        token = FollowUp(
            run=current.run,
            step=current.index + 1,
            question=replay.name_of(question),
            secret=question.secret is not None,
            expires_at=current.steps[-1].at + LIFE,  # a repetition is answered to the letter
            call_digest=call_digest(current.call.account_id, current.call.call_id),
        )
        return self._asked(question, current.request.urls.follow_up(token))


class CurrentStep:
    """The step of a run that the current request answers, and what is stored of the call."""

    def __init__(
        self,
        request: PivotRequest,
        key: str,
        function: str,
        run: str,
        index: int,
        stored: Remembered,
        now: int,
    ) -> None:
        self.request = request
        self.key = key
        self.function = function
        self.run = run
        self.index = index
        self.now = now
        self.attribute = _attribute(function, run)
        self.steps = stored.steps[: index + 1]
        self.memory = Memory(
            key,
            f"{function}:{run}",
            stored,
            self.steps[0].at,
            request.call.custom_application_vars,
        )
        self.newest = len(stored.steps) == index + 1
        self.call = request.call.recalling(self.memory)

    def again(self, stored: Remembered) -> "CurrentStep":
        """The same step over what another copy of the request has stored."""
        return CurrentStep(
            self.request, self.key, self.function, self.run, self.index, stored, self.now
        )


class Replay:
    """Runs a conversation over the answers so far, until it asks something new."""

    def __init__(self, current: CurrentStep) -> None:
        self._current = current
        self._ordinal = 0

    def name_of(self, question: Question) -> str:
        """The name under which the answer to *question* is stored."""
        return question.name or str(self._ordinal)

    def run(self, steps: Conversation) -> Question:
        """Return the first question without an answer.

        Raises `StopIteration` with the flow when the conversation ends, and
        `ConversationChanged` when it does not fit the stored answers.
        """
        current = self._current
        current.memory.live = current.newest and current.index == 0
        question = self._advanced(lambda: next(steps), 0)
        filled = False
        for index, step in enumerate(current.steps[1:], start=1):
            if step.question != self.name_of(question):
                raise ConversationChanged(f"the answer to {step.question} is not to this question")
            if filled and not step.length:
                filled = False  # asked again: a `#` too many may have spoilt the question
                continue
            filled = step.length >= question.max_digits
            current.memory.at(step.at)
            current.memory.live = current.newest and index == current.index
            question = self._answered(steps, question, index, step)
        return question

    def _answered(
        self, steps: Conversation, question: Question, index: int, step: Step
    ) -> Question:
        reply = Reply(self._value(question, index, step))
        self._ordinal += 1
        return self._advanced(lambda: steps.send(reply), index)

    def _advanced(self, advance: Callable[[], Question], index: int) -> Question:
        """Return the next question. Only after the newest answer may the conversation end."""
        try:
            return advance()
        except StopIteration as stop:
            if index < self._current.index:
                raise ConversationChanged("it ended before its last answer") from stop
            raise

    def _value(self, question: Question, index: int, step: Step) -> Value:
        if question.secret is None or not step.length:
            return step.value
        checked = self._current.memory.once(f"?{index}", object, self._check(question, index))
        return cast("Value", checked)

    def _check(self, question: Question, index: int) -> Callable[[], object]:
        def checked() -> object:
            digits = pressed(self._current.call)
            if index != self._current.index or digits is None or question.secret is None:
                raise StateLost("the result of a secret's check was not kept")
            return question.secret(digits)

        return checked


@overload
def conversation(template: ConversationTemplate) -> ConversationFunction: ...


@overload
def conversation(
    *,
    fallback: Flow = APOLOGY,
    deadline: float = ANSWER_BY,
    language: Literal["kazoo", "twiml"] = "kazoo",
) -> Callable[[ConversationTemplate], ConversationFunction]: ...


@overload
def conversation[S: tuple[Any, ...]](
    *,
    settings: type[S],
    fallback: FallbackOf[S] = APOLOGY,
    by_number: bool = False,
    deadline: float = ANSWER_BY,
    language: Literal["kazoo", "twiml"] = "kazoo",
) -> Callable[[Callable[[Call, S], Conversation]], ConversationFunction]: ...


def conversation(
    template: ConversationTemplate | None = None,
    *,
    settings: type[tuple[Any, ...]] | None = None,
    fallback: FallbackOf[Any] = APOLOGY,
    by_number: bool = False,
    deadline: float = ANSWER_BY,
    language: Literal["kazoo", "twiml"] = "kazoo",
) -> ConversationFunction | Callable[[Callable[..., Conversation]], ConversationFunction]:
    """Turn a generator function that asks questions into a Lambda handler.

    *settings*, *by_number*, *fallback*, and *deadline* are those of `@pivot`. A conversation keeps
    the settings with which it began. *language* is that of the questions: callflow actions, or
    TwiML for calls whose `cdr_url` or Dial actions need it.
    """
    if template is not None:
        return ConversationFunction(template, fallback, deadline, language)
    return lambda decorated: ConversationFunction(
        decorated, fallback, deadline, language, settings, by_number=by_number
    )


def pressed(call: Call) -> str | None:
    """The keys that answer the last question. `None` for silence or a bare `#`."""
    return (call.pressed(COLLECTION) or "").strip("#") or None


def _step(token: FollowUp, digits: str | None, now: int) -> Step:
    kept = None if token.secret else digits
    return Step(at=now, question=token.question, value=kept, length=len(digits or ""))


def _attribute(function: str, run: str) -> str:
    return f"run:{function}:{run}"


def _asked_in_kazoo(question: Question, url: str) -> Flow:
    """The question as callflow actions: prompt, collection, and the way back."""
    prompt = question.prompt
    if isinstance(prompt, str):
        prompt = tts(prompt, terminators=BUT_POUND)
    if not isinstance(prompt, Action):
        raise TypeError("a conversation in callflow actions asks with text or actions")
    collect = collect_dtmf(
        max_digits=question.max_digits,
        collection_name=COLLECTION,
        timeout=question.timeout * 1000,
        interdigit_timeout=None if question.pause is None else question.pause * 1000,
    )
    return prompt >> collect >> kazoo.pivot(url)


def _asked_in_twiml(question: Question, url: str) -> Flow:
    """The question as TwiML. The Redirect is the way back when nothing is pressed."""
    from pivotkit.twiml import Gather, Redirect, Response, Say  # noqa: PLC0415  (not for the others)

    prompt = Say(question.prompt) if isinstance(question.prompt, str) else question.prompt
    if isinstance(prompt, Action):
        raise TypeError("a conversation in TwiML asks with text, Say or Play")
    gather = Gather(prompt, action=url, timeout=question.timeout, num_digits=question.max_digits)
    return Response(gather, Redirect(url))
