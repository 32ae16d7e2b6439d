"""Play an ad that pays for the call, then connect the caller for as long as it pays."""

from ads import Ad, Sponsor
from pivotkit import Call, Flow, pivot, setting
from pivotkit.phone.dialing import DialPolicy
from pivotkit.phone.numbers import home_country
from pivotkit.services.upstream import Upstream
from pivotkit.twiml import Dial, Hangup, Redirect, Response, Say

ADS = Upstream("ADS_URL", "https://ads.example.com/v1", seconds=1.0)
HOUSE_AD = Ad(setting("HOUSE_AD", ""), setting("HOUSE_MINUTES", 3))
NUMBER = setting("NUMBER", "+14155550100")
CALLER_ID = setting("CALLER_ID", "+14155550100")
MOST_MINUTES = setting("MOST_MINUTES", 10)
HOME_COUNTRY = home_country("HOME_COUNTRY", "US")
ALLOWED_DESTINATIONS = setting("ALLOWED_DESTINATIONS", "US CA")

USE_DIALED_NUMBER = NUMBER == "dialled"
REFUSED = Response(Say("Sorry, that number can't be called. Goodbye."), Hangup())
UNAVAILABLE = Response(
    Say("Sorry, this service isn't available right now. Please try again later. Goodbye."),
    Hangup(),
)

sponsor = Sponsor(ADS, HOUSE_AD, most_minutes=MOST_MINUTES)
policy = DialPolicy(HOME_COUNTRY, ALLOWED_DESTINATIONS)


def connect(number: str, ad: Ad) -> Response:
    """Speak the text of *ad*, if it has any, and dial *number* for as long as the ad pays."""
    announcement = Say(f"{ad.text} You can talk for {ad.talk_time}.".strip(), terminators="")
    dial = Dial(number, caller_id=CALLER_ID, time_limit=60 * ad.minutes)
    return Response(announcement, dial, Say("There was no answer. Goodbye."), Hangup())


@pivot(fallback=UNAVAILABLE if USE_DIALED_NUMBER else connect(NUMBER, HOUSE_AD))
def handler(call: Call) -> Flow:
    number = policy.find(call.request) if USE_DIALED_NUMBER else NUMBER
    if number is None:
        return REFUSED
    if call.follow_up:
        return connect(number, sponsor.report_play(call))
    ad = sponsor.ad_for(call)
    if ad.is_house_ad:
        return connect(number, ad)
    return Response(*ad.stored, Say(ad.text, terminators=""), Redirect(call.url))
