"""Let a digital assistant talk with the caller, by its own rules or as a service says."""

from assistants import PERSON, Assistant, Rules, Service, converse
from pivotkit import Call, Conversation, choice, conversation, setting
from pivotkit.kazoo import hangup, tts, user, voicemail
from pivotkit.lookups.documents import Document
from pivotkit.services.upstream import Upstream

FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
SALES = setting("SALES", "d4e2c6a3f5b7180990817c6d5e4f3a2b")
MAILBOX = voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))
NOBODY = tts("No one is available right now. Please leave a message.") >> MAILBOX
PEOPLE = {
    PERSON: user(FRONT_DESK, timeout=20) >> NOBODY,
    "sales": user(SALES, timeout=20) >> NOBODY,
}
MOST_TURNS = setting("MOST_TURNS", 10)
TOKEN = setting("ASSISTANT_TOKEN", "")

assistants: dict[str, Assistant] = {
    "rules": Document("rules.json", Rules.of, kind="assistant", beside=__file__).current(),
    "service": Service(Upstream("ASSISTANT_URL", "https://assistant.example.com/v1", token=TOKEN)),
}
assistant = assistants[choice("ASSISTANT", "rules", *assistants)]


@conversation(fallback=PEOPLE[PERSON])
def handler(call: Call) -> Conversation:
    turn = yield from converse(call, assistant, most_turns=MOST_TURNS)
    said = tts(turn.say)
    return said >> hangup() if turn.end else said >> PEOPLE.get(turn.connect, PEOPLE[PERSON])
