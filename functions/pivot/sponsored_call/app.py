"""Play an ad that pays for the call, then connect the caller for as long as it pays."""

from typing import NamedTuple

from ads import Ad, Sponsor
from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import Minutes, NumberToDial, PhoneNumber, Words
from pivotkit.core.settings import from_environment
from pivotkit.phone.dialing import DialPolicy, dial_policy
from pivotkit.phone.numbers import Country, Destinations
from pivotkit.services.upstream import ServiceUrl, Upstream
from pivotkit.twiml import Dial, Hangup, Redirect, Response, Say

REFUSED = Response(Say("Sorry, that number can't be called. Goodbye."), Hangup())
UNAVAILABLE = Response(
    Say("Sorry, this service isn't available right now. Please try again later. Goodbye."),
    Hangup(),
)


class Settings(NamedTuple):
    """The ads, and the calls that they pay for."""

    ads_url: ServiceUrl = ServiceUrl("https://ads.example.com/v1")
    """base URL of the ad service's API"""
    house_ad: Words | None = None
    """text that is spoken when the service has no ad; empty for none"""
    house_minutes: Minutes = Minutes(3)
    """longest call, in minutes, when the service has no ad"""
    number: NumberToDial = NumberToDial("+14155550100")
    """number to which all callers are connected, or `dialled` for the number that the caller
    dialed"""
    caller_id: PhoneNumber = PhoneNumber("+14155550100")
    """number shown to the called side"""
    most_minutes: Minutes = Minutes(10)
    """longest call, in minutes, that an ad can pay for"""
    home_country: Country = Country("US")
    """default country (ISO 3166) for dialed numbers without `+`"""
    allowed_destinations: Destinations = Destinations("US CA")
    """countries and prefixes that may be dialed, as in `US CA +4420`"""


def connect(number: str, ad: Ad, settings: Settings) -> Response:
    """Speak the text of *ad*, if it has any, and dial *number* for as long as the ad pays."""
    announcement = Say(f"{ad.text} You can talk for {ad.talk_time}.".strip(), terminators="")
    dial = Dial(number, caller_id=settings.caller_id, time_limit=60 * ad.minutes)
    return Response(announcement, dial, Say("There was no answer. Goodbye."), Hangup())


def house_ad(settings: Settings) -> Ad:
    return Ad(settings.house_ad or "", settings.house_minutes)


def connect_without_ad(settings: Settings) -> Response:
    number = settings.number.fixed
    return connect(number, house_ad(settings), settings) if number else UNAVAILABLE


@pivot(settings=Settings, fallback=connect_without_ad)
def handler(call: Call, settings: Settings) -> Flow:
    number = settings.number.fixed or allowed(settings).find(call.request)
    if number is None:
        return REFUSED
    sponsor = sponsor_of(settings)
    if call.follow_up:
        return connect(number, sponsor.report_play(call), settings)
    ad = sponsor.ad_for(call)
    if ad.is_house_ad:
        return connect(number, ad, settings)
    return Response(*ad.stored, Say(ad.text, terminators=""), Redirect(call.url))


def sponsor_of(settings: Settings) -> Sponsor:
    service = Upstream.at("ads", settings.ads_url, seconds=1.0)
    return Sponsor(service, house_ad(settings), most_minutes=settings.most_minutes)


def allowed(settings: Settings) -> DialPolicy:
    return dial_policy(settings.home_country, settings.allowed_destinations)


allowed(from_environment(Settings))  # loads numbering plans now, not while a caller waits
