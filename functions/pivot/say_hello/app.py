"""Greet callers by name."""

from pivotkit import Call, Flow, pivot
from pivotkit.kazoo import tts


@pivot
def handler(call: Call) -> Flow:
    return tts(f"Hello {call.caller.spoken_name}".strip() + ". Have a great day.")
