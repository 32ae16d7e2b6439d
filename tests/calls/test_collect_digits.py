"""collect_digits, dialed."""

from typing import Any

import pytest

from tests.calls.conftest import Phone

WAYS = [
    {"method": "get", "req_body_format": "form"},
    {"method": "post", "req_body_format": "form"},
    {"method": "post", "req_body_format": "json"},
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_digits(dial: Phone, way: dict[str, Any]) -> None:
    """Callers hear the digits they entered, whatever method and format KAZOO uses."""
    call = dial("collect_digits", way, press=("42#",))
    call.hears("enter some digits").presses("42#").hears("You entered 4 2. Goodbye.")
    call.hung_up("kazoo").is_carried_through()


def test_the_most_digits(dial: Phone) -> None:
    """The last digit allowed needs no pound key, and further ones do not count."""
    call = dial("collect_digits", settings={"MAX_DIGITS": 2}, press=("4217",))
    call.hears("You entered 4 2. Goodbye.").hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("press", [(), ("#",)], ids=["silence", "pound"])
def test_no_digits(dial: Phone, press: tuple[str, ...]) -> None:
    """Callers who press nothing hear an apology."""
    call = dial("collect_digits", press=press).hears("enter some digits")
    call.hears("Sorry, I didn't get that. Goodbye.").hung_up("kazoo").is_carried_through()
