"""variables, dialled: what one function learns, the next one knows."""

import pytest

from pivotctl.switch.events import VariablesSet
from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Dial

WHO, WHY = "Please enter your customer number", "For sales, press 1. For support, press 2."
SALES, SUPPORT, FRONT_DESK = "user b2c0a4e1", "user c3d1b5f2", "user b2c0a4e1"
NO_ONE = "No one is available right now. Please try again later. Goodbye."


@pytest.mark.parametrize(
    ("key", "topic", "who"), [("1", "sales", SALES), ("2", "support", SUPPORT)]
)
def test_two_functions(dial: Dial, key: str, topic: str, who: str) -> None:
    """The second function greets by the number and connects by the topic that the first asked."""
    call = dial("variables", press=("1042#", key))
    call.hears(WHO).presses("1042#").hears(WHY).presses(key)
    call.hears(f"Welcome, customer 1 0 4 2. Connecting you to {topic}.")
    call.is_bridged_to(who).is_carried_through()
    assert [request.url.rpartition("/")[2] for request in call.requests][::2] == [
        "variables",
        "variables_read",
    ]


def test_variables_travel_in_kazoo(dial: Dial) -> None:
    """The first function sets variables, and nothing else tells the second one of them."""
    call = dial("variables", press=("1042#", "1"))
    (said,) = [event.values for event in call.events if isinstance(event, VariablesSet)]
    assert said == {"customer": "1042", "topic": "sales"}
    dial("variables_read").hears(
        "Welcome. Please hold while Please hold while I connect you."
    ).is_carried_through()


@pytest.mark.parametrize(
    ("press", "greeting"),
    [
        ((), "Welcome. Please hold while Please hold while I connect you."),
        (
            ("1042#",),
            "Welcome, customer 1 0 4 2. Please hold while Please hold while I connect you.",
        ),
        (
            ("1042#", "7"),
            "Welcome, customer 1 0 4 2. Please hold while Please hold while I connect you.",
        ),
        (("*11#", "2"), "Welcome. Connecting you to support."),
    ],
)
def test_silence_and_wrong_keys(dial: Dial, press: tuple[str, ...], greeting: str) -> None:
    """What was not answered is not known, and whoever wants nothing known gets the front desk."""
    call = dial("variables", press=press).hears(WHO).hears(WHY).hears(greeting)
    call.is_bridged_to("user").is_carried_through()


def test_what_was_not_answered_is_deleted(dial: Dial) -> None:
    """A variable that the call came with does not stand for an answer."""
    call = dial("variables", variables={"customer": "7", "topic": "sales"})
    call.hears("Welcome. Please hold while Please hold while I connect you.").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nobody_answers(dial: Dial, rung: Rung) -> None:
    """Whom nobody answers is told so."""
    call = dial("variables", press=("1042#", "2"), rung=rung).rings(SUPPORT, 20)
    call.hears(NO_ONE).hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.ANSWERED, Rung.NO_ANSWER])
def test_the_next_callflow_is_not_there(dial: Dial, rung: Rung) -> None:
    """Without the stored callflow the first function rings the front desk."""
    call = dial("variables", press=("1042#", "2"), world=World(), rung=rung)
    call.rings(FRONT_DESK, 20).does_not_hear("Welcome").is_carried_through()
    if rung is Rung.NO_ANSWER:
        call.hears(NO_ONE).hung_up("kazoo")


def test_the_next_function_fails(dial: Dial) -> None:
    """The stored callflow's own fallback takes the call when its function does not answer."""
    world = World.of({"callflows": {"f0e1d2c3b4a5968778695a4b3c2d1e0f": DEAD}})
    call = dial("variables", press=("1042#", "2"), world=world)
    assert call.hears("Please try again later.").verdict == "times_out"


DEAD = {
    "module": "pivot",
    "data": {"voice_url": "http://127.0.0.1:9/pivot", "method": "post", "req_format": "kazoo"},
    "children": {"_": {"module": "tts", "data": {"text": "Please try again later."}}},
}
