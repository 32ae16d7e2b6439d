"""A survey as data, and what callers answered.

A survey is a JSON object with a `name` and `questions`, each with a `name`, a `prompt`, and the
`lowest` (1 unless set) and `highest` number that may be pressed.
"""

import re
from collections.abc import Generator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from pivotkit.calls import conversations
from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Reply
from pivotkit.http.parameters import Value
from pivotkit.kazoo.rules import integer, list_of, text
from pivotkit.lookups.documents import OBJECT, DocumentError, check_shape
from pivotkit.store.directory import Directory

TRIES = 2
"""How often a question is asked before the caller is let go."""

_NAME = text(1, 32, r"[a-z0-9_]+", required=True)
_SURVEY = {"name": _NAME, "questions": list_of(OBJECT, 1, required=True)}
_QUESTION = {
    "name": _NAME,
    "prompt": text(1, 450, required=True),
    "lowest": integer(0, 9999),
    "highest": integer(1, 9999, required=True),
}
_NUMBER = re.compile(r"\+?\d{5,15}")


class Question(NamedTuple):
    """A question that is answered with a number from *lowest* to *highest*."""

    name: str
    prompt: str
    highest: int
    lowest: int = 1

    def ask(self, greeting: str = "") -> Generator[conversations.Question, Reply, int | None]:
        """The caller's answer; `None` when she gives none that counts."""
        before = greeting
        for _ in range(TRIES):
            keys = yield from conversations.ask(
                before + self.prompt, max_digits=len(str(self.highest)), name=self.name
            )
            if keys and keys.isdecimal() and self.lowest <= int(keys) <= self.highest:
                return int(keys)
            before = f"Please press a number from {self.lowest} to {self.highest}. "
        return None


class Survey(NamedTuple):
    """A survey that was checked."""

    name: str
    questions: tuple[Question, ...]

    @classmethod
    def of(cls, document: Any) -> "Survey":
        """The survey that a JSON value describes. Raises `DocumentError`."""
        check_shape("the survey", document, _SURVEY)
        questions = [_question(number, each) for number, each in enumerate(document["questions"])]
        names = [question.name for question in questions]
        for number, name in enumerate(names):
            if name in names[:number]:
                raise DocumentError(f"question {number + 1}", "name", name, "is used before")
        return cls(document["name"], tuple(questions))

    def left(self, answers: Mapping[str, int]) -> list[Question]:
        """The questions that are not among *answers*."""
        return [question for question in self.questions if question.name not in answers]


class Results:
    """What callers answered, in the Directory: the kind `survey_<name>`, an entry a caller.

    The caller's number is not kept: its digest is the key. A caller without a number gets an entry
    of this call alone. Entries expire *days* after the last answer.
    """

    def __init__(self, days: int) -> None:
        self._seconds = days * 24 * 60 * 60

    def of(self, survey: Survey, call: Call) -> dict[str, int]:
        """What this caller has answered so far, by question. One round trip."""
        entry = self._entries(survey).get(_key(call)) or {}
        kept = entry.get("answers")
        answers = kept if isinstance(kept, dict) else {}
        return {name: value for name, value in answers.items() if isinstance(value, int)}

    def keep(self, survey: Survey, call: Call, answers: Mapping[str, int]) -> bool:
        """Keep all *answers* of this caller. One round trip; doing it twice does no harm."""
        entry: dict[str, Value] = {
            "answers": dict(answers),
            "complete": not survey.left(answers),
            "answered_at": call.now.isoformat(),
        }
        self._entries(survey).put(_key(call), entry, seconds=self._seconds)
        return True

    def _entries(self, survey: Survey) -> Directory:
        return Directory(f"survey_{survey.name}")


def _question(number: int, document: Any) -> Question:
    where = f"question {number + 1}"
    check_shape(where, document, _QUESTION)
    question = Question(**document)
    if question.lowest >= question.highest:
        raise DocumentError(where, "lowest", question.lowest, f"must be below {question.highest}")
    return question


def _key(call: Call) -> str:
    """A digest of the caller's number, or of the call where there is none to tell her by."""
    number = call.caller.number
    known = _NUMBER.fullmatch(number) and number.strip("+0")
    return sha256(f"{call.account_id}#{number if known else call.call_id}".encode()).hexdigest()
