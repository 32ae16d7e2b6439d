"""Groups of Pivot functions: their order in template.yaml, in the catalogue, and README.md."""

GROUPS = {
    "starters": "One thing that a call can do, in a few lines each.",
    "caller ID": "Looking at callers, changing the caller ID, and blocking calls.",
    "ask and choose": "Questions, menus, and PINs, and acting on the answers.",
    "routing": "Ringing users, groups, and numbers, by time and by rule, with fallbacks.",
    "features by phone": "Features that users switch by dialing a code.",
    "applications": "Whole services, with state, schedules, or other services.",
    "Twilio style": "The same in TwiML, for developers coming from Twilio.",
}
"""The groups in their order, with descriptions. A function.yaml says `group: starters`."""
