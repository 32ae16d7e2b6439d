"""area_code, dialed."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

DESK, WEST, EAST, LONDON = "user b2c0a4e1", "user c3d1b5f2", "user d4e2c6a3", "user e5f3d7b4"
OFFICES = {
    "San Francisco": (WEST, ["+14155550199", "14155550199", "4155550199", "5105550199"]),
    "New York": (EAST, ["+12125550199", "16465550199", "2125550199"]),
    "London": (LONDON, ["+442071838750", "011442071838750", "00442071838750", "442071838750"]),
}


@pytest.mark.parametrize(
    ("city", "callee", "caller"),
    [(city, callee, caller) for city, (callee, callers) in OFFICES.items() for caller in callers],
)
def test_an_office(dial: Phone, city: str, callee: str, caller: str) -> None:
    """Callers reach the office of their area code or country, whatever form their number has."""
    call = dial("area_code", caller=caller).hears(f"Connecting you to our office in {city}.")
    call.is_bridged_to(callee).hung_up("caller").is_carried_through()


@pytest.mark.parametrize(
    "caller", ["+13125550199", "+4930123456", "2001", "anonymous", "0000000000", "alice"]
)
def test_other_callers(dial: Phone, caller: str) -> None:
    """Other areas and countries, extensions and hidden numbers reach the front desk."""
    call = dial("area_code", caller=caller).is_bridged_to(DESK).hung_up("caller")
    call.does_not_hear("Connecting you").is_carried_through()


@pytest.mark.parametrize("caller", ["02071838750", "01154960000", "442071838750"])
def test_home(dial: Phone, caller: str) -> None:
    """Numbers without a country code belong to the home country."""
    call = dial("area_code", caller=caller, settings={"HOME_COUNTRY": "GB"})
    call.hears("our office in London").is_bridged_to(LONDON).is_carried_through()


@pytest.mark.parametrize("caller", ["+14155550199", "anonymous"])
@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_no_answer(dial: Phone, caller: str, rung: Rung) -> None:
    """Callers hear that no one is available, at every office."""
    call = dial("area_code", caller=caller, rung=rung)
    call.hears("No one is available right now. Please try again later. Goodbye.").hung_up(
        "kazoo"
    ).is_carried_through()
