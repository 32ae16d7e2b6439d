"""crm_lookup, dialled: a CRM decides what a caller hears, and whether it works."""

import pytest

from pivotctl.switch.scenario import Rung
from pivotctl.upstreams import FakeReply
from pivotctl.upstreams.crm import USERS
from tests.calls.conftest import Dial, Upstreams

ALICE, STRANGER = "+14155550123", "+14155550199"
SUPPORT, FRONT_DESK = "user c3d1b5f2", "user b2c0a4e1"
MESSAGE = "Hello. Please leave a message, and we call you back."
NO_ONE = "Nobody is free. Please leave a message."


def test_a_known_caller(dial: Dial, upstreams: Upstreams) -> None:
    """A caller whom the CRM knows is greeted by name, and talks to support."""
    call = dial("crm_lookup", caller=ALICE)
    call.hears("Hello Alice Adams. I connect you to support.").is_bridged_to(SUPPORT)
    call.is_carried_through()
    (asked,) = upstreams.crm.received
    assert asked.path == "/api/v2/users/search.json"
    assert asked.query == {"query": f"phone:{ALICE}"}
    assert "authorization" not in asked.headers


def test_the_token(dial: Dial, upstreams: Upstreams) -> None:
    """A token goes along with the question."""
    dial("crm_lookup", caller=ALICE, settings={"CRM_TOKEN": "t0ken"}).is_bridged_to(SUPPORT)
    assert upstreams.crm.received[0].headers["authorization"] == "Bearer t0ken"


def test_an_unknown_caller(dial: Dial) -> None:
    """A caller whom the CRM does not know leaves a message."""
    call = dial("crm_lookup", caller=STRANGER)
    call.hears(MESSAGE).leaves_voicemail("7a6b5c4d").is_carried_through()


@pytest.mark.parametrize("caller", ["anonymous", "+1415555012x", "1 OR role:admin"])
def test_a_hidden_number(dial: Dial, upstreams: Upstreams, caller: str) -> None:
    """The CRM is not asked for what is no number."""
    dial("crm_lookup", caller=caller).hears(MESSAGE).is_carried_through()
    assert not upstreams.crm.received


def test_a_number_that_several_share(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is called by somebody else's name."""
    shared = tuple({**user, "phone": ALICE} for user in USERS)
    monkeypatch.setattr("pivotctl.upstreams.crm.USERS", shared)
    call = dial("crm_lookup", caller=ALICE)
    call.hears("Hello. I connect you to support.").does_not_hear("Alice").is_bridged_to(SUPPORT)


def test_a_name_from_outside(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a media server might expand is not spoken."""
    odd = ({"name": "Al ${api(system x)} <b>", "phone": ALICE},)
    monkeypatch.setattr("pivotctl.upstreams.crm.USERS", odd)
    dial("crm_lookup", caller=ALICE).hears("Hello Al api system x b.").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_support_does_not_answer(dial: Dial, rung: Rung) -> None:
    """A known caller whom nobody answers leaves a message."""
    call = dial("crm_lookup", caller=ALICE, rung=rung)
    call.rings(SUPPORT, 20).hears(NO_ONE).leaves_voicemail("7a6b5c4d").is_carried_through()


@pytest.mark.parametrize("trouble", ["is_slow", "is_wrong", "fails", "is_dead"])
def test_the_crm_is_ill(dial: Dial, upstreams: Upstreams, trouble: str) -> None:
    """However the CRM fails, the caller talks to the front desk."""
    getattr(upstreams.crm, trouble)()
    call = dial("crm_lookup", caller=ALICE)
    call.is_bridged_to(FRONT_DESK).does_not_hear("Hello").is_carried_through()


@pytest.mark.parametrize("body", [{"users": {}}, {"users": [{"name": 7}]}, [], None, "x"])
def test_the_crm_talks_nonsense(dial: Dial, monkeypatch: pytest.MonkeyPatch, body: object) -> None:
    """An answer of another shape is as good as none."""
    monkeypatch.setattr("pivotctl.upstreams.crm.CrmFake.answer", lambda *_: FakeReply(body))
    dial("crm_lookup", caller=ALICE).is_bridged_to(FRONT_DESK).is_carried_through()


def test_nobody_is_at_the_front_desk(dial: Dial, upstreams: Upstreams) -> None:
    """With the CRM down and nobody free the caller leaves a message."""
    upstreams.crm.is_dead()
    call = dial("crm_lookup", caller=ALICE, rung=Rung.NO_ANSWER)
    call.rings(FRONT_DESK, 20).hears(NO_ONE).leaves_voicemail().is_carried_through()
