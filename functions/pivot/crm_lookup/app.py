"""Greet callers found in the CRM and connect them to support; take a message from others."""

import re
from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import MailboxId, UserId
from pivotkit.core.speech import spoken
from pivotkit.kazoo import Action, tts, user, voicemail
from pivotkit.services.upstream import ServiceUrl, Upstream, UpstreamDown


class Settings(NamedTuple):
    """The CRM, the users to ring, and the voicemail box."""

    crm_url: ServiceUrl = ServiceUrl("https://crm.example.com/api/v2")
    """base URL of the CRM's API"""
    crm_token: Secret = Secret()
    """bearer token for the CRM, if it needs one"""
    support: UserId = UserId("c3d1b5f2e4a6079889706b5c4d3e2f1a")
    """ID of the user to ring for known callers"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring while the CRM is down"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""


def ring(user_id: UserId, settings: Settings) -> Action:
    prompt = tts("No one is available right now. Please leave a message.")
    return user(user_id, timeout=20) >> prompt >> voicemail(settings.voicemail_box)


def ring_front_desk(settings: Settings) -> Action:
    return ring(settings.front_desk, settings)


@pivot(settings=Settings, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Flow:
    crm = Upstream.at("crm", settings.crm_url, token=settings.crm_token)
    try:
        names = [] if call.caller.withheld else find_names(crm, call.caller.number)
    except UpstreamDown:
        return ring_front_desk(settings)
    if not names:
        return take_message(settings)
    greeted = tts(f"{greeting(names)} Connecting you to support.")
    return greeted >> ring(settings.support, settings)


def take_message(settings: Settings) -> Action:
    prompt = tts("Hello. Please leave a message, and we'll call you back.")
    return prompt >> voicemail(settings.voicemail_box)


def find_names(crm: Upstream, number: str) -> list[str]:
    """Return the names of the customers with this number; none if it is no phone number."""
    if not re.fullmatch(r"\+?[0-9]{3,15}", number):
        return []
    answer = crm.get("/users/search.json", query=f"phone:{number}")
    return [customer.text("name") for customer in answer.each("users")]


def greeting(names: list[str]) -> str:
    """Greet the caller by name, unless several customers share the number."""
    if len(names) > 1:
        return "Hello."
    return f"Hello {spoken(names[0])}".rstrip() + "."
