"""Groups of Pivot functions: their order in template.yaml, in the catalogue and in README.md."""

GROUPS = {
    "starters": "One thing that a call can do, in a few lines each.",
    "caller ID": "Who calls, who is shown as calling, and who may not call.",
    "ask and choose": "Questions, menus, PINs, and what is done with the answers.",
    "routing": "Who is rung, when, and what happens if nobody answers.",
    "features by phone": "What users switch by dialling a code.",
    "applications": "Whole services with a memory, a schedule or another service behind them.",
    "Twilio style": "The same in TwiML, for those who come from Twilio.",
}
"""The groups in their order, and what is in each; a function.yaml says `group: starters`."""
