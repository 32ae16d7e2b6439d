"""Play an ad that pays for the call, then connect the caller for as long as it pays."""

from ads import Ad, Sponsor
from pivotkit import Call, Flow, pivot, setting
from pivotkit.phone.dialing import DialPolicy
from pivotkit.services.upstream import Upstream
from pivotkit.twiml import Dial, Hangup, Redirect, Response, Say

ADS = Upstream("ADS_URL", "https://ads.example.com/v1", seconds=1.0)
HOUSE_AD = Ad(setting("HOUSE_AD", ""), setting("HOUSE_MINUTES", 3))
NUMBER = setting("NUMBER", "+14155550100")
CALLER_ID = setting("CALLER_ID", "+14155550100")
REFUSED = Response(Say("Sorry, that number can't be called. Goodbye."), Hangup())
SORRY = Response(Say("Sorry, you cannot be connected right now. Goodbye."), Hangup())

sponsor = Sponsor(ADS, HOUSE_AD, most_minutes=setting("MOST_MINUTES", 10))
policy = DialPolicy(setting("HOME_COUNTRY", "US"), setting("ALLOWED_DESTINATIONS", "US CA"))


def connected(number: str, ad: Ad) -> Response:
    announced = Say(f"{ad.text} You can talk for {ad.talk_time}.".strip(), terminators="")
    dialled = Dial(number, caller_id=CALLER_ID, time_limit=60 * ad.minutes)
    return Response(announced, dialled, Say("There was no answer. Goodbye."), Hangup())


@pivot(fallback=SORRY if NUMBER == "dialled" else connected(NUMBER, HOUSE_AD))
def handler(call: Call) -> Flow:
    number = policy.find(call.request) if NUMBER == "dialled" else NUMBER
    if number is None:
        return REFUSED
    if call.follow_up:
        return connected(number, sponsor.heard(call))
    ad = sponsor.ad_for(call)
    if not ad.id:
        return connected(number, ad)
    return Response(*ad.kept, Say(ad.text, terminators=""), Redirect(call.url))
