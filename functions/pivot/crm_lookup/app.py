"""Greet callers found in the CRM and connect them to support; take a message from others."""

from typing import Literal, NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import MailboxId, Text, UserId
from pivotkit.core.speech import spoken
from pivotkit.kazoo import Action, tts, user, voicemail
from pivotkit.services.crm import Customer, customers
from pivotkit.services.upstream import ServiceUrl, UpstreamDown


class Settings(NamedTuple):
    """The CRM, the users to ring, and the voicemail box."""

    crm: Literal["zendesk", "salesforce"] = "zendesk"
    """the CRM, or another with Zendesk's API"""
    crm_url: ServiceUrl = ServiceUrl("https://crm.example.com/api/v2")
    """base URL of the CRM's API"""
    crm_token: Secret = Secret()
    """bearer token for `zendesk`, if it needs one"""
    crm_client_id: Text | None = None
    """client ID for `salesforce`"""
    crm_client_secret: Secret = Secret()
    """client secret for `salesforce`"""
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
    try:
        found = [] if call.caller.withheld else customers(settings, call.caller.number)
    except UpstreamDown:
        return ring_front_desk(settings)
    if not found:
        return take_message(settings)
    greeted = tts(f"{greeting(found)} Connecting you to support.")
    return greeted >> ring(settings.support, settings)


def take_message(settings: Settings) -> Action:
    prompt = tts("Hello. Please leave a message, and we'll call you back.")
    return prompt >> voicemail(settings.voicemail_box)


def greeting(found: list[Customer]) -> str:
    """Greet the caller by name, unless several customers share the number."""
    if len(found) > 1:
        return "Hello."
    return f"Hello {spoken(found[0].name)}".rstrip() + "."
