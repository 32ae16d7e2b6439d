"""Ads: the answers of a service, and what KAZOO stores between two requests."""

from types import MappingProxyType

import pytest

from functions.pivot.sponsored_call.ads import Ad, Sponsor
from pivotkit.calls.call import Call
from pivotkit.services.upstream import Upstream
from pivotkit.twiml import Set

HOUSE = Ad("On the house.", 2)


@pytest.fixture
def sponsor() -> Sponsor:
    """A sponsor whose service cannot be reached."""
    return Sponsor(Upstream("ADS_URL", "https://127.0.0.1:9"), HOUSE, most_minutes=5)


def call(**variables: str) -> Call:
    """A call for which KAZOO has stored *variables*."""
    return Call("a" * 32, "call@example", "kazoo", variables=MappingProxyType(variables))


@pytest.mark.parametrize(
    ("minutes", "text"), [(1, "one minute"), (3, "three minutes"), (90, "90 minutes")]
)
def test_talk_time(minutes: int, text: str) -> None:
    """Small numbers are words, and one minute is singular."""
    assert Ad("x", minutes).talk_time == text


def test_the_stored_ad() -> None:
    """KAZOO stores ID and minutes; the text is not needed again."""
    assert Ad("x", 3, "ad_7").stored == (Set("ad", "ad_7"), Set("ad_minutes", "3"))


STORED = {
    "as it was given": ({"ad": "ad_7", "ad_minutes": "3"}, Ad("", 3, "ad_7")),
    "more than may be": ({"ad": "ad_7", "ad_minutes": "600"}, Ad("", 5, "ad_7")),
    "less than a minute": ({"ad": "ad_7", "ad_minutes": "0"}, Ad("", 1, "ad_7")),
    "nothing": ({}, Ad("", 2)),
    "no minutes": ({"ad": "ad_7"}, Ad("", 2)),
    "no number": ({"ad": "ad_7", "ad_minutes": "-3"}, Ad("", 2)),
    "no id": ({"ad": "a b", "ad_minutes": "3"}, Ad("", 2)),
}


@pytest.mark.parametrize(("variables", "ad"), STORED.values(), ids=STORED)
def test_the_reported_ad(sponsor: Sponsor, variables: dict[str, str], ad: Ad) -> None:
    """Stored values are checked again; a service that is down changes nothing."""
    assert sponsor.report_play(call(**variables)) == ad


def test_a_service_that_is_down(sponsor: Sponsor) -> None:
    """Without the service, the house ad is used."""
    assert sponsor.ad_for(call()) == HOUSE
