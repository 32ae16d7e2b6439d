"""Keep state, and be slow about it when asked to."""

import time

from pivotkit import Call, Flow, pivot
from pivotkit.kazoo import tts


@pivot(state=True, fallback=tts("The fallback."))
def handler(call: Call) -> Flow:
    """Count the requests of the call."""
    count = call.vars.get("count") or 0
    call.vars["count"] = int(str(count)) + 1
    if call.to == "sleep":
        time.sleep(10)
    return tts(f"Request {call.vars['count']}.")
