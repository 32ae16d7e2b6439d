"""doorman, dialled from both sides: the visitor's call, and the one to who is inside."""

from datetime import UTC, datetime

import pytest

from pivotctl.local.calls import local_scenario
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.events import CallEvent
from pivotctl.switch.http.exchange import HttpRequest, HttpResponse
from pivotctl.switch.player.call import place_call
from tests.calls.conftest import Phone, Upstreams

DOOR, INSIDE = "6059", "6069"
RINGBACK = "(a phone rings)"
MESSAGE = "Your call cannot be taken now. Please leave a message."
CHOICE = "To take the call, press 1. To refuse it, press 2."


def met(dial: Phone, upstreams: Upstreams, *press: str, rings: int = 2) -> list[Dialogue]:
    """The visitor's call and, once KAZOO was asked and some *rings* are over, the one inside."""
    scenario = local_scenario(dial.stack, "doorman", called=DOOR, webhooks={})
    events: list[CallEvent] = []
    inside: list[Dialogue] = []
    for event in place_call(scenario, dial.exchange):
        events.append(event)
        rung = str(Dialogue(events)).count(RINGBACK)
        if not inside and upstreams.kazoo.received and rung == rings:
            inside.append(dial("doorman", called=INSIDE, press=press))
    return [Dialogue(events), *inside]


def conference_of(call: Dialogue) -> str:
    """The conference in which a call ends."""
    return str(call.is_carried_through()).rpartition("visit-")[2].split()[0]


def test_a_visitor_is_let_in(dial: Phone, upstreams: Upstreams) -> None:
    """When 1 is pressed inside, both are in one conference of their own."""
    visitor, inside = met(dial, upstreams, "1")
    inside.hears("You have a visitor.").hears("Jane Doe").hears(CHOICE).presses("1")
    visitor.hears(RINGBACK)
    assert conference_of(visitor) == conference_of(inside)
    (asked,) = upstreams.kazoo.received
    assert asked.path.endswith("/users/b2c0a4e1d3f5968778695a4b3c2d1e0f/quickcall/6069")
    assert asked.query == {"auto_answer": "false", "timeout": "35"}


@pytest.mark.parametrize("press", [("2",), ("7",), ()])
def test_a_visitor_is_refused(dial: Phone, upstreams: Upstreams, press: tuple[str, ...]) -> None:
    """When anything else is pressed inside, or nothing, the visitor leaves a message."""
    visitor, inside = met(dial, upstreams, *press)
    inside.hears(CHOICE).hears("Goodbye.").hung_up("kazoo").is_carried_through()
    visitor.hears(MESSAGE).leaves_voicemail("7a6b5c4d").is_carried_through()
    assert str(visitor).count(RINGBACK) == 2


def test_nobody_answers(dial: Phone, upstreams: Upstreams) -> None:
    """When nobody answers inside, the visitor leaves a message after five rings."""
    call = dial("doorman", called=DOOR).hears(MESSAGE).leaves_voicemail("7a6b5c4d")
    assert str(call.is_carried_through()).count(RINGBACK) == 5
    assert len(upstreams.kazoo.received) == 1


def test_a_visitor_who_is_gone(dial: Phone, upstreams: Upstreams) -> None:
    """Who answers inside a minute after the visitor has left is told so."""
    dial("doorman", called=DOOR, at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    call = dial("doorman", called=INSIDE, at=datetime(2026, 11, 23, 9, 1, tzinfo=UTC))
    call.hears("Your visitor has left. Goodbye.").hung_up("kazoo").is_carried_through()
    assert upstreams.kazoo.received


def test_the_spoken_name(
    dial: Phone, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a place for recordings the visitor says a name, which is played inside."""
    stored: list[str] = []

    def store(request: HttpRequest) -> HttpResponse:
        stored.append(request.url.partition("?")[0])
        return HttpResponse(201, (), b"")

    monkeypatch.setattr("tests.calls.phone.send", store)
    names = {"RECORDING_URL": "https://recordings.example.com/names/"}
    moment = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    call = dial("doorman", called=DOOR, call_id="one@198.51.100.23", settings=names, at=moment)
    call.hears("Please say your name").hears(RINGBACK).hears(MESSAGE).is_carried_through()
    url = "https://recordings.example.com/names/call_recording_one@198.51.100.23.mp3"
    assert stored == [url]
    inside = dial("doorman", called=INSIDE, press=("1",), settings=names, at=moment)
    inside.hears("You have a visitor.").hears_media(url).hears(CHOICE).does_not_hear("Jane Doe")
    assert upstreams.kazoo.received


@pytest.mark.parametrize(
    ("who", "name"),
    [
        (("", "+14155550123"), "1 4 1 5 5 5 5 0 1 2 3"),
        (("", "anonymous"), "Somebody"),
        (("${x}Zoë", "anonymous"), "x Zoë"),
    ],
)
def test_a_name_that_is_not_said(dial: Phone, who: tuple[str, str], name: str) -> None:
    """Without a recording the name that KAZOO shows is announced, else the number."""
    moment = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    dial("doorman", called=DOOR, at=moment, caller_name=who[0], caller=who[1])
    dial("doorman", called=INSIDE, at=moment).hears("You have a visitor.").hears(name)


@pytest.mark.parametrize("fails", ["is_dead", "is_wrong", "fails", "is_slow"])
def test_kazoos_api_is_down(dial: Phone, upstreams: Upstreams, fails: str) -> None:
    """When nobody can be rung, the visitor leaves a message at once."""
    getattr(upstreams.kazoo, fails)()
    call = dial("doorman", called=DOOR).hears(MESSAGE).leaves_voicemail("7a6b5c4d")
    assert RINGBACK not in str(call.is_carried_through())


def test_the_database_is_down(dial: Phone, upstreams: Upstreams) -> None:
    """Without the database nobody is rung, and the visitor leaves a message."""
    down = {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"}
    dial("doorman", called=DOOR, settings=down).hears(MESSAGE).leaves_voicemail("7a6b5c4d")
    assert not upstreams.kazoo.received


def test_a_call_id_that_comes_again(dial: Phone) -> None:
    """A call under the id of one that was forgotten is a new call."""
    for day in (1, 2):
        moment = datetime(2026, 11, day, tzinfo=UTC)
        call = dial("doorman", called=DOOR, call_id="again@198.51.100.23", at=moment)
        call.hears(RINGBACK).hears(MESSAGE).is_carried_through()
