"""Let callers through by a list with reasons: all but the denied ones, or only the allowed ones."""

from pivotkit import Call, Directory, Flow, choice, pivot, setting
from pivotkit.core.speech import spoken
from pivotkit.kazoo import hangup, response, tts, user, voicemail
from pivotkit.phone.numbers import canonical

OTHERS = choice("OTHERS", "allow", "allow", "deny")
DENIED = choice("DENIED", "hear", "hear", "reject")
HOME = setting("HOME_COUNTRY", "1")
RING = user(setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f"), timeout=20)
ALLOW = RING >> voicemail(setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819"))
NO_REASON = "This number takes calls from certain callers only."

callers = Directory("caller_list")


def deny(reason: str) -> Flow:
    if DENIED == "reject":
        return response(603, message="Decline")
    return tts(f"{spoken(reason) or NO_REASON} Goodbye.") >> hangup()


@pivot(fallback=ALLOW if OTHERS == "allow" else deny(""))
def handler(call: Call) -> Flow:
    entry = callers.get(canonical(call.caller.number, HOME)) or {"rule": OTHERS}
    return ALLOW if entry.get("rule") == "allow" else deny(str(entry.get("reason", "")))
