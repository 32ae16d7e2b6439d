"""crm_lookup, dialed: known and unknown callers, and a CRM that fails."""

import json
from pathlib import Path
from typing import Any

import pytest

from pivotctl.crossbar import ACCOUNT_ID as ACCOUNT
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import Rung
from pivotctl.upstreams import FakeReply
from pivotctl.upstreams.crm import USERS
from tests.calls.conftest import Dial, Upstreams

ALICE, STRANGER = "+14155550123", "+14155550199"
SUPPORT, FRONT_DESK = "user c3d1b5f2", "user b2c0a4e1"
MESSAGE = "Hello. Please leave a message, and we'll call you back."
NO_ONE_AVAILABLE = "No one is available right now. Please leave a message."


def test_a_known_caller(dial: Dial, upstreams: Upstreams) -> None:
    """Callers found in the CRM are greeted by name and connected to support."""
    call = dial("crm_lookup", caller=ALICE)
    call.hears("Hello Alice Adams. Connecting you to support.").is_bridged_to(SUPPORT)
    call.is_carried_through()
    (request,) = upstreams.crm.received
    assert request.path == "/api/v2/users/search.json"
    assert request.query == {"query": f"phone:{ALICE}"}
    assert "authorization" not in request.headers


def test_the_token(dial: Dial, upstreams: Upstreams, tmp_path: Path) -> None:
    """The token is sent as a bearer token, and that of the account comes first."""
    secrets = tmp_path / "secrets.json"
    kept = {"/local/crm_lookup/crm_token": "t0ken"}
    for token in ("t0ken", "their-own"):
        secrets.write_text(json.dumps(kept), encoding="utf-8")
        settings = {"PIVOTCTL_SECRETS": secrets}
        call = dial("crm_lookup", caller=ALICE, account_id=ACCOUNT, settings=settings)
        call.is_bridged_to(SUPPORT)
        assert upstreams.crm.received[-1].headers["authorization"] == f"Bearer {token}"
        kept[f"/local/crm_lookup/{ACCOUNT}/crm_token"] = "their-own"


def test_an_unknown_caller(dial: Dial) -> None:
    """Callers who aren't in the CRM leave a message."""
    call = dial("crm_lookup", caller=STRANGER)
    call.hears(MESSAGE).leaves_voicemail("7a6b5c4d").is_carried_through()


@pytest.mark.parametrize("caller", ["anonymous", "+1415555012x", "1 OR role:admin"])
def test_a_hidden_number(dial: Dial, upstreams: Upstreams, caller: str) -> None:
    """The CRM isn't asked about anything that is not a number."""
    dial("crm_lookup", caller=caller).hears(MESSAGE).is_carried_through()
    assert not upstreams.crm.received


def test_a_shared_number(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers who share a number are greeted without a name."""
    shared = tuple({**user, "phone": ALICE} for user in USERS)
    monkeypatch.setattr("pivotctl.upstreams.crm.USERS", shared)
    call = dial("crm_lookup", caller=ALICE)
    call.hears("Hello. Connecting you to support.").does_not_hear("Alice").is_bridged_to(SUPPORT)


def test_a_name_from_outside(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """Characters that a media server might expand are not spoken."""
    odd = ({"name": "Al ${api(system x)} <b>", "phone": ALICE},)
    monkeypatch.setattr("pivotctl.upstreams.crm.USERS", odd)
    dial("crm_lookup", caller=ALICE).hears("Hello Al api system x b.").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_support_does_not_answer(dial: Dial, rung: Rung) -> None:
    """Known callers leave a message when support doesn't answer."""
    call = dial("crm_lookup", caller=ALICE, rung=rung)
    call.rings(SUPPORT, 20).hears(NO_ONE_AVAILABLE).leaves_voicemail(
        "7a6b5c4d"
    ).is_carried_through()


@pytest.mark.parametrize("trouble", ["is_slow", "is_wrong", "fails", "is_dead"])
def test_the_crm_fails(dial: Dial, upstreams: Upstreams, trouble: str) -> None:
    """However the CRM fails, callers are connected to the front desk."""
    getattr(upstreams.crm, trouble)()
    call = dial("crm_lookup", caller=ALICE)
    call.is_bridged_to(FRONT_DESK).does_not_hear("Hello").is_carried_through()


@pytest.mark.parametrize("body", [{"users": {}}, {"users": [{"name": 7}]}, [], None, "x"])
def test_a_malformed_answer(dial: Dial, monkeypatch: pytest.MonkeyPatch, body: object) -> None:
    """An answer of the wrong shape counts as a failure."""
    monkeypatch.setattr("pivotctl.upstreams.crm.CrmFake.answer", lambda *_: FakeReply(body))
    dial("crm_lookup", caller=ALICE).is_bridged_to(FRONT_DESK).is_carried_through()


def test_the_front_desk_does_not_answer(dial: Dial, upstreams: Upstreams) -> None:
    """With the CRM down and no answer at the front desk, callers leave a message."""
    upstreams.crm.is_dead()
    call = dial("crm_lookup", caller=ALICE, rung=Rung.NO_ANSWER)
    call.rings(FRONT_DESK, 20).hears(NO_ONE_AVAILABLE).leaves_voicemail().is_carried_through()


def place_in_salesforce(dial: Dial, upstreams: Upstreams, **call: Any) -> Dialogue:
    """A call whose caller is looked up in Salesforce."""
    given = {
        "CRM": "salesforce",
        "CRM_URL": f"{upstreams.url}/salesforce",
        "CRM_CLIENT_ID": "client",
        "CRM_CLIENT_SECRET": "secret",
    }
    return dial("crm_lookup", **{"settings": given, "caller": ALICE, **call})


def test_salesforce(dial: Dial, upstreams: Upstreams) -> None:
    """Salesforce is searched for digits alone, and customers are greeted in the same way."""
    call = place_in_salesforce(dial, upstreams)
    call.hears("Hello Alice Adams. Connecting you to support.").is_bridged_to(SUPPORT)
    call.is_carried_through()
    assert upstreams.salesforce.received[-1].body["q"] == "4155550123"
    place_in_salesforce(dial, upstreams, caller=STRANGER).hears(MESSAGE).is_carried_through()


@pytest.mark.parametrize("trouble", ["is_slow", "is_wrong", "fails", "is_dead"])
def test_salesforce_fails(dial: Dial, upstreams: Upstreams, trouble: str) -> None:
    """However Salesforce fails, its token endpoint included, the front desk is rung."""
    getattr(upstreams.salesforce, trouble)()
    call = place_in_salesforce(dial, upstreams).is_bridged_to(FRONT_DESK).does_not_hear("Hello")
    call.is_carried_through()
