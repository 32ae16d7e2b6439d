"""Ask several questions, keep the answers, and continue where the caller left off last time."""

from functools import partial

from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import hangup, tts
from pivotkit.lookups.documents import Document
from results import Results
from surveys import Survey, how_many

SURVEY = setting("SURVEY", "survey.json")
KEEP_DAYS = setting("KEEP_DAYS", 90)

THANKS = tts("That was the last question. Thank you. Goodbye.") >> hangup()
UNFINISHED = tts("We've saved your answers. To continue, please call again. Goodbye.") >> hangup()
FINISHED_BEFORE = tts("You've already answered all our questions. Thank you. Goodbye.") >> hangup()
SORRY = (
    tts("Sorry, we can't take your answers right now. Please try again later. Goodbye.") >> hangup()
)

document = Document(SURVEY, Survey.of, kind="survey", beside=__file__)
results = Results(days=KEEP_DAYS)


@conversation(fallback=SORRY)
def handler(call: Call) -> Conversation:
    survey = document.current(call)
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
        keep = partial(results.keep, survey, call, answers)
        call.once(f"kept {question.name}", bool, keep)
        greeting = ""
    return THANKS
