"""send_to_fax, dialed by machines and by people."""

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.switch.world import World
from tests.calls.conftest import Phone

PERSON, MACHINE = World(), World(fax=True)
FAX_ID = "d4e2c6a3f5b7180a9a817c6d5e4f3a2b"
RECEIVERS = [("box", "faxbox", f"in {FAX_ID}"), ("user", "receive_fax", f"for {FAX_ID}")]


@pytest.mark.parametrize(("kind", "module", "effect"), RECEIVERS)
def test_a_machine_on_a_shared_line(dial: Phone, kind: str, module: str, effect: str) -> None:
    """A machine is detected by its tone, and its fax is received for the box or the user."""
    call = dial("send_to_fax", settings={"FAX_KIND": kind}, world=MACHINE)
    call.hears("One moment, please.").runs("fax_detect", "fax tone").runs(module, effect)
    call.is_carried_through()


def test_a_person_on_a_shared_line(dial: Phone) -> None:
    """People are connected to the front desk."""
    call = dial("send_to_fax", world=PERSON).hears("One moment, please.")
    call.runs("fax_detect", "no fax tone").is_bridged_to("b2c0a4e1").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_answer_for_a_person(dial: Phone, rung: Rung) -> None:
    """People leave a message when there is no answer."""
    call = dial("send_to_fax", world=PERSON, rung=rung).hears("No one is available right now.")
    call.leaves_voicemail("7a6b5c4d3e2f10918273645546372819").is_carried_through()


@pytest.mark.parametrize(("kind", "module", "effect"), RECEIVERS)
@pytest.mark.parametrize("world", [PERSON, MACHINE], ids=["person", "machine"])
def test_a_fax_line(dial: Phone, kind: str, module: str, effect: str, world: World) -> None:
    """A fax line takes every call for a fax."""
    call = dial("send_to_fax", settings={"LINE": "fax_only", "FAX_KIND": kind}, world=world)
    call.runs(module, effect).is_carried_through().does_not_hear("One moment")
