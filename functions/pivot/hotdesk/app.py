"""Log callers in to the phone they are using, or out of it, by a feature code or by a key."""

from pivotkit import Call, Flow, pivot
from pivotkit.kazoo import hangup, hotdesk
from pivotkit.phone.feature_codes import Feature

LOG_IN = hotdesk("login") >> hangup()
LOG_OUT = hotdesk("logout") >> hangup()
TOGGLE = hotdesk("toggle") >> hangup()

HOTDESK = Feature(
    codes={"*11": LOG_IN, "*12": LOG_OUT, "*13": TOGGLE},
    question="To log in to this phone, press 1. To log out, press 2.",
    keys={"1": LOG_IN, "2": LOG_OUT},
)


@pivot(fallback=TOGGLE)
def handler(call: Call) -> Flow:
    return HOTDESK.flow(call)
