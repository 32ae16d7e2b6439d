"""dial_out, dialed: the dialed number or a fixed one, and every failure of a carrier."""

import json

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

NUMBER = "+14155550123"
REFUSED = "Sorry, that number can't be dialed from here. Goodbye."
FAILURES = [
    (Rung.BUSY, "The line is busy."),
    (Rung.NO_ANSWER, "There was no answer."),
    (Rung.REJECTED, "Your call was declined."),
    (Rung.NO_RESOURCES, "Sorry, calls to that number can't be connected."),
]


@pytest.mark.parametrize("called", [NUMBER, "14155550123", "4155550123"])
def test_the_dialed_number(dial: Phone, called: str) -> None:
    """Callers are connected to the number they dialed, in the form that carriers take."""
    call = dial("dial_out", called=called).rings(NUMBER, 30).is_bridged_to(NUMBER)
    call.hung_up("caller").is_carried_through()


@pytest.mark.parametrize("carriers", ["global", "local"])
@pytest.mark.parametrize(("rung", "explanation"), FAILURES)
def test_no_connection(dial: Phone, carriers: str, rung: Rung, explanation: str) -> None:
    """Callers hear why there is no connection, for both kinds of carriers."""
    call = dial("dial_out", settings={"CARRIERS": carriers}, called=NUMBER, rung=rung)
    call.rings(NUMBER).hears(f"{explanation} Goodbye.").hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize(("carriers", "module"), [("global", "offnet"), ("local", "resources")])
def test_kinds_of_carriers(dial: Phone, carriers: str, module: str) -> None:
    """Global carriers are `offnet`, the account's carriers are `resources`."""
    call = dial("dial_out", settings={"CARRIERS": carriers}, called=NUMBER)
    call.is_bridged_to(NUMBER).is_carried_through()
    assert json.loads(call.answers[0].body)["module"] == module


@pytest.mark.parametrize(
    "called",
    [
        "2030",
        "*98",
        "911",
        "+18005550123",
        "+19005550123",
        "+442079460123",
        "+870773110123",
        "+11155550123",
        "anonymous",
        "",
    ],
)
def test_a_number_that_is_refused(dial: Phone, called: str) -> None:
    """Numbers that the policy refuses reach no carrier: callers hear so, and KAZOO hangs up."""
    call = dial("dial_out", called=called).hears(REFUSED).hung_up("kazoo").is_carried_through()
    assert "rings" not in str(call)


def test_other_destinations(dial: Phone) -> None:
    """The settings name the allowed countries and the home country of numbers without +."""
    settings = {"HOME_COUNTRY": "GB", "ALLOWED_DESTINATIONS": "GB +3531"}
    dial("dial_out", settings=settings, called="02079460123").is_bridged_to("+442079460123")
    dial("dial_out", settings=settings, called="+35316710123").is_bridged_to("+35316710123")
    dial("dial_out", settings=settings, called=NUMBER).hears(REFUSED)


def test_a_fixed_number(dial: Phone) -> None:
    """A fixed number is dialed for all callers, whatever they dialed."""
    settings = {"NUMBER": "+18005550199", "RING_SECONDS": 45}
    call = dial("dial_out", settings=settings, called="6013").rings("+18005550199", 45)
    call.is_bridged_to("+18005550199").is_carried_through()


def test_a_busy_fixed_number(dial: Phone) -> None:
    """A busy fixed number is announced like a dialed one."""
    world = World.of({"carriers": {NUMBER: "busy"}})
    call = dial("dial_out", settings={"NUMBER": NUMBER}, called="6013", world=world)
    call.rings(NUMBER).hears("The line is busy. Goodbye.").hung_up("kazoo").is_carried_through()
