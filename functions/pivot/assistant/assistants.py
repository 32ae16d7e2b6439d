"""Digital assistants: the interface that all of them have, and the conversation with a caller.

An assistant gets the transcript so far and the caller's latest input, and answers with a `Turn`.
Its text goes through `spoken`. It connects callers by a name only: the template decides whom that
name stands for.
"""

from typing import NamedTuple, Protocol

from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Asking, ask
from pivotkit.core.speech import spoken
from pivotkit.services.upstream import UpstreamDown

PERSON = "person"
"""The name of the person who takes the call when the assistant cannot help."""


class Turn(NamedTuple):
    """The text that an assistant says, and what follows it.

    The caller then presses up to *expect* keys, unless the turn is the *end* of the call or names
    a person to *connect* the caller to.
    """

    say: str
    expect: int = 1
    end: bool = False
    connect: str = ""

    @property
    def is_last(self) -> bool:
        """Whether the assistant is done with the caller."""
        return self.end or bool(self.connect)


HAND_OVER = Turn("Please hold while I connect you.", connect=PERSON)
"""The turn in which a person takes over because the assistant cannot help."""


class Exchange(NamedTuple):
    """The caller's input, `None` before the greeting, and the answer of the assistant."""

    heard: str | None
    said: str


class Transcript(NamedTuple):
    """A conversation so far. *session* identifies it without revealing who calls."""

    session: str
    exchanges: tuple[Exchange, ...] = ()

    def plus(self, heard: str | None, said: str) -> "Transcript":
        """The transcript with one more exchange."""
        return Transcript(self.session, (*self.exchanges, Exchange(heard, said)))


class Assistant(Protocol):
    """A digital assistant."""

    @property
    def is_fixed(self) -> bool:
        """Whether the same input always gets the same turn, so that no turn has to be stored."""
        ...

    def turn(self, transcript: Transcript, heard: str | None) -> Turn:
        """The answer to *heard*, keys or words; `None` is silence, and the start of the call.

        Raises `UpstreamDown`.
        """
        ...


def converse(call: Call, assistant: Assistant, *, most_turns: int) -> Asking[Turn]:
    """Run the conversation of caller and *assistant*; return the turn that ends it.

    A person takes over if the assistant is down, has nothing to say, or has used *most_turns*.
    """
    transcript = Transcript(call.effect_key("session"))
    heard = None
    for number in range(most_turns):
        turn = _next_turn(call, assistant, transcript, heard)
        if turn.is_last:
            return turn
        transcript = transcript.plus(heard, turn.say)
        heard = yield from ask(turn.say, max_digits=turn.expect, name=f"turn_{number}")
    return HAND_OVER


def _next_turn(call: Call, assistant: Assistant, transcript: Transcript, heard: str | None) -> Turn:
    def answer() -> Turn:
        turn = assistant.turn(transcript, heard)
        return turn._replace(say=spoken(turn.say))

    try:
        if assistant.is_fixed:
            turn = answer()
        else:
            turn = call.once(f"turn {len(transcript.exchanges)}", Turn, answer)
    except UpstreamDown:
        return HAND_OVER
    return turn if turn.say else HAND_OVER
