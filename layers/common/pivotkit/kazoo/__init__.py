"""Callflow actions, each a function named after its KAZOO module."""

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
