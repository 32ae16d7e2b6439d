"""An assistant that follows the rules of a JSON document."""

from collections.abc import Mapping
from typing import Any

from assistants import HAND_OVER, Transcript, Turn
from pivotkit.core.speech import MAX_SPOKEN
from pivotkit.kazoo.rules import boolean, list_of, text
from pivotkit.lookups.documents import OBJECT, DocumentError, check_shape

_SPOKEN_TEXT = text(1, MAX_SPOKEN, required=True)
_DOCUMENT = {
    "greeting": _SPOKEN_TEXT,
    "menu": _SPOKEN_TEXT,
    "unknown": _SPOKEN_TEXT,
    "rules": list_of(OBJECT, 1, required=True),
}
_RULE = {
    "heard": list_of(text(1, 32, r"[a-z]+|[0-9*]+"), 1, required=True),
    "say": _SPOKEN_TEXT,
    "connect": text(1, 32),
    "end": boolean(),
}


class RulesAssistant:
    """An assistant that finds its answers by key or word. It needs no network.

    The document has `greeting`, `menu`, `unknown` and `rules`. Each rule has `heard` (keys, or
    words in lower case) and `say`, and `connect` or `end` if it is the last turn; otherwise the
    menu follows. After two turns in a row without a matching rule, a person takes over.
    """

    is_fixed = True

    def __init__(self, greeting: str, menu: str, unknown: str, turns: Mapping[str, Turn]) -> None:
        self._greeting = greeting
        self._menu = menu
        self._unknown = unknown
        self._turns = turns
        self._expect = max((len(word) for word in turns if not word.isalpha()), default=1)

    @classmethod
    def of(cls, document: Any) -> "RulesAssistant":
        """The assistant that *document*, a JSON value, describes. Raises `DocumentError`."""
        check_shape("the assistant", document, _DOCUMENT)
        menu = document["menu"]
        for field in ("greeting", "unknown"):
            _check_length("the assistant", field, document[field], menu)
        turns: dict[str, Turn] = {}
        for number, rule in enumerate(document["rules"], start=1):
            turns |= _turns_by_word(f"rule {number}", rule, menu, turns)
        return cls(document["greeting"], menu, document["unknown"], turns)

    def turn(self, transcript: Transcript, heard: str | None) -> Turn:
        """The turn of the first word in *heard* that has a rule."""
        if not transcript.exchanges:
            return self._with_menu(self._greeting)
        turn = self._matching(heard)
        if turn:
            return turn if turn.is_last else self._with_menu(turn.say)
        if self._missed_before(transcript):
            return HAND_OVER
        return self._with_menu(self._unknown if heard else "")

    def _matching(self, heard: str | None) -> Turn | None:
        words = (heard or "").lower().split()
        return next((self._turns[word] for word in words if word in self._turns), None)

    def _missed_before(self, transcript: Transcript) -> bool:
        """Whether the previous input had no matching rule; the greeting answers no input."""
        return len(transcript.exchanges) > 1 and not self._matching(transcript.exchanges[-1].heard)

    def _with_menu(self, say: str) -> Turn:
        return Turn(f"{say} {self._menu}".strip(), self._expect)


def _turns_by_word(
    where: str, rule: Any, menu: str, earlier: Mapping[str, Turn]
) -> dict[str, Turn]:
    """The turn of a rule under each of its words. Raises `DocumentError`."""
    check_shape(where, rule, _RULE)
    turn = Turn(rule["say"], end=rule.get("end", False), connect=rule.get("connect", ""))
    if turn.end and turn.connect:
        raise DocumentError(where, "end", turn.end, "must not be combined with connect")
    if not turn.is_last:
        _check_length(where, "say", turn.say, menu)
    for word in rule["heard"]:
        if word in earlier:
            raise DocumentError(where, "heard", word, "is already used by an earlier rule")
    return dict.fromkeys(rule["heard"], turn)


def _check_length(where: str, field: str, say: str, menu: str) -> None:
    if len(say) + len(menu) >= MAX_SPOKEN:
        limit = f"must have fewer than {MAX_SPOKEN} characters together with the menu"
        raise DocumentError(where, field, say, limit)
