"""Let callers through by a list with reasons: all but the denied, or only the allowed."""

from typing import Literal, NamedTuple

from pivotkit import Call, Directory, Flow, pivot
from pivotkit.core.setting_types import MailboxId, UserId
from pivotkit.core.speech import spoken
from pivotkit.kazoo import Action, hangup, response, tts, user, voicemail
from pivotkit.phone.numbers import Country, canonical

NO_REASON = "Sorry, this number only accepts calls from certain callers."

listed_callers = Directory("caller_list")


class Settings(NamedTuple):
    """The rule for callers who are not listed, and where allowed callers are connected."""

    others: Literal["allow", "deny"] = "allow"
    """`allow` or `deny` callers who are not on the list"""
    denied: Literal["hear", "reject"] = "hear"
    """`hear`: denied callers hear the reason; `reject`: their calls are refused with SIP 603,
    without an answer"""
    home_country: Country = Country("US")
    """default country (ISO 3166) for numbers without `+`"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring for allowed callers"""
    voicemail_box: MailboxId = MailboxId("7a6b5c4d3e2f10918273645546372819")
    """ID of the voicemail box, 32 characters"""


def allow(settings: Settings) -> Action:
    return user(settings.front_desk, timeout=20) >> voicemail(settings.voicemail_box)


def deny(reason: str, settings: Settings) -> Action:
    if settings.denied == "reject":
        return response(603, message="Decline")
    return tts(f"{spoken(reason) or NO_REASON} Goodbye.") >> hangup()


def treat_as_unlisted(settings: Settings) -> Action:
    return allow(settings) if settings.others == "allow" else deny("", settings)


@pivot(settings=Settings, fallback=treat_as_unlisted)
def handler(call: Call, settings: Settings) -> Flow:
    number = canonical(call.caller.number, settings.home_country)
    entry = listed_callers.of(call).get(number)
    if entry is None:
        return treat_as_unlisted(settings)
    if entry.get("rule") == "allow":
        return allow(settings)
    return deny(str(entry.get("reason", "")), settings)
