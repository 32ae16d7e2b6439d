"""`@conversation` and `ask`: a call of several requests, written as one straight function.

`ask` answers the current request; the function goes on from there when KAZOO comes back with the
digits. Nothing is kept in memory: the answers so far are in the store, and the function is
replayed over them.
"""

import re
import secrets
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, overload

from pivotkit import kazoo
from pivotkit.calls.call import Call
from pivotkit.calls.handler import ANSWER_BY, APOLOGY, PivotFunction, Visit
from pivotkit.calls.memory import Known, Memory, Step
from pivotkit.calls.render import Flow
from pivotkit.calls.tokens import LIFE, QUESTION, FollowUp, call_digest
from pivotkit.core.errors import ConversationChanged, StateLost
from pivotkit.http.parameters import Value
from pivotkit.kazoo import Action, collect_dtmf, tts
from pivotkit.store.call_state import CallState, call_key

if TYPE_CHECKING:
    from pivotkit.twiml import Pause, Play, Say

COLLECTION = "answer"
"""The one collection that all questions use: a PIN is not sent again with every later request."""

BUT_POUND = "0123456789*"
"""What cuts a spoken question short: not the `#` that came behind the answer before."""

type Prompt = str | Action | Say | Play | Pause
type Conversation = Generator["Question", "Reply", Flow]
"""What a conversation is annotated to return."""

type Template = Callable[[Call], Conversation]


@dataclass(frozen=True, slots=True)
class Question:
    """What `ask` wants to know, and how KAZOO is to collect it. Times are seconds."""

    prompt: Prompt
    max_digits: int
    timeout: int
    name: str | None
    secret: Callable[[str], Any] | None
    pause: int | None = None


class Reply(NamedTuple):
    """What goes back into the conversation: the digits, or what the check of a secret made."""

    value: Any


@overload
def ask(
    prompt: Prompt,
    *,
    max_digits: int = 1,
    timeout: int = 5,
    pause: int | None = None,
    name: str | None = None,
) -> Generator[Question, Reply, str | None]: ...


@overload
def ask[T](
    prompt: Prompt,
    *,
    max_digits: int = 1,
    timeout: int = 5,
    pause: int | None = None,
    name: str | None = None,
    secret: Callable[[str], T],
) -> Generator[Question, Reply, T | None]: ...


def ask(
    prompt: Prompt,
    *,
    max_digits: int = 1,
    timeout: int = 5,
    pause: int | None = None,
    name: str | None = None,
    secret: Callable[[str], Any] | None = None,
) -> Generator[Question, Reply, Any]:
    """Ask the caller for up to *max_digits* keys, ended by `#`; `None` when nothing is pressed.

    Behind an answer of full length, an empty one is asked for once more: many people press `#`
    behind a PIN, and KAZOO then loses what they press during the next prompt, or ends a Gather.
    *timeout* is seconds of silence before the first key, *pause* between two keys: KAZOO's own 2
    are too few for a number that has to be read (TwiML knows one time for both). *name* (by
    default the question's number) is stored with the answer, so that a deploy in the middle of a
    call is noticed; give one to questions that may change places. With *secret* the digits are
    neither stored nor logged: only what the check makes of them is kept, and must be a JSON value.
    """
    if name is not None and not re.fullmatch(QUESTION, name):
        raise ValueError(f"name is {name!r}: must match {QUESTION}")
    reply = yield Question(prompt, max_digits, timeout, name, secret, pause)
    return reply.value


class ConversationFunction(PivotFunction):
    """A handler that replays its template over the answers so far."""

    def __init__(
        self,
        template: Template,
        fallback: Flow,
        deadline: float,
        language: Literal["kazoo", "twiml"],
    ) -> None:
        super().__init__(template, fallback, deadline)
        self._state = CallState.from_environment()
        self._asked = _asked_in_twiml if language == "twiml" else _asked_in_kazoo

    def decide(self, visit: Visit) -> Flow:
        """Append the answer, replay, and remember what is new."""
        turn = self._turn(visit)
        flow = self._replayed(turn)
        if turn.memory.changes:
            changes = turn.memory.changes
            known = self._state.remember(turn.key, turn.attribute, changes, turn.now)
            if any(known.once[name] != value for name, value in changes.once.items()):
                flow = self._replayed(turn.again(known))
        return flow

    def _turn(self, visit: Visit) -> "Turn":
        call, token, now = visit.call, visit.token, int(time.time())
        key = call_key(call.account_id, call.call_id)
        if token is None:
            run, index = secrets.token_urlsafe(6), 0
            known = self._state.begin(key, _attribute(self.name, run), now)
        else:
            run, index = token.run, token.step
            step = _step(token, pressed(call), now)
            known = self._state.answer(key, _attribute(self.name, run), index, step, now)
        return Turn(visit, key, self.name, run, index, known, now)

    def _replayed(self, turn: "Turn") -> Flow:
        replay = Replay(turn)
        steps = self.template(turn.call)
        try:
            question = replay.run(steps)
        except StopIteration as stop:
            return cast("Flow", stop.value)
        finally:
            steps.close()
        token = FollowUp(
            run=turn.run,
            step=turn.index + 1,
            question=replay.name_of(question),
            secret=question.secret is not None,
            expires_at=turn.steps[-1].at + LIFE,  # a repetition is answered to the letter
            call_digest=call_digest(turn.call.account_id, turn.call.call_id),
        )
        url = turn.visit.links.follow_up(token)
        return self._asked(question, url)


class Turn:
    """One request of a run: the answers up to it, and what the call remembers."""

    def __init__(
        self, visit: Visit, key: str, function: str, run: str, index: int, known: Known, now: int
    ) -> None:
        self.visit = visit
        self.key = key
        self.function = function
        self.run = run
        self.index = index
        self.now = now
        self.attribute = _attribute(function, run)
        self.steps = known.steps[: index + 1]
        self.memory = Memory(
            key,
            f"{function}:{run}",
            known,
            self.steps[0].at,
            visit.call.custom_application_vars,
        )
        self.newest = len(known.steps) == index + 1
        self.call = visit.call.recalling(self.memory)

    def again(self, known: Known) -> "Turn":
        """The same turn over what another copy of the request has stored."""
        return Turn(self.visit, self.key, self.function, self.run, self.index, known, self.now)


class Replay:
    """Runs a conversation over the answers of a turn until it asks something new."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._ordinal = 0

    def name_of(self, question: Question) -> str:
        """The name under which the answer to *question* is stored."""
        return question.name or str(self._ordinal)

    def run(self, steps: Conversation) -> Question:
        """The first question without an answer.

        Raises `StopIteration` with the flow when the conversation ends, and
        `ConversationChanged` where it does not fit the stored answers.
        """
        turn = self._turn
        turn.memory.live = turn.newest and turn.index == 0
        question = self._advanced(lambda: next(steps), 0)
        filled = False
        for index, step in enumerate(turn.steps[1:], start=1):
            if step.question != self.name_of(question):
                raise ConversationChanged(f"the answer to {step.question} is not to this question")
            if filled and not step.length:
                filled = False  # asked once more: a `#` too many may have spoilt the question
                continue
            filled = step.length >= question.max_digits
            turn.memory.at(step.at)
            turn.memory.live = turn.newest and index == turn.index
            question = self._answered(steps, question, index, step)
        return question

    def _answered(
        self, steps: Conversation, question: Question, index: int, step: Step
    ) -> Question:
        reply = Reply(self._value(question, index, step))
        self._ordinal += 1
        return self._advanced(lambda: steps.send(reply), index)

    def _advanced(self, advance: Callable[[], Question], index: int) -> Question:
        """The next question; an end is right only behind the last answer, number *index*."""
        try:
            return advance()
        except StopIteration as stop:
            if index < self._turn.index:
                raise ConversationChanged("it ended before its last answer") from stop
            raise

    def _value(self, question: Question, index: int, step: Step) -> Value:
        if question.secret is None or not step.length:
            return step.value
        checked = self._turn.memory.once(f"?{index}", object, self._check(question, index))
        return cast("Value", checked)

    def _check(self, question: Question, index: int) -> Callable[[], object]:
        def checked() -> object:
            digits = pressed(self._turn.call)
            if index != self._turn.index or digits is None or question.secret is None:
                raise StateLost("what the check of a secret made was not kept")
            return question.secret(digits)

        return checked


@overload
def conversation(template: Template) -> ConversationFunction: ...


@overload
def conversation(
    *,
    fallback: Flow = APOLOGY,
    deadline: float = ANSWER_BY,
    language: Literal["kazoo", "twiml"] = "kazoo",
) -> Callable[[Template], ConversationFunction]: ...


def conversation(
    template: Template | None = None,
    *,
    fallback: Flow = APOLOGY,
    deadline: float = ANSWER_BY,
    language: Literal["kazoo", "twiml"] = "kazoo",
) -> ConversationFunction | Callable[[Template], ConversationFunction]:
    """Make a Lambda handler of a generator function that `ask`s.

    *fallback* and *deadline* are those of `@pivot`. *language* is what the questions are asked
    in: callflow actions, or TwiML for calls whose `cdr_url` or Dial actions need it.
    """
    if template is not None:
        return ConversationFunction(template, fallback, deadline, language)
    return lambda decorated: ConversationFunction(decorated, fallback, deadline, language)


def pressed(call: Call) -> str | None:
    """The keys with which *call* answers the last question; `None` for silence or a bare `#`."""
    return (call.pressed(COLLECTION) or "").strip("#") or None


def _step(token: FollowUp, digits: str | None, now: int) -> Step:
    kept = None if token.secret else digits
    return Step(at=now, question=token.question, value=kept, length=len(digits or ""))


def _attribute(function: str, run: str) -> str:
    return f"run:{function}:{run}"


def _asked_in_kazoo(question: Question, url: str) -> Flow:
    """The question as callflow actions: prompt, collection, and the way back to us."""
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
    """The question as TwiML; the Redirect is the way of a caller who presses nothing."""
    from pivotkit.twiml import Gather, Redirect, Response, Say  # noqa: PLC0415  (not for the others)

    prompt = Say(question.prompt) if isinstance(question.prompt, str) else question.prompt
    if isinstance(prompt, Action):
        raise TypeError("a conversation in TwiML asks with text, Say or Play")
    gather = Gather(prompt, action=url, timeout=question.timeout, num_digits=question.max_digits)
    return Response(gather, Redirect(url))
