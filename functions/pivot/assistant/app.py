"""Answer callers with a digital assistant that follows rules of its own or asks a service."""

from assistants import PERSON, Assistant, converse
from pivotkit import Call, Conversation, choice, conversation, setting
from pivotkit.kazoo import hangup, tts, user, voicemail
from pivotkit.lookups.documents import read_beside
from pivotkit.services.upstream import Upstream
from rules import RulesAssistant
from service import ServiceAssistant

FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
SALES = setting("SALES", "d4e2c6a3f5b7180990817c6d5e4f3a2b")
VOICEMAIL_BOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")
MOST_TURNS = setting("MOST_TURNS", 10)
TOKEN = setting("ASSISTANT_TOKEN", "")

TAKE_MESSAGE = tts("No one is available right now. Please leave a message.") >> voicemail(
    VOICEMAIL_BOX
)
PEOPLE = {
    PERSON: user(FRONT_DESK, timeout=20) >> TAKE_MESSAGE,
    "sales": user(SALES, timeout=20) >> TAKE_MESSAGE,
}

service = Upstream("ASSISTANT_URL", "https://assistant.example.com/v1", token=TOKEN)
assistants: dict[str, Assistant] = {
    "rules": read_beside("rules.json", RulesAssistant.of, __file__),
    "service": ServiceAssistant(service),
}
assistant = assistants[choice("ASSISTANT", "rules", *assistants)]


@conversation(fallback=PEOPLE[PERSON])
def handler(call: Call) -> Conversation:
    last_turn = yield from converse(call, assistant, most_turns=MOST_TURNS)
    if last_turn.end:
        return tts(last_turn.say) >> hangup()
    return tts(last_turn.say) >> PEOPLE.get(last_turn.connect, PEOPLE[PERSON])
