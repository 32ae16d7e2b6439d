"""Let callers through by a list with reasons: all but the denied, or only the allowed."""

from pivotkit import Call, Directory, Flow, choice, pivot, setting
from pivotkit.core.speech import spoken
from pivotkit.kazoo import hangup, response, tts, user, voicemail
from pivotkit.phone.numbers import canonical, home_country

OTHERS = choice("OTHERS", "allow", "allow", "deny")
DENIED = choice("DENIED", "hear", "hear", "reject")
HOME = home_country("HOME_COUNTRY", "US")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
MAILBOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")

NO_REASON = "Sorry, this number only accepts calls from certain callers."
UNLISTED = {"rule": OTHERS}
ALLOW = user(FRONT_DESK, timeout=20) >> voicemail(MAILBOX)

listed_callers = Directory("caller_list")


def deny(reason: str) -> Flow:
    if DENIED == "reject":
        return response(603, message="Decline")
    return tts(f"{spoken(reason) or NO_REASON} Goodbye.") >> hangup()


@pivot(fallback=ALLOW if OTHERS == "allow" else deny(NO_REASON))
def handler(call: Call) -> Flow:
    number = canonical(call.caller.number, HOME)
    entry = listed_callers.of(call).get(number) or UNLISTED
    if entry.get("rule") == "allow":
        return ALLOW
    return deny(str(entry.get("reason", "")))
