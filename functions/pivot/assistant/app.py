"""Answer callers with a digital assistant: by rules of its own, a service, or a model."""

from typing import Literal, NamedTuple

from assistants import PERSON, Assistant, converse
from bedrock import BedrockAssistant, assistant_of
from pivotkit import Call, Conversation, conversation
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Count, MailboxId, Text, UserId, Words
from pivotkit.core.settings import from_environment
from pivotkit.kazoo import Action, hangup, tts, user, voicemail
from pivotkit.lookups.documents import read_beside
from pivotkit.services.upstream import ServiceUrl, Upstream
from rules import RulesAssistant
from service import ServiceAssistant

rules = read_beside("rules.json", RulesAssistant.of, __file__)


class Settings(NamedTuple):
    """The assistant, and the people who help when it cannot."""

    assistant: Literal["rules", "service", "bedrock"] = "rules"
    """`rules` for the rules in `rules.json`, which need no network; `service` for a service of your
    own; `bedrock` for a model of Amazon Bedrock"""
    assistant_url: ServiceUrl = ServiceUrl("https://assistant.example.com/v1")
    """base URL of the service's API"""
    assistant_token: Secret = Secret()
    """bearer token for the service, if it needs one"""
    greeting: Words = Words(
        "Hello, I'm the automated assistant. For opening hours, press 1. For our address, press 2. "
        "To speak with someone, press 0."
    )
    """first words of `bedrock`"""
    instructions: Text = Text(
        "You are the assistant of Example Inc. Key 1 is for opening hours: Monday through Friday, "
        "from 9 AM to 5 PM. Key 2 is for the address: 12 Main Street."
    )
    """all that `bedrock` knows"""
    bedrock_model: Text | None = None
    """model of `bedrock`, which the stack's option `BedrockModel` sets, and alone permits"""
    bedrock_url: ServiceUrl | None = None
    """endpoint of Bedrock in a VPC; empty for AWS's own"""
    most_turns: Count = Count(10)
    """turns after which a person takes the call"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user called `person`"""
    sales: UserId = UserId("d4e2c6a3f5b7180990817c6d5e4f3a2b")
    """ID of the user called `sales`"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""


def connect(settings: Settings, person: str = PERSON) -> Action:
    people = {PERSON: settings.front_desk, "sales": settings.sales}
    ring = user(people.get(person, settings.front_desk), timeout=20)
    prompt = tts("No one is available right now. Please leave a message.")
    return ring >> prompt >> voicemail(settings.voicemail_box)


@conversation(settings=Settings, fallback=connect)
def handler(call: Call, settings: Settings) -> Conversation:
    last_turn = yield from converse(call, chosen(settings), most_turns=settings.most_turns)
    if last_turn.end:
        return tts(last_turn.say) >> hangup()
    return tts(last_turn.say) >> connect(settings, last_turn.connect)


def chosen(settings: Settings) -> Assistant:
    if settings.assistant == "rules":
        return rules
    if settings.assistant == "bedrock":
        return of_bedrock(settings)
    token = settings.assistant_token
    return ServiceAssistant(Upstream.at("assistant", settings.assistant_url, token=token))


def of_bedrock(settings: Settings) -> BedrockAssistant:
    model = settings.bedrock_model or ""
    return assistant_of(model, settings.greeting, settings.instructions, settings.bedrock_url)


if (declared := from_environment(Settings)).assistant == "bedrock":
    of_bedrock(declared).prepare()  # now, not while a caller waits
