"""Ask before recording a call, and record it only if the caller agrees."""

from pivotkit import Call, Flow, kazoo, pivot, setting
from pivotkit.kazoo import collect_dtmf, record_call, set_variables, tts, user, voicemail

RECORDING_URL = setting("RECORDING_URL", "")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
MAILBOX = setting("VOICEMAIL_BOX", "7a6b5c4d3e2f10918273645546372819")

QUESTION = (
    "We'd like to record this call. To agree, press 1. To continue without a recording, press 2."
)
ASK = tts(QUESTION) >> collect_dtmf(collection_name="consent")
RING = user(FRONT_DESK, timeout=20)
MESSAGE = tts("No one is available right now. Please leave a message.") >> voicemail(MAILBOX)
RECORDED = (
    set_variables({"recording_consent": "given"})  # shown by webhooks and CDRs of the call
    >> tts("Thank you. This call will be recorded.")
    >> record_call("start", url=RECORDING_URL or None, record_on_bridge=True)
    >> RING
    >> record_call("stop")  # callers agreed to a recorded call, not to a recorded message
    >> MESSAGE
)
UNRECORDED = tts("We'll continue without a recording.") >> RING >> MESSAGE


@pivot(fallback=UNRECORDED)
def handler(call: Call) -> Flow:
    if not call.follow_up:
        return ASK >> kazoo.pivot(call.url)
    agreed = call.pressed("consent") == "1"
    return RECORDED if agreed else UNRECORDED
