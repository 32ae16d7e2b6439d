"""A person as the caller: keys, skips, and hangups, with the time as the test wants it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pivotctl.phone.person import Person
from pivotctl.switch.events import Underway
from pivotctl.switch.player.caller import CallerRecording, KeyEntry, Spent
from pivotctl.switch.player.channel import ANY_KEY
from pivotctl.switch.scenario import RecordingEnd
from tests.unit.phone.clocks import JumpingClock, StandingClock


def somebody(**more: Any) -> tuple[Person, list[Underway]]:
    """A person for whom time jumps, and what they were shown."""
    shown: list[Underway] = []
    return Person(shown.append, clock=JumpingClock(), **more), shown


def prompt(keys: str = ANY_KEY) -> Underway:
    """Five seconds of speech."""
    return Underway(kind="speech", text="Welcome.", seconds=5.0, keys=keys)


def collection(most: int | None = None, finish: str = "#") -> Underway:
    """A collection with a time-out of four seconds."""
    return Underway(kind="collecting", seconds=4.0, keys=finish, most=most)


def test_a_prompt_is_heard_to_its_end() -> None:
    """Without a key a prompt takes all its time, and its number is shown when it begins."""
    person, shown = somebody()
    assert person.listens(prompt()) == Spent(5.0)
    assert [(each.kind, each.number) for each in shown] == [("speech", 1)]


@pytest.mark.parametrize(
    ("pressed", "keys", "spent", "left"),
    [
        ("12", ANY_KEY, Spent(0.0, "1", "1"), "2"),
        ("12", "2", Spent(0.0, "12", "12"), ""),
        ("12", "", Spent(5.0, "12"), ""),
    ],
)
def test_the_first_terminator_interrupts_a_prompt(
    pressed: str, keys: str, spent: Spent, left: str
) -> None:
    """The first key among the terminators stops a prompt; later ones stay for what follows."""
    person, _ = somebody()
    person.press(pressed)
    assert person.listens(prompt(keys)) == spent
    assert person.enters(collection()).keys == left


def test_a_voice_decides_how_long_a_prompt_takes() -> None:
    """The length of the spoken text, if known, replaces the switch's estimate."""
    person, shown = somebody(spoken=lambda text: len(text) / 4)
    assert person.listens(prompt()).seconds == 2.0
    assert shown[0].seconds == 2.0


@pytest.mark.parametrize(
    ("pressed", "most", "entry"),
    [
        ("", 4, KeyEntry(seconds=0.0, after=0.0)),
        ("1001#7", None, KeyEntry("1001#", "1001")),
        ("12345", 4, KeyEntry("1234", "1234")),
        ("12", 4, KeyEntry("12", "12", seconds=4.0)),
    ],
)
def test_a_collection_ends_as_kazoo_ends_it(pressed: str, most: int, entry: KeyEntry) -> None:
    """It ends with enough keys, with its finish key, or after a time-out since the last key."""
    person, shown = somebody()
    person.press(pressed)
    expected = entry if pressed else KeyEntry(seconds=4.0)
    assert person.enters(collection(most)) == expected
    assert len(shown) == 1


def test_keys_left_over_by_the_switch_come_first() -> None:
    """Keys that the switch hands back come before those that are pressed later."""
    person, _ = somebody()
    person.ahead = "12"
    person.press("3#")
    assert person.presses
    assert person.enters(collection()).taken == "123"
    assert not person.presses


@pytest.mark.parametrize("kind", ["ringing", "talking", "staying"])
def test_keys_that_no_one_hears_are_lost(kind: str) -> None:
    """Keys pressed while a phone rings or a party talks do not count later."""
    person, _ = somebody()
    person.press("5")
    person.waits(Underway(kind=kind, seconds=3.0))
    assert not person.presses


def test_a_pause_keeps_the_keys() -> None:
    """Keys pressed in silence stay for the next collection."""
    person, _ = somebody()
    person.press("5")
    assert person.waits(Underway(kind="silence", seconds=3.0)) == Spent(3.0)
    assert person.presses


@pytest.mark.parametrize(
    ("pressed", "recorded"),
    [
        ("5", CallerRecording(30, RecordingEnd.KEY, "hangup")),
        ("#", CallerRecording(1, RecordingEnd.KEY, "#")),
    ],
)
def test_a_recording_ends_with_its_key_or_its_limit(
    pressed: str, recorded: CallerRecording
) -> None:
    """A key among those of the recording ends it; other keys are only heard on it."""
    person, _ = somebody()
    person.press(pressed)
    assert person.speaks(Underway(kind="recording", seconds=30.0, keys="#")) == recorded


def test_a_hangup_ends_a_recording() -> None:
    """A recording ended by a hangup says so, because KAZOO still sends it."""
    person, _ = somebody()
    person.hang_up()
    recording = person.speaks(Underway(kind="recording", seconds=30.0, keys="#"))
    assert recording.end is RecordingEnd.HANGUP
    assert person.gone


def test_a_listener_leaves_the_keys_to_the_gather() -> None:
    """Inside a Gather the first key ends the prompts, and the Gather collects it."""
    person, _ = somebody()
    listener = person.only_listening()
    assert listener.listens(prompt("")) == Spent(5.0)
    person.press("7")
    assert listener.listens(prompt("")) == Spent(0.0, "", "7")
    assert listener.enters(collection()) == KeyEntry()
    assert listener.only_listening().presses
    assert person.enters(collection(1)).taken == "7"


# -- waits that another thread ends ----------------------------------------------------------------


@pytest.mark.parametrize(
    "act", [lambda person: person.press("1"), Person.hang_up, lambda person: person.skip(1)]
)
def test_a_wait_ends_at_once(act: Callable[[Person], None]) -> None:
    """A key, a hangup, and a skip end a wait while it lasts, from another thread."""
    began = threading.Event()
    person = Person(lambda _: began.set(), clock=StandingClock())
    waiting = threading.Thread(target=person.listens, args=(prompt(),), daemon=True)
    waiting.start()
    assert began.wait(20)
    act(person)
    waiting.join(20)
    assert not waiting.is_alive()


def test_a_skip_counts_for_its_own_wait_only() -> None:
    """Skipping takes the whole time of the wait with that number, and of no later one."""
    person = Person(lambda each: person.skip(1) if each.number == 1 else person.press("1"))
    assert person.listens(prompt()) == Spent(5.0)
    assert person.listens(prompt()).interrupted_by == "1"


def test_a_skip_ends_no_wait_without_an_end() -> None:
    """Nothing comes after a conference but a hangup, so that skipping changes nothing there."""
    began = threading.Event()
    person = Person(lambda _: began.set(), clock=StandingClock())
    staying = Underway(kind="staying", seconds=None)
    waiting = threading.Thread(target=person.waits, args=(staying,), daemon=True)
    waiting.start()
    assert began.wait(20)
    person.skip(1)
    waiting.join(0.05)
    assert waiting.is_alive()
    person.hang_up()
    waiting.join(20)
    assert not waiting.is_alive()
