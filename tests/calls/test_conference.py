"""conference, dialed: one room for all, or one for each area code."""

import pytest

from tests.calls.conftest import Phone

BY_AREA_CODE = {"ROOMS": "area_code"}
ACCOUNT = "a" * 32


def test_one_room(dial: Phone) -> None:
    """All callers are welcomed into the room of the settings."""
    call = dial("conference").hears("Welcome to the conference.").joins("of the team")
    call.hung_up("caller").is_carried_through()


@pytest.mark.parametrize("caller", ["+14155550199", "14155550199", "4155550199"])
def test_a_room_for_each_area_code(dial: Phone, caller: str) -> None:
    """Callers from one area code share a room of the account, whatever form their number has."""
    call = dial("conference", settings=BY_AREA_CODE, caller=caller, account_id=ACCOUNT)
    call.hears("the conference for area code 4 1 5.").joins(f"area-code-415-{ACCOUNT}")
    call.hung_up("caller").is_carried_through()


def test_another_area_code(dial: Phone) -> None:
    """Callers from another area code have another room."""
    call = dial("conference", settings=BY_AREA_CODE, caller="+12125550199", account_id=ACCOUNT)
    call.hears("area code 2 1 2.").joins(f"area-code-212-{ACCOUNT}").is_carried_through()


@pytest.mark.parametrize("caller", ["anonymous", "+442079460123", "2001", "+11155550199"])
def test_no_area_code(dial: Phone, caller: str) -> None:
    """Callers from abroad, from an extension or with a hidden number join the fixed room."""
    call = dial("conference", settings=BY_AREA_CODE, caller=caller)
    call.hears("Welcome to the conference.").joins("of the team").is_carried_through()
