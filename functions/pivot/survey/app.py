"""Ask several questions, keep the answers, and continue where the caller left off last time."""

from functools import lru_cache, partial
from typing import NamedTuple

from pivotkit import Call, Conversation, conversation
from pivotkit.core.setting_types import Days
from pivotkit.core.settings import from_environment
from pivotkit.kazoo import hangup, tts
from pivotkit.lookups.documents import Document, DocumentName
from results import Results
from surveys import Survey, how_many

THANKS = tts("That was the last question. Thank you. Goodbye.") >> hangup()
UNFINISHED = tts("We've saved your answers. To continue, please call again. Goodbye.") >> hangup()
FINISHED_BEFORE = tts("You've already answered all our questions. Thank you. Goodbye.") >> hangup()
SORRY = (
    tts("Sorry, we can't take your answers right now. Please try again later. Goodbye.") >> hangup()
)


class Settings(NamedTuple):
    """The survey, and for how long answers are kept."""

    survey: DocumentName = DocumentName("survey.json")
    """name of a file in this folder that ends in `.json`, or key of a Directory entry"""
    keep_days: Days = Days(90)
    """days until a caller's answers are deleted, after which they can answer again"""


results = Results()


@conversation(settings=Settings, by_number=True, fallback=SORRY)
def handler(call: Call, settings: Settings) -> Conversation:
    survey = document(settings.survey).current(call)
    answers = dict(call.once("answers", dict, lambda: results.of(survey, call)))
    questions = survey.unanswered(answers)
    if not questions:
        return FINISHED_BEFORE
    greeting = "Welcome back." if answers else f"We have {how_many(questions)} for you."
    for question in questions:
        answer = yield from question.ask(greeting)
        if answer is None:
            return UNFINISHED
        answers[question.name] = answer
        keep = partial(results.keep, survey, call, answers, days=settings.keep_days)
        call.once(f"kept {question.name}", bool, keep)
        greeting = ""
    return THANKS


@lru_cache(256)
def document(name: DocumentName) -> Document[Survey]:
    return Document(name, Survey.of, kind="survey", beside=__file__)


document(from_environment(Settings).survey)  # a wrong survey fails a deploy at once
