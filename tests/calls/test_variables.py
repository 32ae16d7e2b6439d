"""variables, dialed: the next function knows what the first one asked."""

import pytest

from pivotctl.switch.events import VariablesSet
from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Dial

CUSTOMER, TOPIC = "Please enter your customer number", "For sales, press 1. For support, press 2."
SALES, SUPPORT, FRONT_DESK = "user b2c0a4e1", "user c3d1b5f2", "user b2c0a4e1"
NO_ONE_AVAILABLE = "No one is available right now. Please try again later. Goodbye."


@pytest.mark.parametrize(
    ("key", "topic", "user"), [("1", "sales", SALES), ("2", "support", SUPPORT)]
)
def test_two_functions(dial: Dial, key: str, topic: str, user: str) -> None:
    """The second function greets and connects callers by the answers to the first."""
    call = dial("variables", press=("1042#", key))
    call.hears(CUSTOMER).presses("1042#").hears(TOPIC).presses(key)
    call.hears(f"Welcome, customer 1 0 4 2. Connecting you to {topic}.")
    call.is_bridged_to(user).is_carried_through()
    assert [request.url.rpartition("/")[2] for request in call.requests][::2] == [
        "variables",
        "variables_read",
    ]


def test_variables_travel_in_kazoo(dial: Dial) -> None:
    """The second function knows only the variables that the first has set."""
    call = dial("variables", press=("1042#", "1"))
    (variables,) = [event.values for event in call.events if isinstance(event, VariablesSet)]
    assert variables == {"customer": "1042", "topic": "sales"}
    dial("variables_read").hears("Welcome. Please hold while I connect you.").is_carried_through()


@pytest.mark.parametrize(
    ("press", "greeting"),
    [
        ((), "Welcome. Please hold while I connect you."),
        (
            ("1042#",),
            "Welcome, customer 1 0 4 2. Please hold while I connect you.",
        ),
        (
            ("1042#", "7"),
            "Welcome, customer 1 0 4 2. Please hold while I connect you.",
        ),
        (("*11#", "2"), "Welcome. Connecting you to support."),
    ],
)
def test_silence_and_wrong_keys(dial: Dial, press: tuple[str, ...], greeting: str) -> None:
    """Callers without a topic are connected to the front desk, with or without a number."""
    call = dial("variables", press=press).hears(CUSTOMER).hears(TOPIC).hears(greeting)
    call.is_bridged_to("user").is_carried_through()


def test_unanswered_variables_are_deleted(dial: Dial) -> None:
    """A variable that came with the call does not replace an answer."""
    call = dial("variables", variables={"customer": "7", "topic": "sales"})
    call.hears("Welcome. Please hold while I connect you.").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_one_answers(dial: Dial, rung: Rung) -> None:
    """Callers whom no one answers are told so."""
    call = dial("variables", press=("1042#", "2"), rung=rung).rings(SUPPORT, 20)
    call.hears(NO_ONE_AVAILABLE).hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.ANSWERED, Rung.NO_ANSWER])
def test_the_next_callflow_is_missing(dial: Dial, rung: Rung) -> None:
    """Without the stored callflow the first function rings the front desk."""
    call = dial("variables", press=("1042#", "2"), world=World(), rung=rung)
    call.rings(FRONT_DESK, 20).does_not_hear("Welcome").is_carried_through()
    if rung is Rung.NO_ANSWER:
        call.hears(NO_ONE_AVAILABLE).hung_up("kazoo")


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
