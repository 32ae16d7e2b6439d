"""Surveys as data: faults, remaining questions, and their number."""

from typing import Any

import pytest

from functions.pivot.survey.surveys import Survey, SurveyQuestion, how_many
from pivotkit.lookups.documents import DocumentError

GOOD = {"name": "one", "prompt": "Press 1 to 5.", "highest": 5}


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        ([], "the survey: questions is []: must have at least 1 members"),
        ([{}], "the survey: questions is [{}]: each must be an object"),
        ([{"name": "one"}], "question 1: prompt is None: is required"),
        ([{**GOOD, "name": "One"}], "question 1: name is 'One': must match [a-z0-9_]+"),
        ([GOOD, {**GOOD, "kind": 1}], "question 2: kind is 1: must be one of name, prompt"),
        ([{**GOOD, "highest": "5"}], "question 1: highest is '5': must be an integer"),
        ([{**GOOD, "lowest": 5}], "question 1: lowest is 5: must be below 5"),
        ([GOOD, GOOD], "question 2: name is 'one': is already used"),
    ],
)
def test_a_bad_survey_is_refused(questions: Any, message: str) -> None:
    """The error names the question, the field, its value and the rule."""
    with pytest.raises(DocumentError) as caught:
        Survey.of({"name": "s", "questions": questions})
    assert message in str(caught.value)


def test_unanswered_questions() -> None:
    """Answered questions are not asked again, and answers to removed ones are ignored."""
    survey = Survey.of({"name": "s", "questions": [GOOD, {**GOOD, "name": "two"}]})
    assert survey.unanswered({"one": 3, "gone": 1}) == [SurveyQuestion("two", "Press 1 to 5.", 5)]


@pytest.mark.parametrize(
    ("count", "words"), [(1, "one question"), (3, "three questions"), (11, "11 questions")]
)
def test_how_many_questions(count: int, words: str) -> None:
    """The number of questions reads as people say it."""
    assert how_many([SurveyQuestion("one", "Press 1 to 5.", 5)] * count) == words
