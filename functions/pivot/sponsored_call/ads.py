"""Ads that pay for calls: requested when a call begins, and reported once they were heard.

Between the two requests of a call KAZOO stores the ad, by TwiML's `Set`.
"""

import re
from contextlib import suppress
from typing import NamedTuple

from pivotkit.calls.call import Call
from pivotkit.calls.tokens import call_digest
from pivotkit.core.speech import numeral, spoken
from pivotkit.services.upstream import Upstream, UpstreamAnswer, UpstreamDown
from pivotkit.twiml import Set

ID_VARIABLE = "ad"
MINUTES_VARIABLE = "ad_minutes"
"""The variables in which KAZOO stores an ad."""

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MINUTES = re.compile(r"[0-9]{1,4}")


class Ad(NamedTuple):
    """An ad that pays for a call of *minutes*. A house ad has no *id*, and is never reported."""

    text: str
    minutes: int
    id: str = ""

    @property
    def is_house_ad(self) -> bool:
        """Whether the ad is the template's own, not one of the service."""
        return not self.id

    @property
    def talk_time(self) -> str:
        """The time that the ad pays for, as people say it: `one minute`, `three minutes`."""
        return "one minute" if self.minutes == 1 else f"{numeral(self.minutes)} minutes"

    @property
    def stored(self) -> tuple[Set, Set]:
        """The verbs by which KAZOO stores the ad until the next request of the call."""
        return Set(ID_VARIABLE, self.id), Set(MINUTES_VARIABLE, str(self.minutes))


class Sponsor:
    """A *service* that has ads, and the *house_ad* for when it has none or is down.

    `GET ads?caller=+1...` answers `{"ad": {"id", "text", "minutes"}}`, or `{"ad": null}`; `POST
    plays` with `{"ad": ID}` reports a play. No ad pays for more than *most_minutes*.
    """

    def __init__(self, service: Upstream, house_ad: Ad, *, most_minutes: int) -> None:
        self._service = service
        self._house_ad = house_ad
        self._most_minutes = most_minutes

    def ad_for(self, call: Call) -> Ad:
        """The ad to play to this caller."""
        try:
            return self._ad_in(self._service.get("/ads", caller=call.caller.number))
        except UpstreamDown:
            return self._house_ad

    def report_play(self, call: Call) -> Ad:
        """Report the ad that this call has heard to its end, and return it without its text.

        The key of the report is made from the call, so a repeated report counts once. A report that
        the service does not take is lost: the caller does not wait for it.
        """
        ad = self._stored_ad(call)
        if not ad.is_house_ad:
            key = call_digest(call.account_id, call.call_id)
            with suppress(UpstreamDown):
                self._service.post("/plays", {"ad": ad.id}, key=key)
        return ad

    def _ad_in(self, answer: UpstreamAnswer) -> Ad:
        """The ad in *answer*, or the house ad. Raises `UpstreamDown` for an unusable ad."""
        if answer.value == {"ad": None}:
            return self._house_ad
        ad_id = answer.text("ad", "id")
        text = spoken(answer.text("ad", "text"))
        if not _ID.fullmatch(ad_id) or not text:
            raise UpstreamDown(answer.service, "the ad has no ID, or no text that can be spoken")
        return Ad(text, self._limited(answer.number("ad", "minutes")), ad_id)

    def _stored_ad(self, call: Call) -> Ad:
        """The ad that KAZOO has stored, without its text; else the house ad without text."""
        ad_id = str(call.variables.get(ID_VARIABLE, ""))
        minutes = str(call.variables.get(MINUTES_VARIABLE, ""))
        if not _ID.fullmatch(ad_id) or not _MINUTES.fullmatch(minutes):
            return self._house_ad._replace(text="")
        return Ad("", self._limited(int(minutes)), ad_id)

    def _limited(self, minutes: int) -> int:
        return min(max(minutes, 1), self._most_minutes)
