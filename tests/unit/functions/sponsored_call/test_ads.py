"""Ads: what a service may answer, and what KAZOO keeps of one between two requests."""

from types import MappingProxyType

import pytest

from functions.pivot.sponsored_call.ads import Ad, Sponsor
from pivotkit.calls.call import Call
from pivotkit.services.upstream import Upstream
from pivotkit.twiml import Set

HOUSE = Ad("On the house.", 2)


@pytest.fixture
def sponsor() -> Sponsor:
    """A sponsor whose service is not there."""
    return Sponsor(Upstream("ADS_URL", "https://127.0.0.1:9"), HOUSE, most_minutes=5)


def call(**variables: str) -> Call:
    """A call for which KAZOO has kept *variables*."""
    return Call("a" * 32, "call@example", "kazoo", variables=MappingProxyType(variables))


@pytest.mark.parametrize(("minutes", "said"), [(1, "1 minute"), (3, "3 minutes")])
def test_talk_time(minutes: int, said: str) -> None:
    """One minute is said in the singular."""
    assert Ad("x", minutes).talk_time == said


def test_what_kazoo_keeps() -> None:
    """Id and minutes are kept, the text is not needed again."""
    assert Ad("x", 3, "ad_7").kept == (Set("ad", "ad_7"), Set("ad_minutes", "3"))


KEPT = {
    "as it was given": ({"ad": "ad_7", "ad_minutes": "3"}, Ad("", 3, "ad_7")),
    "more than may be": ({"ad": "ad_7", "ad_minutes": "600"}, Ad("", 5, "ad_7")),
    "less than a minute": ({"ad": "ad_7", "ad_minutes": "0"}, Ad("", 1, "ad_7")),
    "nothing": ({}, Ad("", 2)),
    "no minutes": ({"ad": "ad_7"}, Ad("", 2)),
    "no number": ({"ad": "ad_7", "ad_minutes": "-3"}, Ad("", 2)),
    "no id": ({"ad": "a b", "ad_minutes": "3"}, Ad("", 2)),
}


@pytest.mark.parametrize(("variables", "ad"), KEPT.values(), ids=KEPT)
def test_what_was_heard(sponsor: Sponsor, variables: dict[str, str], ad: Ad) -> None:
    """What comes back is checked again; a service that is not there changes nothing."""
    assert sponsor.heard(call(**variables)) == ad


def test_a_service_that_is_not_there(sponsor: Sponsor) -> None:
    """The house stands in."""
    assert sponsor.ad_for(call()) == HOUSE
