"""Ask several questions, keep the answers, and go on where the caller left off the last time."""

from functools import partial

from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import hangup, tts
from pivotkit.lookups.documents import Document
from surveys import Results, Survey

LATER = tts("We keep your answers. Please call again to go on. Goodbye.") >> hangup()
THANKS = tts("That was the last question. Thank you. Goodbye.") >> hangup()
DONE = tts("You have answered all our questions already. Thank you. Goodbye.") >> hangup()
SORRY = tts("Sorry, we cannot take your answers right now. Goodbye.") >> hangup()

document = Document(setting("SURVEY", "survey.json"), Survey.of, kind="survey", beside=__file__)
results = Results(days=setting("KEEP_DAYS", 90))


@conversation(fallback=SORRY)
def handler(call: Call) -> Conversation:
    survey = document.current()
    answers = dict(call.once("answers", dict, lambda: results.of(survey, call)))
    questions = survey.left(answers)
    greeting = "Welcome back. " if answers else f"We have {len(questions)} questions. "
    for question in questions:
        answer = yield from question.ask(greeting)
        if answer is None:
            return LATER
        answers[question.name] = answer
        call.once(f"kept {question.name}", bool, partial(results.keep, survey, call, answers))
        greeting = ""
    return THANKS if questions else DONE
