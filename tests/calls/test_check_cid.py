"""check_cid, dialed: KAZOO checks the caller's number in three ways."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

MATCHED, DESK = "user c3d1b5f2", "user b2c0a4e1"


@pytest.mark.parametrize(
    ("check", "caller", "callee"),
    [
        ("pattern", "+14155550199", MATCHED),
        ("pattern", "+12125550199", DESK),
        ("pattern", "anonymous", DESK),
        ("list", "+12125550199", MATCHED),
        ("list", "+15105550199", MATCHED),
        ("list", "+14155550199", DESK),
        ("user", "+14155550123", MATCHED),
        ("user", "+14155550199", DESK),
    ],
)
def test_a_check(dial: Phone, check: str, caller: str, callee: str) -> None:
    """Callers who match ring one user, and all others the front desk."""
    call = dial("check_cid", settings={"CHECK": check}, caller=caller).is_bridged_to(callee)
    call.hung_up("caller").is_carried_through()


@pytest.mark.parametrize("caller", ["+14155550199", "+12125550199"])
def test_no_answer(dial: Phone, caller: str) -> None:
    """Callers hear that no one is available, whichever user was rung."""
    call = dial("check_cid", caller=caller, rung=Rung.NO_ANSWER)
    call.hears("No one is available right now. Please try again later. Goodbye.").hung_up("kazoo")
