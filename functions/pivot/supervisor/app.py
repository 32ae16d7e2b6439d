"""Let a supervisor listen in on an agent's call, take it over, or pick it up while it rings."""

from functools import partial

from pivotkit import Call, Conversation, Directory, ask, conversation, setting
from pivotkit.kazoo import eavesdrop, group_pickup, hangup, intercept, tts
from pivotkit.phone.pins import Pins, ask_pin

SUPERVISORS = setting("SUPERVISORS", "f6a4e8c9d0b1928374655647382910af")
GOODBYE = tts("Goodbye.") >> hangup()
CHOICES = {"1": eavesdrop, "2": intercept, "3": group_pickup}
WHAT = "To listen, press 1. To take the call over, press 2. To pick it up while it rings, press 3."

supervisors = Pins("supervisor", tries=5, seconds=15 * 60)
agents = Directory("agent")


def agent_at(extension: str) -> str:
    return str((agents.get(extension) or {}).get("user_id", ""))


@conversation(fallback=tts("Sorry, this is not available right now. Goodbye.") >> hangup())
def handler(call: Call) -> Conversation:
    supervisor = yield from ask(
        "Please enter your supervisor number, followed by the pound key.", max_digits=8
    )
    if supervisor is None or not (yield from ask_pin(call, supervisors, supervisor)):
        return GOODBYE
    for _ in range(3):
        if (key := (yield from ask(WHAT)) or "") in CHOICES:
            break
    else:
        return GOODBYE
    sorry = ""
    for attempt in range(3):
        question = f"{sorry}Please enter the agent's extension, followed by the pound key."
        extension = (yield from ask(question, max_digits=8)) or ""
        agent = call.once(f"agent {attempt}", str, partial(agent_at, extension))
        if agent:
            return CHOICES[key](user_id=agent, approved_group_id=SUPERVISORS)
        sorry = "Sorry, nobody has that extension. "
    return GOODBYE
