"""doorman, dialed from both sides: the caller at the door and the callee inside."""

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
MESSAGE = "No one is available right now. Please leave a message."
CHOICE = "To take the call, press 1. To decline it, press 2."


def both_calls(
    dial: Phone, upstreams: Upstreams, *press: str, door: str = DOOR, inside: str = INSIDE
) -> list[Dialogue]:
    """The caller's dialogue and, after the quickcall and two rings, the callee's."""
    scenario = local_scenario(dial.stack, "doorman", called=door, webhooks={})
    events: list[CallEvent] = []
    callee: list[Dialogue] = []
    for event in place_call(scenario, dial.exchange):
        events.append(event)
        heard = str(Dialogue(events)).count(RINGBACK)
        if not callee and upstreams.kazoo.received and heard == 2:
            callee.append(dial("doorman", called=inside, press=press))
    return [Dialogue(events), *callee]


def conference_of(call: Dialogue) -> str:
    """The conference that a call ends in."""
    return str(call.is_carried_through()).rpartition("visit-")[2].split()[0]


def test_the_callee_takes_the_call(dial: Phone, upstreams: Upstreams) -> None:
    """When the callee presses 1, both join a conference of their own."""
    caller, callee = both_calls(dial, upstreams, "1")
    callee.hears("You have a call from").hears("Jane Doe").hears(CHOICE).presses("1")
    caller.hears(RINGBACK)
    assert conference_of(caller) == conference_of(callee)
    (request,) = upstreams.kazoo.received
    assert request.path.endswith("/users/b2c0a4e1d3f5968778695a4b3c2d1e0f/quickcall/6069")
    assert request.query == {"auto_answer": "false", "timeout": "35"}


def test_a_second_door(dial: Phone, upstreams: Upstreams) -> None:
    """Two numbers with the same callee are another door of the account."""
    bob, door, inside = "c3d1b5f2e4a6079889706b5c4d3e2f1a", "+14155550102", "6169"
    for number in (door, inside):
        dial.put("settings", f"doorman#{number}", {"callee": bob, "inside_number": inside})
    caller, callee = both_calls(dial, upstreams, "1", door=door, inside=inside)
    assert conference_of(caller) == conference_of(callee)
    (request,) = upstreams.kazoo.received
    assert request.path.endswith(f"/users/{bob}/quickcall/{inside}")
    dial("doorman", called=INSIDE).hears("Alice Adams")  # she waits at the first door


@pytest.mark.parametrize("press", [("2",), ("7",), ()])
def test_the_callee_declines_the_call(
    dial: Phone, upstreams: Upstreams, press: tuple[str, ...]
) -> None:
    """When the callee presses another key, or nothing, the caller leaves a message."""
    caller, callee = both_calls(dial, upstreams, *press)
    callee.hears(CHOICE).hears("Goodbye.").hung_up("kazoo").is_carried_through()
    caller.hears(MESSAGE).leaves_voicemail("7a6b5c4d").is_carried_through()
    assert str(caller).count(RINGBACK) == 2


def test_the_callee_does_not_answer(dial: Phone, upstreams: Upstreams) -> None:
    """When the callee doesn't answer, the caller leaves a message after five rings."""
    call = dial("doorman", called=DOOR).hears(MESSAGE).leaves_voicemail("7a6b5c4d")
    assert str(call.is_carried_through()).count(RINGBACK) == 5
    assert len(upstreams.kazoo.received) == 1


def test_the_caller_has_hung_up(dial: Phone, upstreams: Upstreams) -> None:
    """Callees who answer a minute after the caller hung up hear so."""
    dial("doorman", called=DOOR, at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    call = dial("doorman", called=INSIDE, at=datetime(2026, 11, 23, 9, 1, tzinfo=UTC))
    call.hears("The caller has hung up. Goodbye.").hung_up("kazoo").is_carried_through()
    assert upstreams.kazoo.received


def test_the_spoken_name(
    dial: Phone, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `recording_url` callers say their name, and the callee hears the recording."""
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
    callee = dial("doorman", called=INSIDE, press=("1",), settings=names, at=moment)
    callee.hears("You have a call from").hears_media(url).hears(CHOICE).does_not_hear("Jane Doe")
    assert upstreams.kazoo.received


@pytest.mark.parametrize(
    ("caller", "name"),
    [
        (("", "+14155550123"), "1 4 1 5 5 5 5 0 1 2 3"),
        (("", "anonymous"), "an unknown caller"),
        (("${x}Zoë", "anonymous"), "x Zoë"),
    ],
)
def test_a_name_without_a_recording(dial: Phone, caller: tuple[str, str], name: str) -> None:
    """Without a recording the callee hears the name that KAZOO shows, or else the number."""
    moment = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    dial("doorman", called=DOOR, at=moment, caller_name=caller[0], caller=caller[1])
    dial("doorman", called=INSIDE, at=moment).hears("You have a call from").hears(name)


@pytest.mark.parametrize("fails", ["is_dead", "is_wrong", "fails", "is_slow"])
def test_kazoos_api_is_down(dial: Phone, upstreams: Upstreams, fails: str) -> None:
    """When the callee can't be rung, the caller leaves a message at once."""
    getattr(upstreams.kazoo, fails)()
    call = dial("doorman", called=DOOR).hears(MESSAGE).leaves_voicemail("7a6b5c4d")
    assert RINGBACK not in str(call.is_caught())


def test_the_database_is_down(dial: Phone, upstreams: Upstreams) -> None:
    """Without the database no phone rings, and the caller leaves a message."""
    down = {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"}
    dial("doorman", called=DOOR, settings=down).hears(MESSAGE).leaves_voicemail("7a6b5c4d")
    assert not upstreams.kazoo.received


def test_a_call_id_used_again(dial: Phone) -> None:
    """A call with the ID of an expired one is a new call."""
    for day in (1, 2):
        moment = datetime(2026, 11, day, tzinfo=UTC)
        call = dial("doorman", called=DOOR, call_id="again@198.51.100.23", at=moment)
        call.hears(RINGBACK).hears(MESSAGE).is_carried_through()
