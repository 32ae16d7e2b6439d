"""A survey as data.

A survey is a JSON object with a `name` and `questions`. Each question has a `name`, a `prompt`,
and the `lowest` (1 by default) and `highest` number that callers may enter.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pivotkit.calls import conversations
from pivotkit.core.speech import numeral
from pivotkit.kazoo.rules import integer, list_of, text
from pivotkit.lookups.documents import OBJECT, DocumentError, check_shape

TRIES = 2
"""The times that a question is asked before the call ends."""

_NAME = text(1, 32, r"[a-z0-9_]+", required=True)
_SURVEY = {"name": _NAME, "questions": list_of(OBJECT, 1, required=True)}
_QUESTION = {
    "name": _NAME,
    "prompt": text(1, 450, required=True),
    "lowest": integer(0, 9999),
    "highest": integer(1, 9999, required=True),
}


class SurveyQuestion(NamedTuple):
    """A question answered by a number from *lowest* to *highest*."""

    name: str
    prompt: str
    highest: int
    lowest: int = 1

    def ask(self, greeting: str = "") -> conversations.Asking[int | None]:
        """The caller's answer, or `None` if no try brings one in range."""
        lead_in = greeting
        for _ in range(TRIES):
            digits = yield from conversations.ask(
                f"{lead_in} {self.prompt}".strip(),
                max_digits=len(str(self.highest)),
                name=self.name,
            )
            if digits and self._is_in_range(digits):
                return int(digits)
            lead_in = f"Please enter a number from {self.lowest} to {self.highest}."
        return None

    def _is_in_range(self, digits: str) -> bool:
        return digits.isdecimal() and self.lowest <= int(digits) <= self.highest


class Survey(NamedTuple):
    """A survey that was checked."""

    name: str
    questions: tuple[SurveyQuestion, ...]

    @classmethod
    def of(cls, document: Any) -> "Survey":
        """The survey that a JSON value describes. Raises `DocumentError`."""
        check_shape("the survey", document, _SURVEY)
        questions = [_question(index, each) for index, each in enumerate(document["questions"])]
        names = [question.name for question in questions]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise DocumentError(f"question {index + 1}", "name", name, "is already used")
        return cls(document["name"], tuple(questions))

    def unanswered(self, answers: Mapping[str, int]) -> list[SurveyQuestion]:
        """The questions without an entry in *answers*."""
        return [question for question in self.questions if question.name not in answers]


def how_many(questions: Sequence[SurveyQuestion]) -> str:
    """The number of *questions* as people say it: `one question`, `three questions`."""
    count = len(questions)
    return f"{numeral(count)} question" if count == 1 else f"{numeral(count)} questions"


def _question(index: int, document: Any) -> SurveyQuestion:
    where = f"question {index + 1}"
    check_shape(where, document, _QUESTION)
    question = SurveyQuestion(**document)
    if question.lowest >= question.highest:
        raise DocumentError(where, "lowest", question.lowest, f"must be below {question.highest}")
    return question
