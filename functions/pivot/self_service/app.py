"""A portal for people's own phones: forwarding, do not disturb, hotdesk, paging and more."""

from pivotkit import Call, Flow, kazoo, pivot, setting
from pivotkit.kazoo import hangup, tts

OFFICE = kazoo.endpoint(setting("PAGE_GROUP", "a7b5c3d1e9f8071625344352617080f9"), "group")
FRONT_DESK = kazoo.user(setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f"), timeout=20)
SUPERVISOR = kazoo.transfer(setting("SUPERVISOR_NUMBER", "6073"))

GOODBYE = tts("Goodbye.") >> hangup()
NOBODY = tts("Nobody could be reached. Goodbye.") >> hangup()
ASK = tts(
    "For call forwarding, press 1. For do not disturb, press 2. To log in or out of this phone, "
    "press 3. To page the office, press 4. For supervisors, press 5. For the front desk, press 0."
) >> kazoo.collect_dtmf(collection_name="service")

THEN_ASK_AGAIN = {"1": kazoo.call_forward("toggle"), "2": kazoo.do_not_disturb("toggle")}
THEN_END = {
    "3": kazoo.hotdesk("toggle") >> hangup(),
    "4": tts("Please speak.") >> kazoo.page_group([OFFICE]) >> NOBODY,
    "5": SUPERVISOR,
    "0": FRONT_DESK >> NOBODY,
}


@pivot(fallback=FRONT_DESK >> NOBODY)
def handler(call: Call) -> Flow:
    question = ASK >> kazoo.pivot(call.url)
    if not call.follow_up:
        return question
    key = call.pressed("service")
    if key is None:
        return GOODBYE
    if key in THEN_END:
        return THEN_END[key]
    return THEN_ASK_AGAIN[key] >> question if key in THEN_ASK_AGAIN else question
