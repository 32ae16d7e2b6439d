"""Callflow actions, each a function named after its KAZOO module.

They are loaded when they are first used: an action that a template does not use costs it nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pivotkit.kazoo.action import Action
    from pivotkit.kazoo.bridging import device, endpoint, ring_group, user, voicemail
    from pivotkit.kazoo.control import hangup, pivot, response
    from pivotkit.kazoo.prompts import (
        answer,
        collect_dtmf,
        menu,
        play,
        set_variables,
        sleep,
        tts,
    )

_HOME = {
    "Action": "action",
    "answer": "prompts",
    "collect_dtmf": "prompts",
    "device": "bridging",
    "endpoint": "bridging",
    "hangup": "control",
    "menu": "prompts",
    "pivot": "control",
    "play": "prompts",
    "response": "control",
    "ring_group": "bridging",
    "set_variables": "prompts",
    "sleep": "prompts",
    "tts": "prompts",
    "user": "bridging",
    "voicemail": "bridging",
}

__all__ = [
    "Action",
    "answer",
    "collect_dtmf",
    "device",
    "endpoint",
    "hangup",
    "menu",
    "pivot",
    "play",
    "response",
    "ring_group",
    "set_variables",
    "sleep",
    "tts",
    "user",
    "voicemail",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'pivotkit.kazoo' has no attribute {name!r}")
    return getattr(import_module(f"pivotkit.kazoo.{_HOME[name]}"), name)
