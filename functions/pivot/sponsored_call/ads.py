"""Ads that pay for calls: asked for while a caller waits, reported when she has heard one.

The ad is kept inside KAZOO from the one request to the other, by TwiML's `Set`.
"""

import re
from contextlib import suppress
from typing import NamedTuple

from pivotkit.calls.call import Call
from pivotkit.calls.tokens import call_digest
from pivotkit.core.speech import spoken
from pivotkit.services.upstream import Upstream, UpstreamAnswer, UpstreamDown
from pivotkit.twiml import Set

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MINUTES = re.compile(r"[0-9]{1,4}")
_KEPT_ID, _KEPT_MINUTES = "ad", "ad_minutes"


class Ad(NamedTuple):
    """An ad that pays for a call of *minutes*. Without an *id* it is nobody's, and not reported."""

    text: str
    minutes: int
    id: str = ""

    @property
    def talk_time(self) -> str:
        """What it pays for, as people say it: `1 minute`, `3 minutes`."""
        return "1 minute" if self.minutes == 1 else f"{self.minutes} minutes"

    @property
    def kept(self) -> tuple[Set, Set]:
        """What makes KAZOO remember the ad until the next request of the call."""
        return Set(_KEPT_ID, self.id), Set(_KEPT_MINUTES, str(self.minutes))


class Sponsor:
    """A *service* that has ads. *house* stands in when it has none for a caller, or is down.

    `GET ads?caller=+1...` answers `{"ad": {"id", "text", "minutes"}}`, or `{"ad": null}`; `POST
    plays` with `{"ad": ID}` reports one. No ad pays for more than *most_minutes*.
    """

    def __init__(self, service: Upstream, house: Ad, *, most_minutes: int) -> None:
        self._service = service
        self._house = house
        self._most = most_minutes

    def ad_for(self, call: Call) -> Ad:
        """The ad that this caller is to hear."""
        try:
            return self._read(self._service.get("/ads", caller=call.caller.number))
        except UpstreamDown:
            return self._house

    def heard(self, call: Call) -> Ad:
        """The ad that this call has heard, which is reported now.

        The key of the report is the call's: one that is sent twice counts once. A report that the
        service does not take is lost, and the caller is not kept for it.
        """
        ad = self._kept_by(call)
        if ad.id:
            key = call_digest(call.account_id, call.call_id)
            with suppress(UpstreamDown):
                self._service.post("/plays", {"ad": ad.id}, key=key)
        return ad

    def _read(self, answer: UpstreamAnswer) -> Ad:
        """The ad in *answer*. Raises `UpstreamDown` for what is none."""
        if answer.value == {"ad": None}:
            return self._house
        name, text = answer.text("ad", "id"), spoken(answer.text("ad", "text"))
        if not _ID.fullmatch(name) or not text:
            raise UpstreamDown(answer.service, "the ad has no id, or nothing to say")
        return Ad(text, self._paid(answer.number("ad", "minutes")), name)

    def _kept_by(self, call: Call) -> Ad:
        """The ad that KAZOO has kept, without its text; else the house's."""
        name = str(call.variables.get(_KEPT_ID, ""))
        minutes = str(call.variables.get(_KEPT_MINUTES, ""))
        if not _ID.fullmatch(name) or not _MINUTES.fullmatch(minutes):
            return self._house._replace(text="")
        return Ad("", self._paid(int(minutes)), name)

    def _paid(self, minutes: int) -> int:
        return min(max(minutes, 1), self._most)
