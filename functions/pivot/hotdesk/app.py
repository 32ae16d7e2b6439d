"""Log in at the phone that the caller holds, or out of it, by a feature code or by a key."""

from pivotkit import Call, Flow, kazoo, pivot
from pivotkit.kazoo import collect_dtmf, hangup, hotdesk, tts

LOG_IN = hotdesk("login") >> hangup()
LOG_OUT = hotdesk("logout") >> hangup()
TOGGLE = hotdesk("toggle") >> hangup()

CODES = {"*11": LOG_IN, "*12": LOG_OUT, "*13": TOGGLE}
KEYS = {"1": LOG_IN, "2": LOG_OUT}
ASK = tts("To log in at this phone, press 1. To log out, press 2.") >> collect_dtmf(
    collection_name="hotdesk"
)
UNTOGGLED = tts("Nothing was changed. Goodbye.") >> hangup()


@pivot(fallback=TOGGLE)
def handler(call: Call) -> Flow:
    if call.request in CODES:
        return CODES[call.request]
    if call.follow_up:
        key = call.pressed("hotdesk")
        if key is None or key in KEYS:
            return KEYS[key] if key else UNTOGGLED
    return ASK >> kazoo.pivot(call.url)
