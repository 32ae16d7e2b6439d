"""Let supervisors listen in on an agent's call, take it over, or pick it up while it rings."""

from functools import partial
from typing import NamedTuple

from pivotkit import Asking, Call, Conversation, Directory, ask, conversation
from pivotkit.core.setting_types import GroupId
from pivotkit.kazoo import eavesdrop, group_pickup, hangup, intercept, tts
from pivotkit.phone.pins import Pins, ask_pin

ACTIONS = {"1": eavesdrop, "2": intercept, "3": group_pickup}
CHOOSE_ACTION = (
    "To listen in on a call, press 1. To take over a call, press 2. "
    "To pick up a ringing call, press 3."
)
NOT_HEARD = "Sorry, I didn't get that. "
GOODBYE = tts("Goodbye.") >> hangup()
UNAVAILABLE = (
    tts("Sorry, this service isn't available right now. Please try again later. Goodbye.")
    >> hangup()
)


class Settings(NamedTuple):
    """The supervisors."""

    supervisors: GroupId = GroupId("f6a4e8c9d0b1928374655647382910af")
    """ID of the group whose phones may do this"""


supervisors = Pins("supervisor", tries=5, seconds=15 * 60)
agents = Directory("agent")


@conversation(settings=Settings, fallback=UNAVAILABLE)
def handler(call: Call, settings: Settings) -> Conversation:
    supervisor = yield from ask(
        "Please enter your supervisor number, followed by the pound key.", max_digits=8
    )
    if supervisor is None:
        return GOODBYE
    if not (yield from ask_pin(call, supervisors, supervisor)):
        return GOODBYE
    key = yield from ask_action()
    if key is None:
        return GOODBYE
    agent = yield from ask_agent(call)
    if agent is None:
        return GOODBYE
    return ACTIONS[key](user_id=agent, approved_group_id=settings.supervisors)


def ask_action() -> Asking[str | None]:
    """Ask up to three times what to do; returns the key, or None without a valid choice."""
    apology = ""
    for _ in range(3):
        key = yield from ask(f"{apology}{CHOOSE_ACTION}")
        if key in ACTIONS:
            return key
        apology = "Sorry, that's not a valid choice. " if key else NOT_HEARD
    return None


def ask_agent(call: Call) -> Asking[str | None]:
    """Ask up to three times for an agent's extension; returns the user's ID, or None."""
    apology = ""
    for attempt in range(3):
        question = f"{apology}Please enter the agent's extension, followed by the pound key."
        extension = yield from ask(question, max_digits=8)
        agent = call.once(f"agent {attempt}", str, partial(find_agent, call, extension or ""))
        if agent:
            return agent
        apology = "Sorry, that's not a valid extension. " if extension else NOT_HEARD
    return None


def find_agent(call: Call, extension: str) -> str:
    """The user ID of the agent with *extension*, or '' if there is none."""
    entry = agents.of(call).get(extension) or {}
    return str(entry.get("user_id", ""))
