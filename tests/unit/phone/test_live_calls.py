"""Calls of a person through the switch: the same player as for a script."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pivotctl.phone.event_log import EventLog
from pivotctl.phone.live_call import LiveCall
from pivotctl.phone.person import Person
from pivotctl.switch.events import CallEvent, Underway
from pivotctl.switch.http.exchange import HttpResponse
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import Rung, Scenario, pivot_flow
from pivotctl.switch.world import World
from tests.unit.phone.clocks import JumpingClock
from tests.unit.switch.servers import EVENTS, URL, Server, as_json, as_xml, flow, says

USER = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
ANSWERS_AT_ONCE = [as_json(flow("user", {"id": USER}))]
type Acts = Callable[[Person, Underway], None]


def played(
    answers: list[HttpResponse], acts: Acts, server: Server | None = None, **call: Any
) -> list[dict[str, Any]]:
    """The events of a call in which a person acts whenever something begins."""
    server = server or Server(list(answers))
    scenario = Scenario(flow=pivot_flow(URL), **call)
    person = Person(lambda each: acts(person, each), clock=JumpingClock())
    return [event.as_json() for event in place_call(scenario, server, person)]


def presses(kind: str, keys: str) -> Acts:
    """Press keys when something of a kind begins, and hang up when nothing more comes."""

    def act(person: Person, activity: Underway) -> None:
        if activity.kind == kind:
            person.press(keys)
        if activity.seconds is None:
            person.hang_up()

    return act


def leaves_in(kind: str) -> Acts:
    """Hang up when something of a kind begins."""
    return lambda person, activity: person.hang_up() if activity.kind == kind else None


def types(events: list[dict[str, Any]]) -> list[str]:
    """The types of events."""
    return [event["type"] for event in events]


def only(events: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The one event of a type."""
    (found,) = [event for event in events if event["type"] == kind]
    return found


def test_keys_interrupt_speech_and_are_collected() -> None:
    """A key during a prompt stops it, and counts for the collection that follows."""
    tree = flow("tts", {"text": "PIN?"}, _=flow("collect_dtmf", {"max_digits": 4}))
    events = played([as_json(tree)], presses("speech", "4321"))
    assert only(events, "heard")["interrupted_by"] == "4"
    assert only(events, "pressed")["taken"] == "321"


def test_silence_takes_its_time() -> None:
    """A collection without a key takes its whole time-out."""
    tree = flow("collect_dtmf", {"max_digits": 4, "timeout": 7000})
    events = played([as_json(tree)], presses("nothing", ""))
    assert only(events, "silent")["seconds"] == 7.0


@pytest.mark.parametrize("kind", ["speech", "collecting", "silence"])
def test_a_hangup_ends_the_flow_at_once(kind: str) -> None:
    """A caller who hangs up hears nothing more, and KAZOO asks nothing more."""
    rest = flow("collect_dtmf", {}, _=flow("sleep", {"duration": 5}, _=pivot_flow(URL)))
    server = Server([as_json(flow("tts", {"text": "Hello."}, _=rest))])
    events = played([], leaves_in(kind), server)
    assert len(server.requests) == 1
    assert only(events, "hung_up") == {**only(events, "hung_up"), "by": "caller"}
    assert types(events)[-1] == "end"


def test_a_hangup_in_mid_ring_cancels_the_legs() -> None:
    """The phones that ring stop ringing, and the caller's leg ends as canceled by them."""
    server = Server(list(ANSWERS_AT_ONCE))
    hooks = dict.fromkeys(("channel_create", "channel_destroy", "channel_bridge"), EVENTS)
    events = played([], leaves_in("ringing"), server, webhooks=hooks)
    assert only(events, "hung_up")["cause"] == "ORIGINATOR_CANCEL"
    fired = [event["hook"] for event in events if event["type"] == "webhook"]
    assert sorted(fired) == ["channel_create"] * 2 + ["channel_destroy"] * 2
    assert "bridged" not in types(events)


@pytest.mark.parametrize(
    ("acts", "by"),
    [(leaves_in("talking"), "caller"), (lambda *_: None, "kazoo")],
    ids=["the caller", "the other party"],
)
def test_a_talk_lasts_until_somebody_hangs_up(acts: Acts, by: str) -> None:
    """The bridge lasts as long as both stay; its leg ends then, and not when it was planned."""
    hooks = {"channel_destroy": EVENTS}
    events = played(ANSWERS_AT_ONCE, acts, webhooks=hooks)
    talked = only(events, "bridge_ended")["seconds"]
    assert talked == (0.0 if by == "caller" else 42.0)
    assert only(events, "hung_up")["by"] == by


def test_a_conference_lasts_until_the_caller_hangs_up() -> None:
    """Nothing ends a conference but the caller."""
    events = played([as_json(flow("conference", {"id": USER}))], presses("nothing", ""))
    assert types(events)[-3:] == ["conference", "hung_up", "end"]
    assert only(events, "hung_up")["by"] == "caller"


def test_the_busy_are_not_talked_to() -> None:
    """The world decides who answers, as for a script."""
    world = World(endpoints={USER: (Rung.BUSY,)})
    events = played(ANSWERS_AT_ONCE, lambda *_: None, world=world)
    assert only(events, "not_bridged")["cause"] == "USER_BUSY"


def test_a_gather_takes_keys_pressed_during_its_prompt() -> None:
    """The first key ends the prompts of a Gather, which collects it and the following ones."""
    gather = '<Gather numDigits="4" action="/next"><Say>PIN?</Say><Say>Now.</Say></Gather>'
    server = Server([as_xml(gather), as_xml("<Hangup/>")])
    events = played([], presses("speech", "4321"), server)
    assert server.form()["Digits"] == "4321"
    assert [event["text"] for event in events if event["type"] == "heard"] == ["PIN?"]


@pytest.mark.parametrize(
    ("acts", "digits"),
    [(presses("recording", "5"), "5"), (leaves_in("recording"), "hangup")],
    ids=["a key", "a hangup"],
)
def test_a_recording_is_sent_with_its_ending(acts: Acts, digits: str) -> None:
    """KAZOO asks again after a recording, with the key that ended it, even after a hangup."""
    server = Server([as_xml('<Record action="/next" finishOnKey="5"/>'), as_xml("<Hangup/>")])
    played([], acts, server)
    assert server.form()["Digits"] == digits


@pytest.mark.parametrize(
    "answer",
    [
        as_xml('<Say loop="0">Please hold.</Say>'),
        as_json(flow("tts", {"text": "Please hold.", "endless_playback": True})),
    ],
    ids=["TwiML", "callflow"],
)
def test_an_endless_prompt_is_repeated_until_a_hangup(answer: HttpResponse) -> None:
    """A prompt without an end comes again and again for somebody who stays."""
    events = played([answer], lambda person, each: person.hang_up() if each.number == 3 else None)
    assert types(events).count("heard") == 3
    assert only(events, "hung_up")["by"] == "caller"


# -- the call as the server keeps it ---------------------------------------------------------------


def live(placed: Callable[[Person], Iterator[CallEvent]]) -> LiveCall:
    """A call of a person who does nothing."""
    return LiveCall(placed, {"template": "t"}, Path(), clock=JumpingClock())


def read(log: EventLog, start: int = 0) -> list[dict[str, Any]]:
    """All events of a log, as a reader gets them."""

    async def all_of() -> list[dict[str, Any]]:
        return [dict(event) async for _, event in log.read(start)]

    return asyncio.run(asyncio.wait_for(all_of(), 20))


def test_a_call_in_a_thread_is_followed_by_readers() -> None:
    """Readers get all events with their lines, from where they want, until the call is over."""
    answer = as_json(says("Hello.", says("Bye.")))
    call = live(lambda person: place_call(Scenario(flow=pivot_flow(URL)), Server([answer]), person))
    call.start()
    events = read(call.log)
    assert types(events)[:4] == ["request", "answer", "answered", "underway"]
    assert types(events)[-2:] == ["hung_up", "end"]
    assert "asks POST" in events[0]["lines"][0]["text"]
    assert read(call.log, 2) == events[2:]
    assert call.as_json()["ended"] is True


def test_a_failing_switch_is_reported() -> None:
    """Readers do not wait for a call whose thread has failed."""

    def failing(_: Person) -> Iterator[CallEvent]:
        raise ValueError("no such flow")

    call = live(failing)
    call.start()
    assert [event["text"] for event in read(call.log)] == ["ValueError: no such flow"]


def test_a_slow_reader_misses_nothing() -> None:
    """Each reader takes the events at its own pace; a slow one keeps nobody waiting."""
    log = EventLog()

    async def slow_and_quick() -> tuple[list[int], list[int]]:
        slow = log.read()
        log.append({"n": 0})
        first = [(await anext(slow))[0]]
        log.append({"n": 1})
        log.append({"n": 2})
        log.close()
        quick = [number async for number, _ in log.read()]
        return first + [number async for number, _ in slow], quick

    assert asyncio.run(slow_and_quick()) == ([0, 1, 2], [0, 1, 2])
    assert log.readers == 0
