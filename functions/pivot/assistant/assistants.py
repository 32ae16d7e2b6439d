"""Digital assistants: what one says to a caller, turn by turn, behind one interface.

An assistant gets the conversation so far and what the caller has pressed or said, and answers with
a `Turn`. `Rules` needs no network; `Service` asks one over HTTP. Whatever an assistant says goes
through `spoken`, and whom it connects to is only a name: the template knows who that is.
"""

from collections.abc import Generator, Mapping
from typing import Any, NamedTuple, Protocol

from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Question, Reply, ask
from pivotkit.core.speech import MAX_SPOKEN, spoken
from pivotkit.kazoo.rules import boolean, list_of, text
from pivotkit.lookups.documents import OBJECT, DocumentError, check_shape
from pivotkit.services.upstream import Upstream, UpstreamAnswer, UpstreamDown

PERSON = "person"
"""Whom a caller is connected to when the assistant cannot help."""

MOST_KEYS = 20


class Turn(NamedTuple):
    """What an assistant says, and what follows.

    It waits for *expect* keys, unless it is the *end*, or names whom to *connect* the caller to.
    """

    say: str
    expect: int = 1
    end: bool = False
    connect: str = ""

    @property
    def is_last(self) -> bool:
        """Whether the assistant is done with the caller."""
        return self.end or bool(self.connect)


LOST = Turn("Connecting you to a person.", connect=PERSON)


class Exchange(NamedTuple):
    """What a caller said, and what the assistant answered. The first one heard nothing yet."""

    heard: str | None
    said: str


class Talk(NamedTuple):
    """A conversation so far. *session* is its name, and tells nothing of the caller."""

    session: str
    exchanges: tuple[Exchange, ...] = ()

    def went_on(self, heard: str | None, said: str) -> "Talk":
        """The conversation with one exchange more."""
        return Talk(self.session, (*self.exchanges, Exchange(heard, said)))


class Assistant(Protocol):
    """Whoever answers callers.

    *is_fixed* says that the same turn is always the same, so that nothing has to be remembered
    when a conversation is replayed.
    """

    @property
    def is_fixed(self) -> bool:
        """Whether it always answers the same."""
        ...

    def turn(self, so_far: Talk, heard: str | None) -> Turn:
        """The answer to what was *heard*, keys or words; `None` is silence, and the start.

        Raises `UpstreamDown`.
        """
        ...


def converse(
    call: Call, assistant: Assistant, *, most_turns: int
) -> Generator[Question, Reply, Turn]:
    """Let *assistant* talk with the caller: the last turn, which ends the call or connects it.

    It connects to `PERSON` when the assistant is down, has nothing to say, or has had *most_turns*.
    """
    talk, heard = Talk(call.effect_key("session")), None
    for number in range(most_turns):
        turn = _turn(call, assistant, talk, heard)
        if turn.is_last:
            return turn
        talk = talk.went_on(heard, turn.say)
        heard = yield from ask(turn.say, max_digits=turn.expect, name=f"turn_{number}")
    return LOST


def _turn(call: Call, assistant: Assistant, talk: Talk, heard: str | None) -> Turn:
    def made() -> Turn:
        turn = assistant.turn(talk, heard)
        return turn._replace(say=spoken(turn.say))

    try:
        if assistant.is_fixed:
            turn = made()
        else:
            turn = call.once(f"turn {len(talk.exchanges)}", Turn, made)
    except UpstreamDown:
        return LOST
    return turn if turn.say else LOST


# -- over HTTP -------------------------------------------------------------------------------------


class Service:
    """An assistant behind HTTP, at *upstream*.

    `POST turns` with `session`, `turn` (from 0), `heard` and `so_far` answers `action` (`ask`,
    `connect` or `hangup`) and `say`; if it likes, with `expect`, how many keys, and `target`.
    """

    is_fixed = False

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def turn(self, so_far: Talk, heard: str | None) -> Turn:
        """The service's answer. Raises `UpstreamDown`."""
        number = len(so_far.exchanges)
        answer = self._upstream.post(
            "/turns",
            {
                "session": so_far.session,
                "turn": number,
                "heard": heard or "",
                "so_far": [exchange._asdict() for exchange in so_far.exchanges],
            },
            key=f"{so_far.session}-{number}",
        )
        return _read(answer)


def _read(answer: UpstreamAnswer) -> Turn:
    say = answer.text("say")
    match answer.text("action"):
        case "ask":
            return Turn(say, _expected(answer))
        case "connect":
            return Turn(say, connect=answer.text("target") if _has(answer, "target") else PERSON)
        case "hangup":
            return Turn(say, end=True)
        case _:
            raise UpstreamDown(answer.service, "the action is none of ask, connect and hangup")


def _expected(answer: UpstreamAnswer) -> int:
    expect = answer.number("expect") if _has(answer, "expect") else 1
    if not 1 <= expect <= MOST_KEYS:
        raise UpstreamDown(answer.service, f"expect is not 1 to {MOST_KEYS}")
    return expect


def _has(answer: UpstreamAnswer, name: str) -> bool:
    return isinstance(answer.value, dict) and answer.value.get(name) is not None


# -- by rules --------------------------------------------------------------------------------------

_SAID = text(1, MAX_SPOKEN, required=True)
_DOCUMENT = {
    "greeting": _SAID,
    "menu": _SAID,
    "unknown": _SAID,
    "rules": list_of(OBJECT, 1, required=True),
}
_RULE = {
    "heard": list_of(text(1, 32, r"[a-z]+|[0-9*]+"), 1, required=True),
    "say": _SAID,
    "connect": text(1, 32),
    "end": boolean(),
}


class Rules:
    """An assistant that knows answers by key and by word. It needs no network.

    A JSON object with `greeting`, `menu`, `unknown` and `rules`, each with `heard` (keys or words,
    in lower case), what to `say`, and `connect` or `end` where it is the last word. Without these
    the menu follows. After two turns in a row without a rule, the caller is connected to `PERSON`.
    """

    is_fixed = True

    def __init__(self, greeting: str, menu: str, unknown: str, turns: Mapping[str, Turn]) -> None:
        self._greeting = greeting
        self._menu = menu
        self._unknown = unknown
        self._turns = turns
        self._expect = max((len(word) for word in turns if not word.isalpha()), default=1)

    @classmethod
    def of(cls, document: Any) -> "Rules":
        """The assistant that a JSON value describes. Raises `DocumentError`."""
        check_shape("the assistant", document, _DOCUMENT)
        greeting, menu, unknown = (document[name] for name in ("greeting", "menu", "unknown"))
        for name in ("greeting", "unknown"):
            _check_length("the assistant", name, document[name], menu)
        turns: dict[str, Turn] = {}
        for number, rule in enumerate(document["rules"], start=1):
            turns |= _turns(f"rule {number}", rule, menu, turns)
        return cls(greeting, menu, unknown, turns)

    def turn(self, so_far: Talk, heard: str | None) -> Turn:
        """The answer of the first word that a rule knows."""
        if not so_far.exchanges:
            return self._asking(self._greeting)
        found = self._known(heard)
        if found:
            return found if found.is_last else self._asking(found.say)
        missed_before = len(so_far.exchanges) > 1 and not self._known(so_far.exchanges[-1].heard)
        if missed_before:
            return LOST
        return self._asking(self._unknown if heard else "")

    def _known(self, heard: str | None) -> Turn | None:
        words = (heard or "").lower().split()
        return next((self._turns[word] for word in words if word in self._turns), None)

    def _asking(self, said: str) -> Turn:
        return Turn(f"{said} {self._menu}".strip(), self._expect)


def _turns(where: str, rule: Any, menu: str, before: Mapping[str, Turn]) -> dict[str, Turn]:
    """What a rule says, by each of its words. Raises `DocumentError`."""
    check_shape(where, rule, _RULE)
    turn = Turn(rule["say"], end=rule.get("end", False), connect=rule.get("connect", ""))
    if turn.end and turn.connect:
        raise DocumentError(where, "end", turn.end, "must not stand beside connect")
    if not turn.is_last:
        _check_length(where, "say", turn.say, menu)
    for word in rule["heard"]:
        if word in before:
            raise DocumentError(where, "heard", word, "belongs to a rule before")
    return dict.fromkeys(rule["heard"], turn)


def _check_length(where: str, field: str, said: str, menu: str) -> None:
    if len(said) + len(menu) >= MAX_SPOKEN:
        rule = f"must have less than {MAX_SPOKEN} characters together with the menu"
        raise DocumentError(where, field, said, rule)
