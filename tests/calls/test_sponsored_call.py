"""sponsored_call, dialed: an ad that pays for the call, and calls without one."""

from typing import Any

import pytest

from pivotctl.switch.events import Bridged, Heard
from pivotctl.switch.scenario import Rung
from pivotctl.upstreams import FakeReply
from pivotctl.upstreams.ads import AD
from tests.calls.conftest import Dial, Phone, Upstreams

CALLER, WITHOUT_AD = "+14155550123", "+14155550125"
NUMBER, DIALED = "+14155550100", "+14155550177"
COFFEE = "This call is brought to you by Example Coffee"
THREE = "You can talk for three minutes."
UNAVAILABLE = "Sorry, this service isn't available right now. Please try again later. Goodbye."
TROUBLES = ("is_slow", "is_wrong", "fails", "is_dead")


def reports(upstreams: Upstreams) -> list[Any]:
    """The reports of plays that the service got."""
    return [asked for asked in upstreams.ads.received if asked.method == "POST"]


def make_service_answer(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    """Make the service give *answer* to every request."""
    monkeypatch.setattr("pivotctl.upstreams.ads.AdsFake.answer", lambda *_: FakeReply(answer))


def test_a_sponsored_call(dial: Dial, upstreams: Upstreams) -> None:
    """Callers hear the ad and how long they can talk, and are connected."""
    call = dial("sponsored_call", caller=CALLER).hears(COFFEE).hears(THREE)
    call.rings(NUMBER, 30).is_bridged_to(NUMBER).hung_up("kazoo").is_carried_through()
    asked, reported = upstreams.ads.received
    assert (asked.path, asked.query) == ("/v1/ads", {"caller": CALLER})
    assert (reported.path, reported.body) == ("/v1/plays", {"ad": AD["id"]})


def test_an_ad_is_reported_once(dial: Dial, upstreams: Upstreams) -> None:
    """The key of a report is made from the call: repeated reports count once."""
    for call_id in ("one@example", "one@example", "two@example"):
        dial("sponsored_call", call_id=call_id, account_id="d" * 32)
    one, again, two = (asked.key for asked in reports(upstreams))
    assert one == again != two


def test_the_ad_cannot_be_skipped(dial: Dial, upstreams: Upstreams) -> None:
    """A key pressed during the ad does not stop it."""
    call = dial("sponsored_call", press_during_prompts=("1",)).hears(COFFEE).hears(THREE)
    call.is_bridged_to(NUMBER).is_carried_through()
    assert not any(each.interrupted_by for each in call.events if isinstance(each, Heard))
    assert len(reports(upstreams)) == 1


@pytest.mark.parametrize(
    ("minutes", "announced", "limit"), [(1, "one minute.", 60), (99, "ten minutes.", 600)]
)
def test_the_ad_is_the_limit(
    dial: Dial, monkeypatch: pytest.MonkeyPatch, minutes: int, announced: str, limit: int
) -> None:
    """KAZOO ends the call after the minutes of the ad, of which MOST_MINUTES count."""
    make_service_answer(monkeypatch, {"ad": {**AD, "minutes": minutes}})
    monkeypatch.setattr("pivotctl.switch.player.channel.TALK_SECONDS", 7200.0)
    call = dial("sponsored_call").hears(f"You can talk for {announced}").hung_up("kazoo")
    (talked,) = (event.seconds for event in call.events if isinstance(event, Bridged))
    assert talked == limit - 6.0  # the other side rang for six seconds


def test_no_ad_for_a_caller(dial: Dial, upstreams: Upstreams) -> None:
    """Callers without an ad are connected, and nothing is reported."""
    call = dial("sponsored_call", caller=WITHOUT_AD).hears(THREE).is_bridged_to(NUMBER)
    call.does_not_hear(COFFEE).is_carried_through()
    assert not reports(upstreams)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_service_is_down(dial: Dial, upstreams: Upstreams, trouble: str) -> None:
    """However the service fails, callers are connected, and nothing is reported."""
    getattr(upstreams.ads, trouble)()
    call = dial("sponsored_call").hears(THREE).is_bridged_to(NUMBER).is_carried_through()
    call.does_not_hear("brought to you")
    assert not reports(upstreams)


def test_a_house_ad(dial: Phone, upstreams: Upstreams) -> None:
    """When the service has no ad, the house ad is played, and not reported."""
    upstreams.ads.is_dead()
    house = {"HOUSE_AD": "This call is on the house.", "HOUSE_MINUTES": 1}
    call = dial("sponsored_call", settings=house)
    call.hears("This call is on the house. You can talk for one minute.").is_bridged_to(NUMBER)
    assert not reports(upstreams)


def test_the_service_fails_during_the_ad(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers are connected even if the report fails."""
    monkeypatch.setattr(
        "pivotctl.upstreams.ads.AdsFake.answer",
        lambda _, asked: FakeReply({"ad": AD}) if asked.method == "GET" else FakeReply({}, 500),
    )
    call = dial("sponsored_call").hears(COFFEE).hears(THREE)
    call.is_bridged_to(NUMBER).is_carried_through()


@pytest.mark.parametrize(
    "ad",
    [{}, 7, {"id": 7}, {**AD, "text": "${}"}, {**AD, "id": "a b"}, {**AD, "minutes": "3"}],
)
def test_an_unusable_ad(dial: Dial, monkeypatch: pytest.MonkeyPatch, ad: object) -> None:
    """An unusable ad is not played, and the caller is connected."""
    make_service_answer(monkeypatch, {"ad": ad})
    call = dial("sponsored_call").hears(THREE).is_bridged_to(NUMBER).is_carried_through()
    call.does_not_hear("brought to you")


def test_an_ad_from_outside(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ads are cleaned of all that a media server might expand."""
    make_service_answer(monkeypatch, {"ad": {**AD, "text": "Buy ${api(system x)} <b>"}})
    dial("sponsored_call").hears("Buy api system x b").is_bridged_to(NUMBER)


def test_the_dialed_number(dial: Phone) -> None:
    """With NUMBER=dialled, callers are connected to the number they dialed."""
    settings = {"NUMBER": "dialled"}
    call = dial("sponsored_call", settings=settings, called=DIALED)
    call.hears(COFFEE).is_bridged_to(DIALED).is_carried_through()


@pytest.mark.parametrize("called", ["+19005550177", "+18005550177", "+442079460000", "911", "2030"])
def test_a_refused_number(dial: Phone, upstreams: Upstreams, called: str) -> None:
    """A number that the policy refuses is not called, and no ad is requested."""
    call = dial("sponsored_call", settings={"NUMBER": "dialled"}, called=called)
    call.hears("Sorry, that number can't be called. Goodbye.").hung_up("kazoo")
    assert not call.is_carried_through().does_not_hear(COFFEE).heard[1:]
    assert not upstreams.ads.received


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.NO_RESOURCES])
def test_no_one_answers(dial: Dial, rung: Rung) -> None:
    """Callers whom no one answers are told so."""
    call = dial("sponsored_call", rung=rung).rings(NUMBER)
    call.hears("There was no answer. Goodbye.").hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize(
    ("number", "prompt"),
    [(NUMBER, THREE), ("dialled", UNAVAILABLE)],
)
def test_the_fallback(
    dial: Phone, monkeypatch: pytest.MonkeyPatch, number: str, prompt: str
) -> None:
    """When the template itself fails, a fixed number is still called."""
    monkeypatch.setattr("functions.pivot.sponsored_call.ads.Sponsor.ad_for", lambda *_: 1 / 0)
    call = dial("sponsored_call", settings={"NUMBER": number}, called=DIALED).hears(prompt)
    bridges = [event for event in call.is_caught().events if isinstance(event, Bridged)]
    assert len(bridges) == (number == NUMBER)
