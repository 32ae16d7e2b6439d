"""Receive faxes for a user or a fax box, on a fax line or on one shared with people."""

from typing import Literal, NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import DocumentId, MailboxId, Seconds, UserId
from pivotkit.kazoo import Action, fax_detect, faxbox, receive_fax, tts, user, voicemail


class Settings(NamedTuple):
    """The line, its faxes, and its people."""

    line: Literal["shared", "fax_only"] = "shared"
    """`shared`: for people and faxes, which are detected by their tone; `fax_only`: for faxes
    alone"""
    fax_kind: Literal["box", "user"] = "box"
    """kind of `fax_id`: a fax `box`, or a `user` who gets the fax by email"""
    fax_id: DocumentId = DocumentId("d4e2c6a3f5b7180a9a817c6d5e4f3a2b")
    """ID of the fax box or user"""
    detect_seconds: Seconds = Seconds(5)
    """time to listen for a fax tone in seconds"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring for people"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""


def take_call(settings: Settings) -> Action:
    fax = faxbox if settings.fax_kind == "box" else receive_fax
    receive = fax(settings.fax_id)
    if settings.line == "fax_only":
        return receive
    detect = fax_detect(settings.detect_seconds)
    detect = detect.on("ON_FAX", receive).on("ON_VOICE", connect_person(settings))
    return tts("One moment, please.") >> detect


def connect_person(settings: Settings) -> Action:
    prompt = tts("No one is available right now. Please leave a message.")
    ring = user(settings.front_desk, timeout=20)
    return ring >> prompt >> voicemail(settings.voicemail_box)


@pivot(settings=Settings, fallback=take_call)
def handler(call: Call, settings: Settings) -> Flow:
    return take_call(settings)
